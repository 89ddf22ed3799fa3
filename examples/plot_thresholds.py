"""
===================
Decision thresholds
===================

A classifier gives probabilities; somebody has to decide from which one on a label is set. 0.5 is
right only for the share of right decisions, and for few other measures: a label that one picture
in ten has rarely reaches it. What is it worth to tune the thresholds, and for which measure?
"""

# %%
# Pictures with one to three of ten digits, so that each label is on a fifth of them.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(360, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
print(Y.mean().round(2).to_string())

# %%
# Tuning
# ------
# The tuner fits the classifier on each fold's training part and looks for the thresholds on what it
# says of the pictures held out. The objective says what is to be as large as possible: here the F1
# score averaged over labels (macro), over all decisions (micro), or over pictures (samples).

from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

candidates = {"0.5": classifier}
for average in ("macro", "micro", "samples"):
    candidates[f"tuned for {average}"] = TunedThresholdMultiLabelClassifierCV(
        classifier, objective=f"f1_{average}", cv=3
    )

# %%
# Thresholds are part of the model, so that they are tuned within each training part of the
# cross-validation that judges them. The backbone still sees each picture once.

import pandas as pd
from sklearn.model_selection import cross_validate

from skmlic import cache_info
from skmlic.metrics import multilabel_scorers
from skmlic.model_selection import MultiLabelStratifiedKFold

scoring = multilabel_scorers("f1_macro", "f1_micro", "f1_samples")
rows = {}
for name, candidate in candidates.items():
    scores = cross_validate(
        candidate,
        X,
        Y,
        scoring=scoring,
        cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0),
    )
    rows[name] = {
        metric: f"{scores[f'test_{metric}'].mean():.3f} ± {scores[f'test_{metric}'].std():.3f}"
        for metric in scoring
    }
print(pd.DataFrame(rows).T.to_string())
print(f"{len(X)} pictures, {cache_info().backbone_passes} passes of the backbone")

# %%
# All that were tuned are clearly better than 0.5. Among each other they differ hardly more than
# folds do: here, what one tunes for matters less than that one tunes at all. Where labels are more
# uneven, the measures part (:doc:`plot_metrics`).
#
# How sure is a threshold?
# ------------------------
# ``thresholds_per_fold_`` has the thresholds tuned without each fold's scores. A dot is the
# threshold chosen, the bar through it reaches from the smallest to the largest of those. Where bars
# are long, there were few examples to go by, or the curve is flat and the threshold matters little.

import matplotlib.pyplot as plt

from skmlic.plots import ThresholdCurveDisplay

tuner = TunedThresholdMultiLabelClassifierCV(
    classifier, objective="f1_macro", cv=3, store_cv_results=True
).fit(X, Y)
ThresholdCurveDisplay.from_estimator(tuner)
plt.show()

# %%
# A caveat
# --------
# ``best_score_`` is the objective on the very scores that the thresholds were tuned on, and is too
# good to be true; the cross-validation above is not. ``cv_results_["score_per_fold"]`` is
# nearer to it: each fold under the thresholds tuned on the others.

print(f"tuned on: {tuner.best_score_:.3f}")
print(f"other folds: {tuner.cv_results_['score_per_fold'].mean():.3f}")

# %%
# Next: probabilities that can be taken at their word, in :doc:`plot_calibration`.
