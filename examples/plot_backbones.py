"""
===================================
Comparing backbones and image sizes
===================================

A larger backbone or larger images can improve the scores, but they increase
the time of every prediction. :func:`~skmlic.comparison.compare_backbones`
tabulates both. This example compares three image sizes of the same network.
Networks are compared in the same way, for example by
``compare_backbones(X, Y, ["efficientnet_lite0", "resnet50"])``, if their
weights are available.
"""

# %%
# Candidates
# ----------
# The images are photographs with handwritten digits, and the labels are the
# digits. A candidate is the name of a backbone or an estimator, such as a
# baseline that only uses the frequencies of the labels.

from skmlic import TransferMultiLabelClassifier
from skmlic.comparison import BackboneComparisonDisplay, compare_backbones
from skmlic.datasets import make_digit_scenes
from skmlic.dummy import DummyMultiLabelClassifier

X, Y = make_digit_scenes(300, random_state=0)
candidates = {"frequencies": DummyMultiLabelClassifier()}
for size in (128, 192, 256):
    candidates[f"{size} pixels"] = TransferMultiLabelClassifier(
        image_size=size, random_state=0
    )

# %%
# Scores and times
# ----------------
# All candidates are evaluated on the same five folds. The table has the mean
# of each score, and its standard deviation in a column whose name ends with
# "_std". A frozen backbone computes the features of each image once, before
# the first fold. The column "embed_s" has the seconds of this step, and
# "fit_s" has those of training a head.

results = compare_backbones(X, Y, candidates, random_state=0)
columns = [
    "map",
    "map_std",
    "one_label_accuracy",
    "size_mb",
    "embed_s",
    "fit_s",
]
results[columns].round(3)

# %%
# The figure shows the score and the time of predicting new images, including
# the features. The error bars are one standard deviation.

import matplotlib.pyplot as plt

BackboneComparisonDisplay.from_results(results.drop(index="frequencies"))
plt.show()

# %%
# Larger images also improve the quickstart example, and
# :doc:`plot_fine_tuning` compares them with fine-tuning.
