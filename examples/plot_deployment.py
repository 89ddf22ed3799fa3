"""
==============================
From training to other places
==============================

The classifier was trained here and is to predict there: in another process, on another machine,
behind a web service. ``save_model`` writes a file of tensors and text for that, without any code.
How large is it, what does the first prediction cost over there, and is it better to send pictures
one by one?
"""

# %%
# Training, and the file
# ----------------------
# The thresholds are part of the model. A pickle would hold the same, but runs code when it is read;
# and without the backbone's weights, which the other place has installed with skmlic, the file is
# small.

import tempfile
from pathlib import Path

import joblib

from skmlic import TransferMultiLabelClassifier, save_model
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

X, Y = make_digit_scenes(300, random_state=0)
X_new, _ = make_digit_scenes(64, random_state=1)
classifier = TransferMultiLabelClassifier(random_state=0)
model = TunedThresholdMultiLabelClassifierCV(classifier, objective="f1_macro", cv=3).fit(X, Y)

work = tempfile.TemporaryDirectory()
folder = Path(work.name)
save_model(model, folder / "whole.skmlic")
save_model(model, folder / "head.skmlic", include_backbone=False)
joblib.dump(model, folder / "pickle.joblib")
for path in folder.iterdir():
    print(f"{path.name:15} {path.stat().st_size / 1e6:5.1f} MB")

# %%
# Another process
# ---------------
# A service is little more than this: load once, predict many times. We run it in a new process,
# which knows nothing of this one, with the pictures as files. It notes how long each step takes.

import numpy as np
from PIL import Image

for number, picture in enumerate(X_new):
    Image.fromarray(picture).save(folder / f"{number:02d}.jpg", quality=95)

SERVICE = """
import json, sys, time
from pathlib import Path

start = time.perf_counter()
seconds = {}

def note(step):
    global start
    seconds[step] = time.perf_counter() - start
    start = time.perf_counter()

import skmlic
note("import skmlic")
model = skmlic.load_model(sys.argv[1])
note("load_model")
paths = sorted(Path(sys.argv[1]).parent.glob("*.jpg"))

def answer(paths):
    '''Return the labels of each picture, as JSON.'''
    decisions = model.predict(paths) == 1
    labels = [model.label_names_[row].tolist() for row in decisions]
    return json.dumps(dict(zip([path.name for path in paths], labels)))

answer(paths[:1])
note("first picture")
for path in paths[1:32]:
    answer([path])
note("31 pictures one by one")
print(answer(paths[32:36]), file=sys.stderr)
note("4 pictures")
answer(paths[36:])
note("28 pictures at once")
print(json.dumps(seconds))
"""

import json
import subprocess
import sys

done = subprocess.run(
    [sys.executable, "-c", SERVICE, str(folder / "whole.skmlic")],
    capture_output=True,
    text=True,
    check=True,
)
print(done.stderr.strip().splitlines()[-1])
seconds = json.loads(done.stdout)

# %%
# The same answers
# ----------------
# On the same machine, a loaded model predicts what the saved one did, to the last bit.

from skmlic import load_model

paths = sorted(folder.glob("*.jpg"))
loaded = load_model(folder / "head.skmlic")
same = np.array_equal(loaded.predict_proba(paths), model.predict_proba(paths))
print(f"the same probabilities: {same}")
print(dict(zip(loaded.label_names_, loaded.thresholds_.round(2).tolist(), strict=True)))

# %%
# What the first answer costs, and every other one.

import matplotlib.pyplot as plt

fig, (ax, by_picture) = plt.subplots(1, 2, figsize=(10, 2.6), layout="constrained")
steps = ["import skmlic", "load_model", "first picture"]
bars = ax.barh(steps, [seconds[step] for step in steps], color="#0072B2")
ax.bar_label(bars, fmt="%.2f", padding=3)
ax.set(xlabel="seconds, once", ylim=(2.6, -0.6))
milliseconds = {
    "one by one": 1000 * seconds["31 pictures one by one"] / 31,
    "28 at once": 1000 * seconds["28 pictures at once"] / 28,
}
bars = by_picture.barh(list(milliseconds), list(milliseconds.values()), color="#D55E00")
by_picture.bar_label(bars, fmt="%.0f", padding=3)
by_picture.set(xlabel="milliseconds a picture", ylim=(1.6, -0.6))
for axes in (ax, by_picture):
    axes.margins(x=0.15)
plt.show()
work.cleanup()

# %%
# Most of the first answer is what happens once: libraries are loaded, and the network is made ready
# for this processor. So keep the process alive, and let it predict one picture before it is asked.
# After that a picture takes milliseconds, fewer of them in batches.
#
# A caveat: the times are those of this machine while this page was built, and a service has a
# network and a queue besides. ``load_model`` runs no code of the file, but what it predicts is only
# as good as whoever made it.
#
# Next: the same from a shell, in :doc:`plot_command_line`.
