"""
==================================
Training and predicting in a shell
==================================

The command ``skmlic`` trains a model on a folder of images and a table of
labels without any Python code. This example runs the command as a shell would,
and reads the table of predictions that it writes.
"""

# %%
# Images and labels
# -----------------
# We write photographs with handwritten digits to two folders, one of 200
# labelled images and one of 60 new images. The first column of the table of
# labels has the file names.

import tempfile
from pathlib import Path

from PIL import Image

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(260, image_size=96, max_digits=2, random_state=0)
directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
names = [f"{number:03d}.jpg" for number in range(len(X))]
for subfolder, rows in (("labelled", range(200)), ("new", range(200, 260))):
    (folder / subfolder).mkdir()
    for row in rows:
        image = Image.fromarray(X[row])
        image.save(folder / subfolder / names[row], quality=95)
table = Y[:200].add_prefix("digit ")
table.insert(0, "file", names[:200])
table.to_csv(folder / "labels.csv", index=False)
print((folder / "labels.csv").read_text()[:200])

# %%
# The following function runs a command in the parent folder.

import os
import shlex
import subprocess
import sys


def run(arguments):
    """Run the command skmlic with arguments, and print the output."""
    print(f"$ skmlic {arguments}")
    process = subprocess.run(
        [sys.executable, "-m", "skmlic", *shlex.split(arguments)],
        cwd=folder,
        env=os.environ | {"COLUMNS": "79"},
        capture_output=True,
        text=True,
        check=True,
    )
    print(process.stdout)


# %%
# Training
# --------
# By default, a fifth of the images is held out for scoring, and the thresholds
# are tuned for macro F1. The parameters of the classifier are options of the
# command, which ``skmlic train --help`` lists.

run("train labelled labels.csv --output digits.skmlic --image-size 160")

# %%
# Predicting
# ----------
# The command writes a table with the predicted labels of each image and the
# probabilities of all labels. We print the beginning of its first lines.

run("predict digits.skmlic new --output new.csv")
lines = (folder / "new.csv").read_text().splitlines()
print("\n".join(line[:79] for line in lines[:4]))

# %%
# In this example, the true labels of the new images are known. The figure
# shows the probability of each digit for each image, and the color shows
# whether the image has this digit.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

predictions = pd.read_csv(
    folder / "new.csv", index_col="path", keep_default_na=False
)
rows = [int(Path(path).stem) for path in predictions.index]
probabilities = predictions.filter(like="digit ").to_numpy()
Y_new = Y.iloc[rows].to_numpy() == 1

fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
for has_label, shift, color in (
    (False, -0.15, "#0072B2"),
    (True, 0.15, "#D55E00"),
):
    row, label = np.nonzero(Y_new == has_label)
    ax.plot(label + shift, probabilities[row, label], "_", color=color, ms=9)
    text = "with the label" if has_label else "without the label"
    ax.plot([], [], "_", color=color, ms=9, label=text)
counts = zip(Y.columns, Y_new.sum(axis=0), strict=True)
ax.set_xticks(range(10), [f"{name}\n({n})" for name, n in counts])
ax.set(xlabel="digit (number of images with this digit)", ylabel="probability")
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
directory.cleanup()

# %%
# Two more commands are useful here: ``skmlic describe`` checks the images and
# the labels before the training, and ``skmlic evaluate`` scores a model on
# other labelled images.
#
# Note that a model file does not contain code, so loading a file of somebody
# else does not run code. You still have to trust the author of a model to
# trust its predictions.
#
# The example :doc:`plot_deployment` uses such a file in Python.
