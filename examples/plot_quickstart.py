"""
==========
Quickstart
==========

From pictures and a table of 0 and 1 to a tuned classifier in about twenty lines: a pretrained
network, *the backbone*, describes each picture by numbers, and a small network, *the head*, learns
the labels from them. We search for a good head, look at how well each label is told, and draw some
pictures with what was predicted.

Run it on your own folder of pictures, with a table whose first column is the file name and whose
other columns are labels (1 where the picture has the label, else 0)::

    python plot_quickstart.py --images pictures --labels labels.csv
"""

# %%
# The options
# -----------
# Without any, as where this page is built or in a notebook, the example makes its own pictures.

import argparse
import sys

run_by_hand = "__file__" in globals() and "sphinx_gallery" not in sys.modules

parser = argparse.ArgumentParser(description="Find a good classifier for pictures, and show it.")
parser.add_argument("--images", metavar="DIR", help="your folder of pictures")
parser.add_argument("--labels", metavar="CSV", help="the table of their labels")
parser.add_argument(
    "--output", metavar="PNG", default="quickstart.png", help="where to save the figure"
)
options = parser.parse_args(None if run_by_hand else [])
if (options.images is None) != (options.labels is None):
    parser.error("--images and --labels go together: pass both, or none")

# %%
# Pictures and labels
# -------------------
# ``X`` may be a list or an array of paths, or an array of pictures; ``Y`` has a column of 0 and 1
# for each label. Our pictures are photographs with one to three handwritten digits in them, and the
# labels say which.

import numpy as np

from skmlic.datasets import load_labelled_images, make_digit_scenes

if options.images is None:
    X, Y = make_digit_scenes(800, random_state=0)
else:
    data = load_labelled_images(options.images, options.labels)
    X, Y = np.array(data.paths), data.Y

# %%
# Every part of a cross-validation needs examples of every label, so we leave out labels that are
# very rare or nearly everywhere. The splitter then gives each part its share of each label, which
# scikit-learn's own splitters don't do for several labels. One part of five is kept for the test.

from skmlic.model_selection import MultiLabelStratifiedKFold

n_examples = np.minimum(Y.sum(), len(Y) - Y.sum())
Y = Y.loc[:, n_examples >= 10]
if Y.empty:
    raise SystemExit("No label has ten pictures with it and ten without it: label more pictures.")

folds = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
train, test = next(folds.split(np.zeros(len(Y)), Y))
print(f"{len(train)} pictures to learn from, {len(test)} for the test, {Y.shape[1]} labels")

# %%
# The search
# ----------
# The classifier is a scikit-learn estimator, and the search is scikit-learn's own. Of four heads,
# each fitted on three folds, the one with the best average precision, averaged over the labels
# ("map"), is fitted again on all the pictures. The network looks at them in 320 instead of 224
# pixels, which takes twice the time and is worth it here (:doc:`plot_backbones`).

import pandas as pd
from sklearn.model_selection import GridSearchCV

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import get_scorer

search = GridSearchCV(
    TransferMultiLabelClassifier(image_size=320, random_state=0),
    {"dropout": [0.3, 0.6], "hidden_layer_sizes": [(256,), (512,)]},
    scoring=get_scorer("map"),
    cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0),
)
search.fit(X[train], Y.iloc[train])

results = pd.DataFrame(search.cv_results_)
candidates = pd.DataFrame(
    {
        "hidden_layer_sizes": results["param_hidden_layer_sizes"].map(str),
        "dropout": results["param_dropout"],
        "average precision": results["mean_test_score"].round(3),
        "std": results["std_test_score"].round(3),
        "seconds per fold": (results["mean_fit_time"] + results["mean_score_time"]).round(2),
    }
)
print(candidates.sort_values("average precision", ascending=False).to_string(index=False))

# %%
# The test
# --------
# Average precision, label by label, on pictures that the search has not seen. Guessing would reach
# the share of pictures that have the label.

from sklearn.metrics import average_precision_score

classifier = search.best_estimator_
probability = classifier.predict_proba(X[test])
Y_test = Y.iloc[test]
scores = pd.DataFrame(
    {
        "pictures to learn from": Y.iloc[train].sum(),
        "average precision": [
            average_precision_score(Y_test[label], probability[:, column])
            for column, label in enumerate(Y.columns)
        ],
        "by guessing": Y_test.mean(),
    }
)
print(scores.round(2).rename_axis("label").to_string())
print(f"Mean over the labels: {scores['average precision'].mean():.3f}")

# %%
# The backbone is the slow part, and it has seen each picture once, for all the folds, the
# candidates, the last fit and the test together. That is why the first candidate took longest in
# the table above, and why a larger grid costs little.

from skmlic import cache_info

n_fits = len(candidates) * search.n_splits_ + 1
print(f"{n_fits} fits, {len(X)} pictures, {cache_info().backbone_passes} passes of the backbone")

# %%
# The pictures
# ------------
# A sign and a colour tell which labels were found, missed, or set by mistake, with the
# probability of each. A label is set from 0.5 on; whoever would rather have more of them found, at
# the price of more mistakes, goes on to :doc:`plot_thresholds`.

import matplotlib.pyplot as plt

from skmlic.plots import PredictionGalleryDisplay

mistakes = classifier.predict(X[test]) != Y_test
n_labels, n_mistakes = Y_test.sum(axis=1).mean(), mistakes.sum(axis=1).mean()
print(f"a picture has {n_labels:.2f} labels, and {n_mistakes:.2f} are set or missed by mistake")
display = PredictionGalleryDisplay.from_estimator(
    classifier, X[test], Y_test, order="random", n_images=12, random_state=1
)
if run_by_hand:
    display.figure_.savefig(options.output, dpi=120)
    print(f"The figure is in {options.output}")
plt.show()
