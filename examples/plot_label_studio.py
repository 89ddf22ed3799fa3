"""
===========================================
From an annotation tool and back, in a loop
===========================================

Annotation tools such as Label Studio export labels, and show predictions that
are imported, so that annotators only correct them. This example reads an
export in which some of the tasks have annotations, trains a model, and writes
the other tasks with predictions, without any code in between.
"""

# %%
# An export of Label Studio
# -------------------------
# In a project with the template "Image Classification" and several choices per
# image, a task has the URL of an image, and annotations with the names of the
# choices. Label Studio stores uploaded images under their names with a random
# prefix. We write such a folder and such an export for 240 generated images.
# One task was annotated twice with different results, and one was skipped.

import json
import tempfile
from pathlib import Path

from PIL import Image

from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(240, image_size=96, max_digits=2, random_state=0)
Y = Y[["0", "1", "2", "3"]]
directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
(folder / "upload").mkdir()


def annotate(labels, **fields):
    """Return an annotation as Label Studio exports it."""
    result = {
        "from_name": "choice",
        "to_name": "image",
        "type": "choices",
        "value": {"choices": labels},
    }
    annotation = {"was_cancelled": False, "result": [result] if labels else []}
    return annotation | fields


tasks = []
for number, (image, row) in enumerate(zip(X, Y.to_numpy(), strict=True)):
    name = f"{number * 7919:08x}-scene{number:03d}.jpg"
    Image.fromarray(image).save(folder / "upload" / name, quality=95)
    task = {"id": number + 1, "data": {"image": f"/data/upload/1/{name}"}}
    labels = Y.columns[row == 1].tolist()
    task["annotations"] = [annotate(labels)] if number < 140 else []
    tasks.append(task)
tasks[0]["annotations"].append(annotate(["0", "1", "2", "3"]))
tasks[1]["annotations"] = [annotate([], was_cancelled=True)]
export = folder / "project-1.json"
export.write_text(json.dumps(tasks))
print(json.dumps(tasks[2], indent=1))

# %%
# Reading the export
# ------------------
# :func:`~skmlic.datasets.load_dataset` recognizes the format and finds the
# uploaded files. Tasks without annotations are left out, with a warning.
# Labels on which annotators disagree are missing.

import warnings

from skmlic.datasets import load_dataset

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    data = load_dataset(folder / "upload", export)
print(caught[0].message)
data.Y.head(3)

# %%
# Training and predicting in a shell
# ----------------------------------
# The command reads the same export. With ``--tasks``, ``skmlic predict``
# writes these tasks again, with a prediction for each of them that refers to
# the tags of the project. We pass the tasks that have no annotations.

import contextlib
import shlex

from skmlic.cli import main


def run(arguments):
    """Run the command skmlic with arguments in the folder."""
    print(f"$ skmlic {arguments}")
    with contextlib.chdir(folder):
        main([*shlex.split(arguments), "--quiet"])


unlabelled = [task for task in tasks if not task["annotations"]]
(folder / "new.json").write_text(json.dumps(unlabelled))
run(
    "train upload project-1.json -o digits.skmlic --image-size 160 "
    "--test-size 0"
)
run("predict digits.skmlic upload --tasks new.json -o predictions.json")
written = json.loads((folder / "predictions.json").read_text())
shown = next(task for task in written if task["predictions"][0]["result"])
print(json.dumps(shown, indent=1))

# %%
# In Label Studio, the button "Import" takes ``predictions.json``. The score of
# a prediction is the mean probability that the model assigns to its decisions
# on the labels, so that sorting the tasks by this score shows the least
# certain ones first.
#
# How much work is saved
# ----------------------
# In this example, the true labels are known. The same function reads the
# predictions, so we can count the labels that an annotator has to change. The
# tasks with the lowest scores need the most changes.

import matplotlib.pyplot as plt
import numpy as np

predicted = load_dataset(
    folder / "upload",
    folder / "predictions.json",
    results="predictions",
    label_names=Y.columns,
)
rows = [int(Path(path).stem[-3:]) for path in predicted.paths]
n_changes = np.abs(predicted.Y.to_numpy() - Y.to_numpy()[rows]).sum(axis=1)
scores = np.array([task["predictions"][0]["score"] for task in written])
order = np.argsort(scores)

fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
n_tasks = np.arange(1, len(order) + 1)
ax.plot(n_tasks, np.cumsum(n_changes[order]), label="lowest score first")
ax.plot(n_tasks, n_tasks * n_changes.mean(), "--", label="random order")
ax.set(xlabel="tasks checked", ylabel="labels corrected")
ax.legend(frameon=False)
plt.show()
print(f"{n_changes.sum()} of {predicted.Y.size} labels have to be changed")
directory.cleanup()

# %%
# FiftyOne imports the file that ``--format fiftyone`` writes, as a
# ``FiftyOneImageClassificationDataset``. The user guide lists all formats that
# are read (:ref:`formats`), and :func:`skmlic.active_learning.suggest_images`
# chooses the images to label next.
