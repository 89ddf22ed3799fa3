"""
====================================
Tuning decision thresholds per label
====================================

A label is predicted if its probability reaches a threshold. The usual
threshold of 0.5 maximizes accuracy, but few other scores: the probability of a
label that one image in ten has rarely reaches 0.5. This example tunes a
threshold per label for different scores, and measures the improvement by
cross-validation.
"""

# %%
# The images contain one to three of ten digits, so each label has about 20 %
# positives.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(360, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
print(Y.mean().round(2).to_string())

# %%
# Tuning thresholds
# -----------------
# :class:`~skmlic.model_selection.TunedThresholdMultiLabelClassifierCV`
# computes out-of-fold probabilities and selects the thresholds that maximize
# an objective. Here we use the F1 score averaged over labels (macro), over all
# entries of Y (micro), or over images (samples).

from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

candidates = {"0.5": classifier}
for average in ("macro", "micro", "samples"):
    candidates[f"tuned for f1_{average}"] = (
        TunedThresholdMultiLabelClassifierCV(
            classifier, objective=f"f1_{average}", cv=3
        )
    )

# %%
# The thresholds are part of the model. Therefore, the outer cross-validation
# tunes them on the training data of each fold only. The features are cached,
# so that each image still passes through the backbone once.

import pandas as pd
from sklearn.model_selection import cross_validate

from skmlic import cache_info
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
scoring = multilabel_scorers("f1_macro", "f1_micro", "f1_samples")
rows = {}
for name, candidate in candidates.items():
    results = cross_validate(candidate, X, Y, scoring=scoring, cv=cv)
    scores = {metric: results[f"test_{metric}"] for metric in scoring}
    rows[name] = {
        metric: f"{values.mean():.3f} ± {values.std():.3f}"
        for metric, values in scores.items()
    }
print(pd.DataFrame(rows).T.to_string())
print(
    f"{len(X)} images, {cache_info().backbone_passes} passes of the backbone"
)

# %%
# All tuned thresholds score clearly better than 0.5. Which F1 score was the
# objective matters little here: the differences are hardly larger than the
# variation between folds. They are larger if the frequencies of the labels
# differ more (see :doc:`plot_metrics`).
#
# Uncertainty of the thresholds
# -----------------------------
# The figure shows the score of each label as a function of its threshold. A
# dot marks the selected threshold. The horizontal bar is the range of
# ``thresholds_per_fold_``, which are the thresholds selected without each of
# the folds. A long bar means that there are few positives, or that the curve
# is flat and the exact threshold does not matter.

import matplotlib.pyplot as plt

from skmlic.plots import ThresholdCurveDisplay

tuner = TunedThresholdMultiLabelClassifierCV(
    classifier, objective="f1_macro", cv=3, store_cv_results=True
).fit(X, Y)
ThresholdCurveDisplay.from_estimator(tuner)
plt.show()

# %%
# Optimism of the best score
# --------------------------
# ``best_score_`` is too optimistic, because the thresholds were selected on
# the same predictions that it is computed from.
# ``cv_results_["score_per_fold"]`` is less optimistic: it scores each fold
# with thresholds that were selected on the other folds.

print(f"same folds: {tuner.best_score_:.3f}")
print(f"other folds: {tuner.cv_results_['score_per_fold'].mean():.3f}")

# %%
# The example :doc:`plot_calibration` shows how to calibrate the probabilities.
