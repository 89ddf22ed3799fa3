"""
===========================
Each picture is seen once
===========================

The slow part of transfer learning is the pass of each picture through the backbone. The backbone is
frozen, so that the pass need not be repeated: features are stored, under a digest of the picture
and of all that they depend on. How much time does that save in cross-validation and in a search,
and when does it not?
"""

# %%
# A first and a second fit
# ------------------------
# ``cache_info`` counts passes through the backbone. Time is that of the processor.

import time

from skmlic import TransferMultiLabelClassifier, cache_info, clear_cache
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(300, image_size=96, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
classifier.fit(X[:1], Y[:1])  # load the network, which is not what we want to measure
clear_cache()

records = []


def measure(what, function):
    """Call a function, and note the seconds and the passes through the backbone."""
    passes, start = cache_info().backbone_passes, time.process_time()
    function()
    seconds = time.process_time() - start
    records.append((what, seconds, cache_info().backbone_passes - passes))


measure("first fit", lambda: classifier.fit(X, Y))
measure("second fit", lambda: classifier.fit(X, Y))
measure("fit, another head", lambda: classifier.set_params(hidden_layer_sizes=()).fit(X, Y))

# %%
# Folds, and a search
# -------------------
# The folds of a cross-validation and the candidates of a search are clones that are fitted on
# parts of the pictures. They all find the features of each single picture, the test parts included.

from sklearn.model_selection import GridSearchCV, cross_validate

from skmlic.model_selection import MultiLabelStratifiedKFold

cv = MultiLabelStratifiedKFold(3, shuffle=True, random_state=0)
grid = {"hidden_layer_sizes": [(), (64,)], "lr": [1e-3, 3e-3]}
search = GridSearchCV(classifier, grid, cv=cv, scoring="average_precision")
measure("3 folds", lambda: cross_validate(classifier, X, Y, cv=cv))
measure("grid search, 13 fits", lambda: search.fit(X, Y))

# %%
# What misses
# -----------
# A picture that was changed by a single pixel is another picture. Pictures in another order, or
# twice, are not new. Another size is, for which the network is loaded anew. ``memory=False`` stores
# nothing: each of three folds then has two passes, of its training and of its test part. (A
# directory as ``memory`` keeps features on disk, where later processes find them.)

changed = X.copy()
changed[0, 0, 0] ^= 1
measure("one pixel changed", lambda: classifier.fit(changed, Y))
measure("other order, twice", lambda: classifier.predict_proba([*X[::-1], *X]))
smaller = TransferMultiLabelClassifier(image_size=160, random_state=0)
measure("image_size=160", lambda: smaller.fit(X, Y))
without = TransferMultiLabelClassifier(memory=False, random_state=0)
measure("3 folds, memory=False", lambda: cross_validate(without, X, Y, cv=cv))

# %%
import matplotlib.pyplot as plt
import pandas as pd

records = pd.DataFrame(records, columns=["what", "seconds", "passes"]).set_index("what")
print(records.round(2).to_string())
n_passes = (search.n_splits_ * len(search.cv_results_["params"]) + 1) * len(X)
print(f"Without a store the search would have been {n_passes} passes.")

fig, (ax, of_passes) = plt.subplots(1, 2, figsize=(10, 3.8), sharey=True, layout="constrained")
for axes, column, colour in ((ax, "seconds", "#0072B2"), (of_passes, "passes", "#D55E00")):
    bars = axes.barh(records.index, records[column], color=colour)
    axes.bar_label(bars, fmt="%.1f" if column == "seconds" else "%d", padding=3)
    axes.margins(x=0.12)
ax.set_xlabel("seconds of the processor")
of_passes.set_xlabel("pictures that went through the backbone")
ax.invert_yaxis()
plt.show()

# %%
# A second fit costs its head, and a search 13 heads and no pass. Changing one pixel costs one pass.
#
# A caveat: the heads' training is not stored; in a large search it is the larger part. The store in
# the process is bounded (512 MiB unless ``set_config`` says otherwise, about 65,000 pictures with
# the default's 2,048 features), and worker processes of ``n_jobs`` don't share it: name a directory
# for them. A backbone that is fine-tuned changes its features as it learns: what is stored for the
# frozen one serves its head's first epochs only, see :doc:`plot_fine_tuning`.
