"""
========================================
Calibrating probabilities for each label
========================================

If a classifier is calibrated, 80 % of the images with a predicted probability
of 0.8 have the label. Such probabilities can be weighed against costs, or
shown to users. This example compares three methods that calibrate a classifier
which was trained for too many epochs.
"""

# %%
# An overconfident classifier
# ---------------------------
# Without dropout and after many epochs, the probabilities are too close to 0
# and 1.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(600, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(
    X, Y, test_size=0.4, random_state=0
)
classifier = TransferMultiLabelClassifier(
    dropout=0.0, max_epochs=40, random_state=0
)

# %%
# Calibration
# -----------
# :class:`~skmlic.calibration.CalibratedMultiLabelClassifierCV` fits a
# calibrator per label to out-of-fold scores, because the classifier is more
# confident on its own training data than on new images. The method
# "temperature" makes all probabilities of a label more or less extreme,
# "sigmoid" can also shift them, and "isotonic" fits any increasing function,
# which requires more data.

import pandas as pd

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.metrics import (
    average_precision_score,
    brier_score_loss,
    expected_calibration_error,
    log_loss,
)

classifier.fit(X_train, Y_train)
probabilities = {"uncalibrated": classifier.predict_proba(X_test)}
for method in ("temperature", "sigmoid", "isotonic"):
    calibrated = CalibratedMultiLabelClassifierCV(
        classifier, method=method, cv=3
    )
    calibrated.fit(X_train, Y_train)
    probabilities[method] = calibrated.predict_proba(X_test)

scores = pd.DataFrame(
    {
        name: {
            "expected calibration error": expected_calibration_error(
                Y_test, p
            ),
            "Brier score": brier_score_loss(Y_test, p),
            "log loss": log_loss(Y_test, p),
            "mean average precision": average_precision_score(Y_test, p),
        }
        for name, p in probabilities.items()
    }
).T
print(scores.round(4).to_string())

# %%
# A small value is better for the first three scores. All methods reduce the
# calibration error, "sigmoid" and "isotonic" more than "temperature". However,
# isotonic regression predicts probabilities of 0 and 1, and each of them that
# is wrong has a very large log loss. Average precision depends on the order of
# the images only. The other methods do not change this order, but isotonic
# regression gives many images the same probability, which reduces average
# precision. Therefore, we would choose "sigmoid" here.
#
# Calibration curves
# ------------------
# The left figure shows ten bins of the probabilities of all labels. For
# calibrated probabilities, the points are on the diagonal. The right figure
# shows the calibration error per label.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import calibration_curve

styles = {
    "uncalibrated": ("#000000", "o"),
    "temperature": ("#D55E00", "s"),
    "sigmoid": ("#0072B2", "^"),
    "isotonic": ("#009E73", "D"),
}
y_true = Y_test.to_numpy().ravel()
labels = np.arange(Y.shape[1])

fig, (ax, label_ax) = plt.subplots(
    1, 2, figsize=(10, 4.5), layout="constrained"
)
ax.plot([0, 1], [0, 1], color="0.7", lw=1)
for k, (name, (color, marker)) in enumerate(styles.items()):
    p = probabilities[name]
    fraction, mean = calibration_curve(y_true, p.ravel(), n_bins=10)
    ax.plot(mean, fraction, marker=marker, color=color, label=name, ms=5)
    errors = expected_calibration_error(Y_test, p, average=None)
    label_ax.bar(labels + 0.2 * (k - 1.5), errors, width=0.2, color=color)
ax.set(
    xlabel="mean probability",
    ylabel="fraction of images with the label",
    aspect="equal",
)
ax.legend(frameon=False)
label_ax.set(xlabel="label", ylabel="expected calibration error")
label_ax.set_xticks(labels, Y.columns)
plt.show()

# %%
# Note that the calibration error of a label is estimated from few images, and
# the estimate is positive even for perfectly calibrated probabilities. Compare
# methods on the same images, and do not rely on the error of a single label.
#
# Calibration does not select thresholds. The example :doc:`plot_thresholds`
# tunes them for a score.
