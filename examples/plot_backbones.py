"""
================================
Choosing a backbone and its size
================================

A larger network, or larger pictures, cost more time for every picture that is ever predicted. A
table says what they bring. Here the same network looks at pictures of three sizes; with weights at
hand, ``compare_backbones(X, Y, ["efficientnet_lite0", "resnet50", ...])`` compares networks in the
same way.
"""

# %%
# The rows
# --------
# Pictures are photographs with handwritten digits in them; the labels say which. Rows may be
# backbones by name or whole estimators, such as a baseline that looks at no picture.

from skmlic import TransferMultiLabelClassifier
from skmlic.comparison import BackboneComparisonDisplay, compare_backbones
from skmlic.datasets import make_digit_scenes
from skmlic.dummy import DummyMultiLabelClassifier

X, Y = make_digit_scenes(300, random_state=0)
rows = {"frequencies alone": DummyMultiLabelClassifier()} | {
    f"{size} pixels": TransferMultiLabelClassifier(image_size=size, random_state=0)
    for size in (128, 192, 256)
}

# %%
# The table
# ---------
# All rows have the same five folds. Of each score there is the mean over folds and, in the columns
# that end in "_std", the standard deviation. A frozen network sees each picture once, before the
# first fold: "embed_s" are the seconds of that pass, "fit_s" those of training a head.

results = compare_backbones(X, Y, rows, random_state=0)
results[["map", "map_std", "one_label_accuracy", "size_mb", "embed_s", "fit_s"]].round(3)

# %%
# The picture
# -----------
# Score against the time to predict new pictures, network included. Bars are one standard deviation
# to either side.

import matplotlib.pyplot as plt

BackboneComparisonDisplay.from_results(results.drop(index="frequencies alone"))
plt.show()
