"""
==========================================
Training and predicting in a shell
==========================================

A model can be trained on a folder of images and a table of labels without
writing Python: the package has the command ``skmlic``. This example runs the
command as a shell would, and reads the files that it writes.
"""

# %%
# A folder and a table
# --------------------
# We use photographs with handwritten digits, of which the first 200 have
# labels. The first column of the table has the file names.

import tempfile
from pathlib import Path

from PIL import Image

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(260, image_size=96, max_digits=2, random_state=0)
work = tempfile.TemporaryDirectory()
folder = Path(work.name)
names = [f"{number:03d}.jpg" for number in range(len(X))]
for place, rows in (("labelled", range(200)), ("new", range(200, 260))):
    (folder / place).mkdir()
    for row in rows:
        image = Image.fromarray(X[row])
        image.save(folder / place / names[row], quality=95)
table = Y[:200].add_prefix("digit ")
table.insert(0, "file", names[:200])
table.to_csv(folder / "labels.csv", index=False)
print((folder / "labels.csv").read_text()[:200])

# %%
# Each command is run in this folder.

import os
import shlex
import subprocess
import sys


def run(command):
    """Run a command line of skmlic, and print it with its output."""
    print(f"$ skmlic {command}")
    done = subprocess.run(
        [sys.executable, "-m", "skmlic", *shlex.split(command)],
        cwd=folder,
        env=os.environ | {"COLUMNS": "79"},
        capture_output=True,
        text=True,
        check=True,
    )
    print(done.stdout)


# %%
# Training
# --------
# A fifth of the images is held out for scoring, and thresholds are tuned for
# macro F1 by default. All parameters of the classifier are options, which
# ``skmlic train --help`` lists.

run("train labelled labels.csv --output digits.skmlic --image-size 160")

# %%
# Predicting
# ----------
# The table has the labels of each image and all probabilities.

run("predict digits.skmlic new --output new.csv")
lines = (folder / "new.csv").read_text().splitlines()
print("\n".join(line[:79] for line in lines[:4]))

# %%
# Here we know the true labels of the new images. Each mark is an image with
# or without the label, at its predicted probability.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

predictions = pd.read_csv(
    folder / "new.csv", index_col="path", keep_default_na=False
)
rows = [int(Path(path).stem) for path in predictions.index]
probability = predictions.filter(like="digit ").to_numpy()
truth = Y.iloc[rows].to_numpy() == 1

fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
for has_label, shift, color in (
    (False, -0.15, "#0072B2"),
    (True, 0.15, "#D55E00"),
):
    row, label = np.nonzero(truth == has_label)
    ax.plot(label + shift, probability[row, label], "_", color=color, ms=9)
    text = "with the label" if has_label else "without the label"
    ax.plot([], [], "_", color=color, ms=9, label=text)
counts = zip(Y.columns, truth.sum(0), strict=True)
ax.set_xticks(range(10), [f"{name}\n({n})" for name, n in counts])
ax.set(xlabel="digit (number of images with it)", ylabel="probability")
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
work.cleanup()

# %%
# ``skmlic evaluate digits.skmlic FOLDER TABLE`` scores a model on other
# labelled images, and ``skmlic describe`` checks a folder before the training.
#
# A model file contains no code, so a file from an unknown source can be
# loaded safely; whether its predictions are right is another question.
#
# :doc:`plot_deployment` uses such a file in Python.
