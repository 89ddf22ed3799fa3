"""
===============================
Checking a dataset for problems
===============================

Datasets of images often contain unreadable files, duplicates with different
labels, and labels with very few images. These problems should be found before
the training. :func:`~skmlic.datasets.describe_dataset` lists them, and two
displays show how the labels are distributed.
"""

# %%
# A dataset with problems
# -----------------------
# We generate images of colored shapes and a table of labels, and add problems
# that occur in practice. One file is truncated, and another is not an image.
# Two images have a duplicate with another file name and different labels. One
# image is not in the table, and the file of one row is missing. A tenth of the
# labels is missing, and the corresponding cells are empty.

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

directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
image_folder = folder / "images"
image_folder.mkdir()
files = [f"{number:03d}.png" for number in range(len(X))]
for file, image in zip(files, X, strict=True):
    Image.fromarray(image).save(image_folder / file)

rng = np.random.default_rng(0)
table = pd.DataFrame(Y, columns=names).astype(float)
table = table.mask(rng.random(Y.shape) < 0.1)
table.insert(0, "file", files)
for index in (7, 20):
    duplicate = table.loc[index].copy()
    duplicate["file"] = f"copy_of_{files[index]}"
    duplicate["red disc"] = 1 - Y[index, 0]
    table.loc[len(table)] = duplicate
    content = (image_folder / files[index]).read_bytes()
    (image_folder / duplicate["file"]).write_bytes(content)
(image_folder / files[30]).write_bytes(content[:500])
(image_folder / files[31]).write_text("<html>not found</html>")
(image_folder / files[32]).unlink()
table = table.drop(index=33)
table.to_csv(folder / "labels.csv", index=False)

# %%
# Reading and describing the dataset
# ----------------------------------
# With ``missing="drop"``, the row whose file is missing is left out, and with
# ``na_values=""``, empty cells are read as missing labels. To find unreadable
# files, ``describe_dataset`` decodes each image in the same way as the
# training.

from skmlic.datasets import describe_dataset, load_labelled_images

data = load_labelled_images(
    image_folder, folder / "labels.csv", missing="drop", na_values=""
)
report = describe_dataset(data)
print(str(report).replace(directory.name, "dataset"))

# %%
# Fixing the problems
# -------------------
# The attributes of the report are data frames with the affected rows. We drop
# the unreadable images, and keep one image of each group of duplicates. To
# find out which of the contradicting labels are correct, one has to look at
# the images.

for problem in (report.unreadable, report.duplicates):
    file_names = [Path(path).name for path in problem["path"]]
    print(problem.assign(path=file_names).to_string())

repeated = report.duplicates[report.duplicates.duplicated("group")]
dropped = [*report.unreadable["row"], *repeated["row"]]
kept = np.setdiff1d(np.arange(report.n_images), dropped)
paths, labels = np.array(data.paths)[kept], data.Y.iloc[kept]
print(f"{len(paths)} of {report.n_images} images are left")
print(f"{describe_dataset({'paths': list(paths), 'Y': labels})!r}")

# %%
# Label frequencies
# -----------------
# The frequency of a label limits how well it can be learned and scored: if
# ten images have a label, each of five folds only has two of them. Missing
# labels are counted separately.

import matplotlib.pyplot as plt

from skmlic.plots import LabelCooccurrenceDisplay, LabelFrequencyDisplay

LabelFrequencyDisplay.from_labels(labels)
plt.show()

# %%
# Label co-occurrence
# -------------------
# The second display shows which fraction of the images with the label of a row
# also has the label of a column.

LabelCooccurrenceDisplay.from_labels(labels)
plt.show()
directory.cleanup()

# %%
# Half of the images have no label, which is not a problem if they show none of
# the labels. Five labels are too rare to be learned and scored. If no more
# images of them are available, :func:`~skmlic.sampling.drop_rare_labels`
# removes them. The first labels occur together more often than by chance, so
# splits should also be stratified by pairs of labels, as with ``order=2`` in
# :doc:`plot_splits`.
#
# Copies at another size or in another format
# -------------------------------------------
# Without features, only files with the same content are reported as
# duplicates. With the features of the images, ``describe_dataset`` also
# reports images that are nearly the same. We save six photographs, and two
# copies: a JPEG file and a mirror image. ``set_output`` turns features into a
# frame of pandas or polars.

from PIL import ImageOps

from skmlic import ImageEmbedder
from skmlic.datasets import make_digit_scenes
from skmlic.duplicates import find_duplicates, group_duplicates

directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
scenes, labels = make_digit_scenes(6, image_size=128, random_state=0)
photographs = [Image.fromarray(scene) for scene in scenes]
for number, photograph in enumerate(photographs):
    photograph.save(folder / f"{number}.png")
photographs[1].save(folder / "1_copy.jpg", quality=95)
ImageOps.mirror(photographs[4]).save(folder / "4_mirrored.png")

paths = sorted(folder.iterdir())
labels = labels.iloc[[int(path.name[0]) for path in paths]]
embedder = ImageEmbedder().set_output(transform="pandas")
features = embedder.fit_transform(paths)
print(features.iloc[:, :4].round(3).to_string())

report = describe_dataset(paths, labels, features=features)
pairs = report.near_duplicates
names = {path: Path(path).name for path in map(str, paths)}
print(pairs.replace(names).drop(columns="differing").round(3).to_string())

# %%
# Splitters keep the images of a group together.

groups = group_duplicates(find_duplicates(features), n_samples=len(paths))
print(dict(zip(names.values(), groups.tolist(), strict=True)))

# %%
# A page to look at
# -----------------
# With ``other_paths`` and ``other_features``, images that another set
# contains, too, are also reported. :func:`~skmlic.report_dataset` writes
# everything as an HTML page, with the copies side by side. Here, the labels of
# the mirror image are wrong, and a test image is one of the photographs at
# another quality.

from html import escape
from types import SimpleNamespace

import skmlic

labels = labels.reset_index(drop=True)
row = [path.stem for path in paths].index("4_mirrored")
labels.iloc[row] = 1 - labels.iloc[row]
(folder / "test").mkdir()
test_path = folder / "test" / "a.jpg"
photographs[5].save(test_path, quality=90)
report = describe_dataset(
    paths,
    labels,
    features=features,
    other_paths=[test_path],
    other_features=embedder.transform([test_path]),
)
page = skmlic.report_dataset(report, folder / "dataset.html").read_text(
    "utf-8"
)
directory.cleanup()
SimpleNamespace(
    _repr_html_=lambda: (
        f'<iframe srcdoc="{escape(page)}" width="100%" height="600"></iframe>'
    )
)

# %%
# Images that are less similar, such as the frames of a video, require groups
# that are known, as in :doc:`plot_groups`.
