"""
=============================
Deploying a fitted classifier
=============================

A classifier is often used in another process, on another machine, or in a web
service. :func:`~skmlic.save_model` writes it to a file of tensors and text,
which contains no code. This example loads such a file in a new process, and
measures the time until the first prediction and the time per image. It also
exports the classifier to a graph that runs without skmlic.
"""

# %%
# Saving the model
# ----------------
# We train a classifier with tuned thresholds, which are part of the model. A
# pickle would contain the same model, but loading a pickle can run arbitrary
# code. If the weights of the backbone are left out, the file is small, but the
# weights have to be available where the file is loaded. This is the case here
# because they are installed together with skmlic.

import tempfile
from pathlib import Path

import joblib

from skmlic import TransferMultiLabelClassifier, save_model
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

X, Y = make_digit_scenes(300, random_state=0)
X_new, _ = make_digit_scenes(64, random_state=1)
classifier = TransferMultiLabelClassifier(random_state=0)
model = TunedThresholdMultiLabelClassifierCV(
    classifier, objective="f1_macro", cv=3
)
model.fit(X, Y)

directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
save_model(model, folder / "whole.skmlic")
save_model(model, folder / "head.skmlic", include_backbone=False)
joblib.dump(model, folder / "pickle.joblib")
for path in folder.iterdir():
    print(f"{path.name:15} {path.stat().st_size / 1e6:5.1f} MB")

# %%
# Predicting in a new process
# ---------------------------
# A service loads the model once and predicts many times. The following script
# does this for image files, and measures the time of each step.

import numpy as np
from PIL import Image

for number, image in enumerate(X_new):
    Image.fromarray(image).save(folder / f"{number:02d}.jpg", quality=95)

SERVICE = """
import json, sys, time
from pathlib import Path

start = time.perf_counter()
seconds = {}

def record(step):
    global start
    seconds[step] = time.perf_counter() - start
    start = time.perf_counter()

import skmlic
record("import skmlic")
model = skmlic.load_model(sys.argv[1])
record("load_model")
paths = sorted(Path(sys.argv[1]).parent.glob("*.jpg"))

def respond(paths):
    '''Return the predicted labels of each image as JSON.'''
    predictions = model.predict(paths) == 1
    labels = [model.label_names_[row].tolist() for row in predictions]
    return json.dumps(dict(zip([path.name for path in paths], labels)))

respond(paths[:1])
record("first image")
for path in paths[1:32]:
    respond([path])
record("31 images one by one")
print(respond(paths[32:36]), file=sys.stderr)
record("4 images")
respond(paths[36:])
record("28 images at once")
print(json.dumps(seconds))
"""

import json
import subprocess
import sys

process = subprocess.run(
    [sys.executable, "-c", SERVICE, str(folder / "whole.skmlic")],
    capture_output=True,
    text=True,
    check=True,
)
print(process.stderr.strip().splitlines()[-1])
seconds = json.loads(process.stdout)

# %%
# Comparing the predictions
# -------------------------
# On the same machine, the probabilities of a loaded model are identical to
# those of the saved model. The loaded model has the same thresholds.

from skmlic import load_model

paths = sorted(folder.glob("*.jpg"))
loaded = load_model(folder / "head.skmlic")
is_equal = np.array_equal(
    loaded.predict_proba(paths), model.predict_proba(paths)
)
print(f"identical probabilities: {is_equal}")
for label, threshold in zip(
    loaded.label_names_, loaded.thresholds_, strict=True
):
    print(f"label {label}: threshold {threshold:.2f}")

# %%
# Predicting without skmlic
# -------------------------
# A graph for OpenVINO or ONNX contains the network, the head and the
# thresholds, and needs neither skmlic nor PyTorch where it runs. The following
# script resizes the images as the metadata say, and predicts all of them. The
# guide explains what is in the files: :ref:`deployment`.

from skmlic.export import export_openvino

export_openvino(model, folder / "digits.xml")

SCRIPT = """
import json, sys, time
from pathlib import Path

start = time.perf_counter()
import numpy as np
import openvino
from PIL import Image

path = Path(sys.argv[1])
core = openvino.Core()
graph = core.read_model(path)
about = json.loads(graph.get_rt_info(["skmlic"]).astype(str))
compiled = core.compile_model(graph, "CPU")
ready = time.perf_counter() - start

height, width = about["image_size"]
method = Image.Resampling[about["interpolation"].upper()]
pixels = [
    np.asarray(Image.open(image).resize((width, height), method))
    for image in sorted(path.parent.glob("*.jpg"))
]
labels = compiled(np.stack(pixels))["labels"]
print(json.dumps({"seconds": ready, "labels": labels.tolist()}))
"""

process = subprocess.run(
    [sys.executable, "-c", SCRIPT, str(folder / "digits.xml")],
    capture_output=True,
    text=True,
    check=True,
)
result = json.loads(process.stdout)
same = (np.array(result["labels"]) == model.predict(paths)).mean()
print(f"ready after {result['seconds']:.1f} s, {same:.1%} of labels equal")

# %%
# The left figure shows the time of the steps that are necessary once, and the
# right figure shows the time per image afterwards.

import matplotlib.pyplot as plt

fig, (ax, image_ax) = plt.subplots(
    1, 2, figsize=(10, 2.6), layout="constrained"
)
steps = ["import skmlic", "load_model", "first image"]
bars = ax.barh(steps, [seconds[step] for step in steps], color="#0072B2")
ax.bar_label(bars, fmt="%.2f", padding=3)
ax.set(xlabel="seconds", ylim=(2.6, -0.6))
milliseconds = {
    "one by one": 1000 * seconds["31 images one by one"] / 31,
    "28 at once": 1000 * seconds["28 images at once"] / 28,
}
bars = image_ax.barh(
    list(milliseconds), list(milliseconds.values()), color="#D55E00"
)
image_ax.bar_label(bars, fmt="%.0f", padding=3)
image_ax.set(xlabel="milliseconds per image", ylim=(1.6, -0.6))
ax.margins(x=0.15)
image_ax.margins(x=0.15)
plt.show()
directory.cleanup()

# %%
# Most of the time until the first prediction is spent on steps that are only
# necessary once: libraries are imported, and the network is compiled for the
# processor. Therefore, keep the process running, and predict an image before
# the first request. Afterwards, an image takes milliseconds, and less if
# several images are predicted at once.
#
# Note that the times depend on the machine, and that a service also spends
# time in the network and in queues. :func:`~skmlic.load_model` does not run
# code from the file, but you still have to trust the author of a model to
# trust its predictions.
#
# The example :doc:`plot_command_line` uses such a file in a shell, and
# :doc:`plot_service` answers requests by HTTP.
