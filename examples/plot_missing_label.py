"""
================================
A label is missing from the test
================================

Average precision and ROC AUC of a label are not defined where no picture has it. With rare labels
that happens in cross-validation all the time. What a scorer does then decides what the figure
means, and sometimes which candidate of a search wins.
"""

# %%
# Digits in photographs. All but three of the pictures with a 9 are left out, so that two of five
# folds lack one, however well they are stratified.

import numpy as np

from skmlic import ImageEmbedder
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(400, random_state=0)
nines = np.flatnonzero(Y["9"])
kept = np.setdiff1d(np.arange(len(X)), nines[3:])
X, Y = ImageEmbedder().fit_transform(X[kept]), Y.iloc[kept].reset_index(drop=True)
print(Y.sum().to_string())

# %%
# The same classifier, four scorers
# ---------------------------------
# scikit-learn's average precision counts a label without positives as 0, and its ROC AUC makes the
# mean nan, both with a warning. skmlic's scorers leave the label out, and their warning names it;
# ``undefined=`` chooses another policy.

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
    StandardScaler(), OneVsRestClassifier(LogisticRegression(C=0.003, max_iter=1000))
)
cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
scoring = {
    "scikit-learn's average precision": "average_precision",
    "map": get_scorer("map"),
    "scikit-learn's ROC AUC": "roc_auc",
    "roc_auc": get_scorer("roc_auc"),
}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    results = cross_validate(classifier, X, Y, scoring=scoring, cv=cv)

by_fold = pd.DataFrame({name: results[f"test_{name}"] for name in scoring})
by_fold.insert(0, "pictures with a 9", [int(Y["9"].iloc[test].sum()) for _, test in cv.split(X, Y)])
print(by_fold.round(3).to_string())
print({str(w.message) for w in caught if "'9'" in str(w.message)}.pop())

# %%
# What the policies make of it
# ----------------------------
# "skip" is for comparing classifiers; "nan" for those who want to see the gap; a number for those
# who know what they want it to be, and "raise" for those who think that it can't happen.

policies = {"skip": "skip", "nan": "nan", "0": 0.0}
warnings.simplefilter("ignore")
scores = {
    name: cross_validate(classifier, X, Y, scoring=get_scorer("map", undefined=policy), cv=cv)[
        "test_score"
    ]
    for name, policy in policies.items()
}
print(pd.DataFrame(scores).round(3).to_string())

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
styles = {"skip": ("o", "#0072B2", 14), "nan": ("s", "#D55E00", 8), "0": ("x", "#000000", 5)}
for name, (marker, colour, size) in styles.items():
    values = scores[name]
    ax.plot(range(5), values, marker, color=colour, ms=size, label=name, mfc="none")
ax.set(
    xticks=range(5),
    xticklabels=[f"fold {k}\n{n} with a 9" for k, n in enumerate(by_fold["pictures with a 9"])],
    ylabel="mean average precision",
)
ax.legend(title="undefined=", frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
plt.show()

# %%
# Where the label is there, all agree. Where it is missing, 0 takes a tenth off the mean, which says
# something about the fold and nothing about the classifier; nan takes the mean away altogether, and
# a search with it.
#
# A caveat: what is left out can't be told apart from what is well told. Look at the labels one by
# one, with their support, before you trust a mean.

from sklearn.model_selection import cross_val_predict

from skmlic.metrics import classification_report

probability = cross_val_predict(classifier, X, Y, cv=cv, method="predict_proba")
print(classification_report(Y, probability >= 0.5, probability))
