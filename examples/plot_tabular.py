"""
============================
Pictures beside other data
============================

A picture rarely comes alone: there is a place, a time, a device. Do such columns of a table help to
find the labels, and how do pictures and columns become one classifier? With scikit-learn's own
``ColumnTransformer``, in which :class:`~skmlic.ImageEmbedder` is one transformer among others.
"""

# %%
# A table with a column of paths
# ------------------------------
# Photographs with handwritten digits in them, as files. Made-up columns say what was known when
# they were taken: which of four teams took the picture, who use some digits more than others, and a
# temperature, which has nothing to do with the digits.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from skmlic.datasets import make_digit_scenes

pixels, Y = make_digit_scenes(400, image_size=96, random_state=0)
rng = np.random.default_rng(0)
habits = rng.dirichlet(np.full(10, 0.2), size=4)
fits = (Y.to_numpy() @ habits.T + 0.05) ** 2

folder = tempfile.TemporaryDirectory()
paths = [Path(folder.name, f"{number:03d}.png") for number in range(len(pixels))]
for path, picture in zip(paths, pixels, strict=True):
    Image.fromarray(picture).save(path)

frame = pd.DataFrame(
    {
        "path": [str(path) for path in paths],
        "team": [rng.choice(["north", "south", "east", "west"], p=fit / fit.sum()) for fit in fits],
        "temperature": rng.normal(12, 6, size=len(paths)),
    }
)
print(frame.assign(path=[path.name for path in paths]).head().to_string())

# %%
# One transformer for each kind of column
# ---------------------------------------
# The embedder takes a frame of one column, which the list ``["path"]`` selects. Of 2,048 features
# of a picture, a principal component analysis keeps 100, so that the columns are not drowned.

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlic import ImageEmbedder, cache_info

of_picture = make_pipeline(ImageEmbedder(), StandardScaler(), PCA(100, whiten=True, random_state=0))
transformers = {
    "picture": (of_picture, ["path"]),
    "team": (OneHotEncoder(), ["team"]),
    "temperature": (StandardScaler(), ["temperature"]),
}


def make_classifier(*names):
    """Make a classifier of some of the columns."""
    columns = ColumnTransformer([(name, *transformers[name]) for name in names])
    return make_pipeline(columns, OneVsRestClassifier(LogisticRegression(C=0.05)))


make_classifier("picture", "team", "temperature")

# %%
# What each column is worth
# -------------------------
# The same five folds for all. Whatever is learnt from data, the components of the analysis
# included, is learnt within each training part. The features of a single picture are stored, so
# that each goes through the network once.

from sklearn.model_selection import cross_val_score

from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
candidates = [
    ["team", "temperature"],
    ["picture"],
    ["picture", "temperature"],
    ["picture", "team"],
    ["picture", "team", "temperature"],
]
scores = pd.DataFrame(
    {
        " + ".join(names): cross_val_score(
            make_classifier(*names), frame, Y, cv=cv, scoring=get_scorer("map")
        )
        for names in candidates
    }
)
print(scores.agg(["mean", "std"]).T.round(3).to_string())
print(f"{len(frame)} pictures, {cache_info().backbone_passes} passes of the backbone")

# %%
# Each line is a fold.

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.plot(scores.T, "o-", color="#0072B2", mfc="none", lw=0.8)
ax.plot(scores.mean(), "_", color="#D55E00", ms=26, mew=2.5)
ax.set_xticks(range(scores.shape[1]), [name.replace(" + ", "\n+ ") for name in scores])
ax.set(ylabel="mean average precision", xlim=(-0.4, scores.shape[1] - 0.6))
plt.show()
folder.cleanup()

# %%
# The team helps in every fold, since it was made to; a column of noise does no harm, as long as it
# is one among many and the classifier is regularised.
#
# A caveat: such columns may tell the label for reasons that do not hold where the classifier will
# be used. A team with its own camera, or a hospital with its own patients, is learnt as well as
# what is in the picture. Keep groups together in the folds then; see :doc:`plot_groups`.
