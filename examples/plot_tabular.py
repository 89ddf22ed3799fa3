"""
=================================
Combining images and tabular data
=================================

Images often come with other data, such as a place, a time or a device. This
example combines the columns of a table with image features by scikit-learn's
:class:`~sklearn.compose.ColumnTransformer`, in which
:class:`~skmlic.ImageEmbedder` is one transformer among others, and measures
how much each column improves the scores.
"""

# %%
# A table with a column of paths
# ------------------------------
# The images are photographs with handwritten digits, which we save to files.
# We generate two more columns of data. One is the team that took the
# photograph: each of four teams prefers some of the digits. The other is a
# temperature that is independent of the digits.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from skmlic.datasets import make_digit_scenes

images, Y = make_digit_scenes(400, image_size=96, random_state=0)
rng = np.random.default_rng(0)
preferences = rng.dirichlet(np.full(10, 0.2), size=4)
team_weights = (Y.to_numpy() @ preferences.T + 0.05) ** 2

folder = tempfile.TemporaryDirectory()
paths = [Path(folder.name, f"{i:03d}.png") for i in range(len(images))]
for path, image in zip(paths, images, strict=True):
    Image.fromarray(image).save(path)

teams = ["north", "south", "east", "west"]
table = pd.DataFrame(
    {
        "path": [str(path) for path in paths],
        "team": [
            rng.choice(teams, p=weights / weights.sum())
            for weights in team_weights
        ],
        "temperature": rng.normal(12, 6, size=len(paths)),
    }
)
print(table.assign(path=[path.name for path in paths]).head().to_string())

# %%
# One transformer per column
# --------------------------
# The embedder accepts a data frame with a single column, which is selected by
# the list ``["path"]``. We reduce the 2,048 features of an image to 100 by a
# principal component analysis, so that they do not dominate the other columns.

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from skmlic import ImageEmbedder, cache_info

image_transformer = make_pipeline(
    ImageEmbedder(), StandardScaler(), PCA(100, whiten=True, random_state=0)
)
transformers = {
    "image": (image_transformer, ["path"]),
    "team": (OneHotEncoder(), ["team"]),
    "temperature": (StandardScaler(), ["temperature"]),
}


def make_classifier(*names):
    """Return a classifier that uses the given columns."""
    return make_pipeline(
        ColumnTransformer([(name, *transformers[name]) for name in names]),
        OneVsRestClassifier(LogisticRegression(C=0.05)),
    )


make_classifier("image", "team", "temperature")

# %%
# Comparing subsets of the columns
# --------------------------------
# We evaluate all classifiers on the same five folds. Each step of the
# pipelines, including the principal component analysis, is fitted to the
# training data of the fold. The features of each image are cached, so that
# each image passes through the network once.

from sklearn.model_selection import cross_val_score

from skmlic.metrics import get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
candidates = [
    ["team", "temperature"],
    ["image"],
    ["image", "temperature"],
    ["image", "team"],
    ["image", "team", "temperature"],
]
scores = pd.DataFrame(
    {
        " + ".join(names): cross_val_score(
            make_classifier(*names), table, Y, cv=cv, scoring=get_scorer("map")
        )
        for names in candidates
    }
)
print(scores.agg(["mean", "std"]).T.round(3).to_string())
n_passes = cache_info().backbone_passes
print(f"{len(table)} images, {n_passes} passes of the backbone")

# %%
# Each line connects the scores of a fold, and the bars mark the means.

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.plot(scores.T, "o-", color="#0072B2", mfc="none", lw=0.8)
ax.plot(scores.mean(), "_", color="#D55E00", ms=26, mew=2.5)
ax.set_xticks(
    range(scores.shape[1]), [name.replace(" + ", "\n+ ") for name in scores]
)
ax.set(ylabel="mean average precision", xlim=(-0.4, scores.shape[1] - 0.6))
plt.show()
folder.cleanup()

# %%
# The team improves the score in every fold, as intended. The temperature does
# not reduce the score, because it is only one column of noise among many, and
# the classifier is regularized.
#
# Note that such columns may predict a label for reasons that do not apply to
# new data. For example, a classifier can learn which team uses which camera,
# or which hospital treats which patients. In this case, keep the groups
# together in cross-validation, as :doc:`plot_groups` shows.
