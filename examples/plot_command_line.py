"""
==================
Without Python
==================

A folder of pictures and a table of labels can become a model without a line of Python: ``skmlic``
is a command, too. This page runs it as a shell would, and reads the files that it writes.
"""

# %%
# A folder and a table
# --------------------
# Photographs with handwritten digits; the first 200 have labels. The table's first column is the
# file name.

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
        Image.fromarray(X[row]).save(folder / place / names[row], quality=95)
table = Y[:200].add_prefix("digit ")
table.insert(0, "file", names[:200])
table.to_csv(folder / "labels.csv", index=False)
print((folder / "labels.csv").read_text()[:200])

# %%
# Each command is run in that folder, as ``skmlic`` followed by what stands here.

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
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    print(done.stdout)


# %%
# Training
# --------
# A fifth of the pictures is kept for scoring; thresholds are tuned for macro F1, unless one says
# otherwise. All parameters of the classifier are options: ``skmlic train --help`` lists them.

run("train labelled labels.csv --output digits.skmlic --image-size 160")

# %%
# New pictures
# ------------
# The table has the labels of each picture and all probabilities.

run("predict digits.skmlic new --output new.csv")
print("\n".join((folder / "new.csv").read_text().splitlines()[:4]))

# %%
# It is read like any other. Here we know the truth about the new pictures. Each line is a picture
# with the label or without it; at 0 the classifier was sure that it has it not.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

predictions = pd.read_csv(folder / "new.csv", index_col="path", keep_default_na=False)
rows = [int(Path(path).stem) for path in predictions.index]
probability = predictions.filter(like="digit ")
truth = Y.iloc[rows].to_numpy() == 1

fig, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
for has_label, shift, colour in ((False, -0.15, "#0072B2"), (True, 0.15, "#D55E00")):
    row, label = np.nonzero(truth == has_label)
    place = label + shift
    ax.plot(place, probability.to_numpy()[row, label], "_", color=colour, ms=9)
    ax.plot([], [], "_", color=colour, ms=9, label="has the label" if has_label else "has it not")
ax.set_xticks(
    range(10), [f"{name}\n({n})" for name, n in zip(Y.columns, truth.sum(0), strict=True)]
)
ax.set(xlabel="digit (pictures with it)", ylabel="probability")
ax.legend(frameon=False, loc="upper left", bbox_to_anchor=(1, 1))
plt.show()
work.cleanup()

# %%
# ``skmlic evaluate digits.skmlic FOLDER TABLE`` scores a model on other labelled pictures, and
# ``skmlic describe`` looks over a folder before the training.
#
# A caveat: the model file holds no code, so that one of a stranger may be loaded; whether its
# predictions are right is another question.
#
# Next: the same file from Python, in :doc:`plot_deployment`.
