"""
==================================
Scores of labels without positives
==================================

The average precision and the ROC AUC of a label are undefined if no image has
the label. In cross-validation, this is common for rare labels, which may not
occur in every test fold. The way in which a scorer handles such labels affects
the mean score, and can affect which candidate a search selects. This example
compares the scorers of scikit-learn and skmlic.
"""

# %%
# A very rare label
# -----------------
# The labels are the digits in each photograph. We keep only three of the
# images with a 9. Two of five folds then lack the label, even if they are
# stratified.

import numpy as np

from skmlic import ImageEmbedder
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(400, random_state=0)
nines = np.flatnonzero(Y["9"])
kept = np.setdiff1d(np.arange(len(X)), nines[3:])
X = ImageEmbedder().fit_transform(X[kept])
Y = Y.iloc[kept].reset_index(drop=True)
print(Y.sum().to_string())

# %%
# Comparing scorers
# -----------------
# scikit-learn's average precision is 0 for a label without positives, and its
# ROC AUC is NaN, which makes the mean over labels NaN. Both warn. The scorers
# of skmlic exclude the label from the mean by default, and their warning names
# it. The parameter ``undefined`` selects a different policy.

import warnings

import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold

classifier = make_pipeline(
    StandardScaler(),
    OneVsRestClassifier(LogisticRegression(C=0.003, max_iter=1000)),
)
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
scoring = {
    "average precision (scikit-learn)": "average_precision",
    "average precision (skmlic)": get_scorer("map"),
    "ROC AUC (scikit-learn)": "roc_auc",
    "ROC AUC (skmlic)": get_scorer("roc_auc"),
}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    results = cross_validate(classifier, X, Y, scoring=scoring, cv=cv)

n_nines = [int(Y["9"].iloc[test].sum()) for _, test in cv.split(X, Y)]
print(f"images with a 9 per fold: {n_nines}")
scores = pd.DataFrame({name: results[f"test_{name}"] for name in scoring})
print(scores.rename_axis("fold").T.round(3).to_string())
messages = {str(warning.message) for warning in caught}
print(next(message for message in messages if "'9'" in message))

# %%
# Policies for undefined scores
# -----------------------------
# ``undefined="skip"``, the default, excludes the label from the mean. "nan"
# makes the mean NaN, a number replaces the undefined score, and "raise" raises
# an error.

policies = {"skip": "skip", "nan": "nan", "0": 0.0}
scores_by_policy = {}
for name, policy in policies.items():
    scorer = get_scorer("map", undefined=policy)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scores_by_policy[name] = cross_validate(
            classifier, X, Y, scoring=scorer, cv=cv
        )["test_score"]
print(pd.DataFrame(scores_by_policy).rename_axis("fold").round(3).to_string())

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
styles = {
    "skip": ("o", "#0072B2", 14),
    "nan": ("s", "#D55E00", 8),
    "0": ("x", "#000000", 5),
}
for name, (marker, color, size) in styles.items():
    values = scores_by_policy[name]
    ax.plot(values, marker, color=color, ms=size, label=name, mfc="none")
ax.set_xticks(
    range(5), [f"fold {fold}\n{n} with a 9" for fold, n in enumerate(n_nines)]
)
ax.set_ylabel("mean average precision")
ax.legend(
    title="undefined=",
    frameon=False,
    loc="center left",
    bbox_to_anchor=(1, 0.5),
)
plt.show()

# %%
# All policies agree on the folds in which each label has positives. On the
# other folds, a score of 0 reduces the mean by a tenth, although the
# classifier does not predict the other labels any worse. With NaN, the fold
# has no score, and a search cannot rank the candidate.
#
# Note that a mean does not show which labels were excluded from it. Therefore,
# inspect the scores per label and the number of positives ("support") as well.

from sklearn.model_selection import cross_val_predict

from skmlic.metrics import classification_report

probabilities = cross_val_predict(
    classifier, X, Y, cv=cv, method="predict_proba"
)
print(classification_report(Y, probabilities >= 0.5, probabilities))

# %%
# If the annotations themselves are incomplete, see
# :doc:`plot_missing_annotations`.
