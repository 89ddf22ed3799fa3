"""
================================
Look at the data before training
================================

Files that can't be read, pictures that are there twice with different labels, labels that a single
picture has: found before the training, they cost a minute; found after it, a day.
:func:`~skmlic.datasets.describe_dataset` lists them, and two figures show how labels are
distributed.
"""

# %%
# A folder with faults
# --------------------
# Pictures of coloured shapes with a table of labels, as they might come from several people: one
# file was cut off in transmission, one is no picture, two pictures were saved a second time under
# another name and labelled by somebody else, one was never labelled, and one row of the table has
# lost its file. Some cells were left empty.

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from skmlic.datasets import make_multilabel_shapes

X, Y = make_multilabel_shapes(
    400, n_labels=12, image_size=48, imbalance=60, cooccurrence=0.25, random_state=0
)
kinds, colours = ("disc", "square", "triangle", "cross", "ring"), ("red", "green", "blue", "yellow")
names = [f"{colours[j % 4]} {kinds[j % 5]}" for j in range(12)]

work = tempfile.TemporaryDirectory()
folder = Path(work.name)
(folder / "pictures").mkdir()
files = [f"{number:03d}.png" for number in range(len(X))]
for file, picture in zip(files, X, strict=True):
    Image.fromarray(picture).save(folder / "pictures" / file)

rng = np.random.default_rng(0)
table = pd.DataFrame(Y, columns=names).astype(float).mask(rng.random(Y.shape) < 0.1)
table.insert(0, "file", files)
for copied in (7, 20):  # a second file of the same content, with another label
    copy = table.loc[copied].copy()
    copy["file"], copy["red disc"] = f"copy_of_{files[copied]}", 1 - Y[copied, 0]
    table.loc[len(table)] = copy
    content = (folder / "pictures" / files[copied]).read_bytes()
    (folder / "pictures" / copy["file"]).write_bytes(content)
(folder / "pictures" / files[30]).write_bytes(content[:500])
(folder / "pictures" / files[31]).write_text("<html>not found</html>")
(folder / "pictures" / files[32]).unlink()
table = table.drop(index=33)
table.to_csv(folder / "labels.csv", index=False)

# %%
# The report
# ----------
# The reader is told to go on without the row that has no file (``missing="drop"``), and that an
# empty cell means that nobody looked (``unknown=""``). Then every picture is decoded once, as
# training would decode it.

from skmlic.datasets import describe_dataset, load_labelled_images

data = load_labelled_images(folder / "pictures", folder / "labels.csv", missing="drop", unknown="")
report = describe_dataset(data)
print(str(report).replace(work.name, "work"))

# %%
# What to do about them
# ---------------------
# The findings are frames, with the rows they mean. Without the unreadable pictures, and with one of
# each group of copies, training can begin; which of the contradicting labels is right, somebody has
# to look at.

for found in (report.unreadable, report.duplicates):
    print(found.assign(path=[Path(path).name for path in found["path"]]).to_string())

again = report.duplicates[report.duplicates.duplicated("group")]
faulty = [*report.unreadable["row"], *again["row"]]
kept = np.setdiff1d(np.arange(report.n_images), faulty)
paths, labels = np.array(data.paths)[kept], data.Y.iloc[kept]
print(f"{len(paths)} of {report.n_images} pictures are left")
print(f"{describe_dataset({'paths': list(paths), 'Y': labels})!r}")

# %%
# How often a label comes
# -----------------------
# A label that ten pictures have gives each of five folds two. NaN is what nobody looked for.

import matplotlib.pyplot as plt

from skmlic.plots import LabelCooccurrenceDisplay, LabelFrequencyDisplay

LabelFrequencyDisplay.from_labels(labels)
plt.show()

# %%
# Which labels come together
# --------------------------

LabelCooccurrenceDisplay.from_labels(labels)
plt.show()
work.cleanup()

# %%
# Half of the pictures have no label at all, which is nothing wrong as long as it is true. Four
# labels are too rare to be learnt, let alone to be scored:
# :func:`~skmlic.sampling.drop_rare_labels` leaves them out, or somebody looks for more of them. The
# first labels come together more often than chance has it, so that splits should share out pairs,
# too (``order=2``; see :doc:`plot_splits`).
#
# A caveat: only files of equal content are found to be the same. Pictures that merely look alike
# need groups: see :doc:`plot_groups`.
