"""
=========================
Calibrated probabilities
=========================

Among the pictures for which a classifier says "0.8", do eight in ten have the label? If so it is
calibrated, and its probabilities can be weighed against costs, or shown to people. Which method of
calibration helps a head that was trained too long?
"""

# %%
# A head that is trained for many epochs, without dropout, is too sure of itself.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import multilabel_train_test_split

X, Y = make_digit_scenes(600, random_state=0)
X_train, X_test, Y_train, Y_test = multilabel_train_test_split(X, Y, test_size=0.4, random_state=0)
classifier = TransferMultiLabelClassifier(dropout=0.0, max_epochs=40, random_state=0)

# %%
# Calibration
# -----------
# Scores out of fold are what calibrators are fitted to: on the training part itself, the
# classifier is surer than it will ever be again. ``"temperature"`` only makes all probabilities of
# a label more or less extreme; ``"sigmoid"`` also shifts them; ``"isotonic"`` may take any rising
# form, which asks for more examples.

import pandas as pd

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.metrics import (
    average_precision_score,
    brier_score_loss,
    expected_calibration_error,
    log_loss,
)

probabilities = {"as trained": classifier.fit(X_train, Y_train).predict_proba(X_test)}
for method in ("temperature", "sigmoid", "isotonic"):
    calibrated = CalibratedMultiLabelClassifierCV(classifier, method=method, cv=3)
    probabilities[method] = calibrated.fit(X_train, Y_train).predict_proba(X_test)

scores = pd.DataFrame(
    {
        name: {
            "expected calibration error": expected_calibration_error(Y_test, p),
            "Brier score": brier_score_loss(Y_test, p),
            "log loss": log_loss(Y_test, p),
            "mean average precision": average_precision_score(Y_test, p),
        }
        for name, p in probabilities.items()
    }
).T
print(scores.round(4).to_string())

# %%
# The first three are better the smaller. Every method makes the error of calibration smaller, and
# isotonic steps make it smallest; but at their ends they say 0 or 1, and each time that is wrong
# costs the log loss dearly. Average precision only knows the order of the pictures, which a rising
# curve does not change, but for the ties that isotonic steps make. So "sigmoid" is the choice here.
#
# The picture of it
# -----------------
# All labels' probabilities in ten bins. On the diagonal, what was said is what was seen.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.calibration import calibration_curve

COLOURS = {
    "as trained": "#000000",
    "temperature": "#D55E00",
    "sigmoid": "#0072B2",
    "isotonic": "#009E73",
}
MARKERS = {"as trained": "o", "temperature": "s", "sigmoid": "^", "isotonic": "D"}

fig, (ax, bars) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
ax.plot([0, 1], [0, 1], color="0.7", lw=1)
for name, p in probabilities.items():
    seen, said = calibration_curve(Y_test.to_numpy().ravel(), p.ravel(), n_bins=10)
    ax.plot(said, seen, marker=MARKERS[name], color=COLOURS[name], label=name, ms=5)
ax.set(xlabel="mean probability", ylabel="share of pictures with the label", aspect="equal")
ax.legend(frameon=False)

errors = {
    name: expected_calibration_error(Y_test, p, average=None) for name, p in probabilities.items()
}
places = np.arange(Y.shape[1])
for k, (name, by_label) in enumerate(errors.items()):
    bars.bar(places + 0.2 * (k - 1.5), by_label, width=0.2, color=COLOURS[name], label=name)
bars.set(xlabel="label", ylabel="expected calibration error", xticks=places, xticklabels=Y.columns)
plt.show()

# %%
# A caveat: the error by label is an estimate from few pictures, which is never zero even for
# perfect probabilities. Compare methods on the same pictures, and don't read much into one label's
# bar.
