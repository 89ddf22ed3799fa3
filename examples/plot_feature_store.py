"""
=================================================
Reusing features in cross-validation and searches
=================================================

The slow part of transfer learning is the pass of each image through the
backbone. As the backbone is frozen, this pass does not have to be repeated:
skmlic caches the features, and identifies them by the content of the image and
by the settings that they depend on. This example measures the time that the
cache saves in cross-validation and in a search, and shows when it is not used.
"""

# %%
# A first and a second fit
# ------------------------
# :func:`~skmlic.cache_info` counts the passes through the backbone. We measure
# processor time, and load the network beforehand.

import time

from skmlic import TransferMultiLabelClassifier, cache_info, clear_cache
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(300, image_size=96, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
classifier.fit(X[:1], Y[:1])
clear_cache()

rows = []


def measure(name, function):
    """Call a function, and record its seconds and passes of the backbone."""
    n_passes = cache_info().backbone_passes
    start = time.process_time()
    function()
    seconds = time.process_time() - start
    rows.append((name, seconds, cache_info().backbone_passes - n_passes))


measure("first fit", lambda: classifier.fit(X, Y))
measure("second fit", lambda: classifier.fit(X, Y))
classifier.set_params(hidden_layer_sizes=())
measure("fit with another head", lambda: classifier.fit(X, Y))

# %%
# Cross-validation and grid search
# --------------------------------
# Cross-validation and searches fit clones of the classifier to subsets of the
# images. The clones share the cache, so that they find the features of all
# images, including the test images.

from sklearn.model_selection import GridSearchCV, cross_validate

from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
grid = {"hidden_layer_sizes": [(), (64,)], "lr": [1e-3, 3e-3]}
search = GridSearchCV(classifier, grid, cv=cv, scoring="average_precision")
measure("3 folds", lambda: cross_validate(classifier, X, Y, cv=cv))
measure("grid search, 13 fits", lambda: search.fit(X, Y))

# %%
# When features are computed again
# --------------------------------
# An image that differs in a single pixel is a different image. The order of
# the images does not matter, and duplicates are not computed again. Another
# ``image_size`` leads to different features, so all images pass through the
# backbone. With ``memory=False``, nothing is cached: each of the three folds
# then computes the features of its training and its test images. If ``memory``
# is a directory, the features are stored on disk, where later processes find
# them.

X_changed = X.copy()
X_changed[0, 0, 0] ^= 1
measure("one pixel changed", lambda: classifier.fit(X_changed, Y))
X_reordered = [*X[::-1], *X]
measure("reordered, twice", lambda: classifier.predict_proba(X_reordered))
smaller = TransferMultiLabelClassifier(image_size=160, random_state=0)
measure("image_size=160", lambda: smaller.fit(X, Y))
uncached = TransferMultiLabelClassifier(memory=False, random_state=0)
measure("3 folds, memory=False", lambda: cross_validate(uncached, X, Y, cv=cv))

# %%
# Results
# -------

import matplotlib.pyplot as plt
import pandas as pd

results = pd.DataFrame(rows, columns=["step", "seconds", "passes"])
results = results.set_index("step")
print(results.round(2).to_string())
n_fits = search.n_splits_ * len(search.cv_results_["params"]) + 1
print(f"Without the cache, the search would need {n_fits * len(X)} passes.")

fig, (ax, passes_ax) = plt.subplots(
    1, 2, figsize=(10, 3.8), sharey=True, layout="constrained"
)
bars = ax.barh(results.index, results["seconds"], color="#0072B2")
ax.bar_label(bars, fmt="%.1f", padding=3)
ax.set_xlabel("processor time in seconds")
bars = passes_ax.barh(results.index, results["passes"], color="#D55E00")
passes_ax.bar_label(bars, fmt="%d", padding=3)
passes_ax.set_xlabel("images that passed through the backbone")
ax.margins(x=0.12)
passes_ax.margins(x=0.12)
ax.invert_yaxis()
plt.show()

# %%
# The second fit only trains the head, and the search trains 13 heads without a
# pass of the backbone. Changing one pixel costs one pass.
#
# Note that the training of the heads is not cached. In a large search, it
# takes most of the time. By default, 512 MiB of features are cached in
# memory, which is enough for about 65,000 images with the 2,048 features of
# the default backbone, and more of them in a temporary directory;
# :func:`~skmlic.set_config` changes the limit. The worker processes of
# ``n_jobs`` share the cache. If the backbone is fine-tuned, its features
# change, and the cache only helps in the first epochs, in which the head is
# trained alone (see :doc:`plot_fine_tuning`).
