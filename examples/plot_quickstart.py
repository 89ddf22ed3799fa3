"""
==========
Quickstart
==========

This example takes you from images and a table of 0 and 1 to a tuned
multi-label classifier. A pretrained network, the *backbone*, extracts features
from each image, and a *head* learns to predict the labels from them. We search
for a good head, evaluate the predictions per label, and show some images with
their predicted labels.

You can run the script on your own images. It needs a directory of images, and
a table whose first column contains the file names. Each other column is a
label, with 1 for the images that have the label and 0 for the others::

    python plot_quickstart.py --images images --labels labels.csv
"""

# %%
# Command-line options
# --------------------
# Without options, and in a notebook, the example generates its own images.

import argparse
import sys

is_script = "__file__" in globals() and "sphinx_gallery" not in sys.modules

parser = argparse.ArgumentParser(
    description="Tune a multi-label image classifier and show its predictions."
)
parser.add_argument("--images", metavar="DIR", help="directory of images")
parser.add_argument("--labels", metavar="CSV", help="table of their labels")
parser.add_argument(
    "--output",
    metavar="PNG",
    default="quickstart.png",
    help="file in which the figure is saved",
)
options = parser.parse_args(None if is_script else [])
if (options.images is None) != (options.labels is None):
    parser.error("--images and --labels must be passed together")

# %%
# Images and labels
# -----------------
# ``X`` is a list or an array of paths, or an array of images. ``Y`` has one
# column of 0 and 1 per label. The generated images are photographs that
# contain one to three handwritten digits, and the labels tell which.

import numpy as np

from skmlic.datasets import load_labelled_images, make_digit_scenes

if options.images is None:
    X, Y = make_digit_scenes(800, random_state=0)
else:
    data = load_labelled_images(options.images, options.labels)
    X, Y = np.array(data.paths), data.Y

# %%
# For cross-validation, each fold needs positives and negatives of each label,
# so we remove labels that are very rare or nearly always present. The splitter
# then stratifies by all labels, which the splitters of scikit-learn do not
# support. We hold out one of five folds as test set.

from skmlic.model_selection import MultiLabelStratifiedKFold

n_examples = np.minimum(Y.sum(), len(Y) - Y.sum())
Y = Y.loc[:, n_examples >= 10]
if Y.empty:
    raise SystemExit(
        "At least one label needs ten images with the label and ten without "
        "it: label more images."
    )

cv = MultiLabelStratifiedKFold(5, shuffle=True, random_state=0)
train, test = next(cv.split(np.zeros(len(Y)), Y))
print(
    f"{len(train)} training images, {len(test)} test images, "
    f"{Y.shape[1]} labels"
)

# %%
# Parameter search
# ----------------
# The classifier is a scikit-learn estimator, so we can use
# :class:`~sklearn.model_selection.GridSearchCV`. It compares a head in closed
# form, kernel ridge regression, with small networks that are trained, by
# three-fold cross-validation, and fits the one with the best mean average
# precision ("map") to all training images. We use images of 320 instead of 224
# pixels, which doubles the time of feature extraction but improves the scores
# of these images (see :doc:`plot_backbones`).

import pandas as pd
from sklearn.model_selection import GridSearchCV

from skmlic import TransferMultiLabelClassifier
from skmlic.metrics import get_scorer

search = GridSearchCV(
    TransferMultiLabelClassifier(image_size=320, random_state=0),
    [{"head": ["kernel"]}, {"head": ["net"], "dropout": [0.3, 0.6]}],
    scoring=get_scorer("map"),
    cv=MultiLabelStratifiedKFold(3, shuffle=True, random_state=0),
)
search.fit(X[train], Y.iloc[train])

results = pd.DataFrame(search.cv_results_)
seconds = results["mean_fit_time"] + results["mean_score_time"]
candidates = pd.DataFrame(
    {
        "head": results["param_head"],
        "dropout": results["param_dropout"],
        "average precision": results["mean_test_score"].round(3),
        "std": results["std_test_score"].round(3),
        "seconds per fold": seconds.round(2),
    }
).sort_values("average precision", ascending=False)
print(candidates.to_string(index=False))

# %%
# Evaluation per label
# --------------------
# We compute the average precision of each label on the test images, which were
# not used in the search. A random ranking would reach the fraction of images
# that have the label.

from sklearn.metrics import average_precision_score

classifier = search.best_estimator_
probabilities = classifier.predict_proba(X[test])
Y_test = Y.iloc[test]
scores = pd.DataFrame(
    {
        "training images": Y.iloc[train].sum(),
        "average precision": [
            average_precision_score(Y_test[label], probabilities[:, column])
            for column, label in enumerate(Y.columns)
        ],
        "at random": Y_test.mean(),
    }
)
print(scores.round(2).rename_axis("label").to_string())
print(f"mean average precision: {scores['average precision'].mean():.3f}")

# %%
# Most of the time is spent in the backbone. Each image passes through it only
# once, because the features are reused for all folds, candidates, the final
# fit and the test. This is why one candidate, the one that was fitted first,
# took longer than the others in the table above, and why a larger grid would
# not take much longer.

from skmlic import cache_info

n_fits = len(candidates) * search.n_splits_ + 1
n_passes = cache_info().backbone_passes
print(f"{n_fits} fits, {len(X)} images, {n_passes} passes of the backbone")

# %%
# Predictions
# -----------
# Finally, we show some test images. A sign and a color mark labels that were
# found, false positives, and missed labels, with their probabilities. A label
# is predicted if its probability is at least 0.5. The example
# :doc:`plot_thresholds` shows how to tune this threshold, for example to find
# more labels at the cost of more false positives.

import matplotlib.pyplot as plt

from skmlic.plots import PredictionGalleryDisplay

n_labels = Y_test.sum(axis=1).mean()
n_mistakes = (classifier.predict(X[test]) != Y_test).sum(axis=1).mean()
print(f"labels per image: {n_labels:.2f}, mistakes: {n_mistakes:.2f}")
display = PredictionGalleryDisplay.from_estimator(
    classifier,
    X[test],
    Y_test,
    order="random",
    n_images=12,
    random_state=1,
)
if is_script:
    display.figure_.savefig(options.output, dpi=120)
    print(f"The figure was saved to {options.output}.")
plt.show()
