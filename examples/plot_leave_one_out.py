"""
======================================
Scoring training images without refits
======================================

Thresholds, calibration and honest scores need predictions for images that the
model was not fitted on. Usually, cross-validation provides them, at the cost
of one more fit per fold. Kernel ridge regression, ``head="kernel"``, gets them
from a single fit: it knows in closed form what it would have predicted for
each training image without that image. In this example, these leave-one-out
scores agree with those of five folds, and thresholds that are tuned on them
are as good.
"""

# %%
# One fit
# -------
# The images contain one to three of ten digits. The fit also computes
# ``loo_predict_proba_``, the leave-one-out probabilities of the training
# images.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(700, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.4, random_state=0
)
classifier = TransferMultiLabelClassifier(head="kernel", random_state=0)
classifier.fit(X_train, Y_train)
print(classifier.loo_predict_proba_.shape)

# %%
# Five more fits
# --------------
# Cross-validation fits five classifiers, and each of them predicts the images
# that it was not fitted on.

from sklearn.model_selection import cross_val_predict

from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
out_of_fold = cross_val_predict(
    classifier, X_train, Y_train, cv=cv, method="predict_proba"
)

# %%
# Average precision
# -----------------
# We compare both with the predictions for the test images, and with those for
# the training images after the fit on the same images.

import pandas as pd

from skmlic.metrics import average_precision_score

predictions = {
    "fitted": (Y_train, classifier.predict_proba(X_train)),
    "5 folds": (Y_train, out_of_fold),
    "leave-one-out": (Y_train, classifier.loo_predict_proba_),
    "test images": (Y_test, classifier.predict_proba(X_test)),
}
per_label = pd.DataFrame(
    {
        name: average_precision_score(labels, probabilities, average=None)
        for name, (labels, probabilities) in predictions.items()
    },
    index=Y.columns,
)
print(per_label.mean().round(3).to_string())

# %%
# The scores of images that the classifier was fitted on are useless: all of
# them are ranked correctly. The two estimates are both far below, and near the
# score of the test images. The estimate of the folds is lower, since each
# classifier was fitted on four fifths of the training images, and the one of
# leave-one-out on all but one.
#
# The same scores for single images
# ---------------------------------
# In the left figure, each point is an image and a label. Most points lie near
# the diagonal: both methods agree on most images. Lines in the right figure
# are labels, and the black line is their mean.

import matplotlib.pyplot as plt
from scipy.special import logit

fig, (ax, label_ax) = plt.subplots(
    1, 2, figsize=(10, 4.5), layout="constrained"
)
styles = [
    (0, "o", "#0072B2", "image without the label"),
    (1, "^", "#D55E00", "image with the label"),
]
for value, marker, color, name in styles:
    chosen = Y_train.to_numpy() == value
    ax.scatter(
        logit(classifier.loo_predict_proba_[chosen]),
        logit(out_of_fold[chosen]),
        marker=marker,
        color=color,
        s=8,
        alpha=0.5,
        label=name,
    )
ax.axline((0, 0), slope=1, color="0.5", lw=1)
ax.set(xlabel="log-odds, leave-one-out", ylabel="log-odds, 5 folds")
ax.legend(frameon=False, markerscale=2)
label_ax.plot(per_label.T, color="0.8", lw=1)
label_ax.plot(per_label.mean(), color="black", marker="o")
label_ax.set(ylabel="average precision", ylim=(0, 1.03))
plt.show()

# %%
# Thresholds
# ----------
# :class:`~skmlic.model_selection.TunedThresholdMultiLabelClassifierCV` fits
# the classifier six times with five folds: once per fold, and once on all
# images. With ``cv="loo"``, it fits it once. The features are cached, so the
# seconds are those of the heads and of the search for thresholds.

from time import perf_counter

from skmlic.metrics import f1_score
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

rows = {
    "0.5": {"macro F1": f1_score(Y_test, classifier.predict(X_test))},
}
for folds in (5, "loo"):
    tuner = TunedThresholdMultiLabelClassifierCV(
        classifier, objective="f1_macro", cv=folds
    )
    start = perf_counter()
    tuner.fit(X_train, Y_train)
    rows[f"cv={folds!r}"] = {
        "macro F1": f1_score(Y_test, tuner.predict(X_test)),
        "seconds": perf_counter() - start,
    }
print(pd.DataFrame(rows).T.round(2).to_string(na_rep=""))

# %%
# Both find thresholds that are better than 0.5 on the test images. The
# difference between the two is too small to prefer one of them.
#
# Leave-one-out has one condition that folds have as well: the image must be
# the only one of its kind. If images show the same scene, leave all of them
# out together (see :ref:`near_duplicates`). The formulas are in
# :doc:`/guide/kernel_ridge`, and :ref:`leave_one_out` describes how your own
# estimators can offer such scores.
