"""
========================================
Checking a dataset for problems
========================================

Unreadable files, duplicates with different labels and labels with a single
image take a minute to find before the training, and a day after it.
:func:`~skmlic.datasets.describe_dataset` lists them, and two figures show how
the labels are distributed.
"""

# %%
# A folder with problems
# ----------------------
# We generate images of colored shapes with a table of labels, with problems
# that occur in practice: one file is truncated, one is not an image, two
# images were saved again under another name and labelled differently, one
# image was never labelled, and the file of one row is missing. Some cells are
# empty.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from skmlic.datasets import make_multilabel_shapes

X, Y = make_multilabel_shapes(
    400,
    n_labels=12,
    image_size=48,
    imbalance=60,
    cooccurrence=0.25,
    random_state=0,
)
kinds = ("disc", "square", "triangle", "cross", "ring")
colors = ("red", "green", "blue", "yellow")
names = [f"{colors[j % 4]} {kinds[j % 5]}" for j in range(12)]

work = tempfile.TemporaryDirectory()
folder = Path(work.name)
images = folder / "images"
images.mkdir()
files = [f"{number:03d}.png" for number in range(len(X))]
for file, image in zip(files, X, strict=True):
    Image.fromarray(image).save(images / file)

rng = np.random.default_rng(0)
table = pd.DataFrame(Y, columns=names).astype(float)
table = table.mask(rng.random(Y.shape) < 0.1)
table.insert(0, "file", files)
for copied in (7, 20):
    # A second file has the same content and another label.
    copy = table.loc[copied].copy()
    copy["file"] = f"copy_of_{files[copied]}"
    copy["red disc"] = 1 - Y[copied, 0]
    table.loc[len(table)] = copy
    content = (images / files[copied]).read_bytes()
    (images / copy["file"]).write_bytes(content)
(images / files[30]).write_bytes(content[:500])
(images / files[31]).write_text("<html>not found</html>")
(images / files[32]).unlink()
table = table.drop(index=33)
table.to_csv(folder / "labels.csv", index=False)

# %%
# The report
# ----------
# With ``missing="drop"``, the reader leaves out the row without a file, and
# with ``na_values=""`` an empty cell is a missing label. The report then
# decodes each image once, as the training does.

from skmlic.datasets import describe_dataset, load_labelled_images

data = load_labelled_images(
    images, folder / "labels.csv", missing="drop", na_values=""
)
report = describe_dataset(data)
print(str(report).replace(work.name, "work"))

# %%
# Solving the problems
# --------------------
# The findings are data frames with the affected rows. We drop the unreadable
# images and keep one of each group of duplicates. Which of the contradicting
# labels is right can only be decided by looking at the images.

for found in (report.unreadable, report.duplicates):
    print(found.assign(path=[Path(p).name for p in found["path"]]).to_string())

repeated = report.duplicates[report.duplicates.duplicated("group")]
dropped = [*report.unreadable["row"], *repeated["row"]]
kept = np.setdiff1d(np.arange(report.n_images), dropped)
paths, labels = np.array(data.paths)[kept], data.Y.iloc[kept]
print(f"{len(paths)} of {report.n_images} images are left")
print(f"{describe_dataset({'paths': list(paths), 'Y': labels})!r}")

# %%
# Label frequencies
# -----------------
# A label with ten images has two in each of five folds. Missing labels are
# counted separately.

import matplotlib.pyplot as plt

from skmlic.plots import LabelCooccurrenceDisplay, LabelFrequencyDisplay

LabelFrequencyDisplay.from_labels(labels)
plt.show()

# %%
# Label co-occurrence
# -------------------

LabelCooccurrenceDisplay.from_labels(labels)
plt.show()
work.cleanup()

# %%
# Half of the images have no label at all, which is no problem if it is true.
# Four labels are too rare to be learned, let alone to be scored:
# :func:`~skmlic.sampling.drop_rare_labels` leaves them out, unless more images
# of them can be found. The first labels occur together more often than by
# chance, so splits should also be stratified by pairs of labels (``order=2``;
# see :doc:`plot_splits`).
#
# Only files with equal content are found to be duplicates. Images that are
# merely similar need groups: see :doc:`plot_groups`.
