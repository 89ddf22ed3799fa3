"""
=====================================
Answering requests for labels by HTTP
=====================================

A web service loads a model once, and answers each request with the labels of
an image. This example writes one in thirty lines with Python's standard
library, starts it in a thread, asks it for the labels of an image, and stops
it. A web framework would call the same three lines that predict.
"""

# %%
# A model with thresholds
# -----------------------
# We train a classifier on generated photographs of handwritten digits. A real
# service would load a model from a file, as in :doc:`plot_deployment`.

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.model_selection import TunedThresholdMultiLabelClassifierCV

X, Y = make_digit_scenes(300, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0)
model = TunedThresholdMultiLabelClassifierCV(classifier, cv="loo").fit(X, Y)

# %%
# The service
# -----------
# The body of a request is an image file. Its bytes are passed to the model as
# they are; nothing is written to a disk. An image that can't be read is the
# fault of the request, so its answer has the status 400 and the reason. Large
# requests are refused before they are read.

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np

from skmlic.exceptions import ImageReadError

LARGEST_IMAGE = 20_000_000


def respond(content):
    """Return the status and the JSON object for the bytes of an image."""
    try:
        (probabilities,) = model.predict_proba([content])
    except ImageReadError as error:
        _, _, reason = error.problems[0]
        return 400, {"error": reason}
    is_label = probabilities >= model.thresholds_
    return 200, {
        "labels": model.label_names_[is_label].tolist(),
        "probabilities": dict(
            zip(model.label_names_, probabilities.round(4), strict=True)
        ),
    }


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        size = int(self.headers.get("Content-Length", 0))
        if size <= LARGEST_IMAGE:
            status, answer = respond(self.rfile.read(size))
        else:
            status, answer = 413, {"error": "too large"}
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format, *args):
        pass


# %%
# Starting it
# -----------
# Port 0 means any free port. The first prediction takes longer, since the
# network is compiled for the processor; therefore, we predict an image before
# the first request. The server answers one request at a time, since a
# prediction uses all cores already.

from threading import Thread

model.predict(X[:1])
server = HTTPServer(("localhost", 0), Handler)
thread = Thread(target=server.serve_forever)
thread.start()

# %%
# Asking it
# ---------
# A client needs no more than an HTTP library. In a shell, ``curl --data-binary
# @image.jpg http://localhost:PORT`` does the same.

import io
import time
from urllib.error import HTTPError
from urllib.request import urlopen

from PIL import Image

(image,), _ = make_digit_scenes(1, random_state=1)
body = io.BytesIO()
Image.fromarray(image).save(body, format="JPEG", quality=95)
url = f"http://localhost:{server.server_port}"

start = time.perf_counter()
with urlopen(url, data=body.getvalue()) as response:
    answer = json.load(response)
print(f"{1000 * (time.perf_counter() - start):.0f} ms: {answer['labels']}")

# %%
# A damaged image is an error of this request only.

try:
    urlopen(url, data=b"not an image")
except HTTPError as error:
    with error:
        print(error.code, json.load(error))

# %%
# The figure shows the image of the request and the answer.

import matplotlib.pyplot as plt

fig, (image_ax, ax) = plt.subplots(
    1, 2, figsize=(8, 3.4), layout="constrained"
)
image_ax.imshow(image)
image_ax.set_axis_off()
names = list(answer["probabilities"])
ax.barh(names, list(answer["probabilities"].values()), color="#0072B2")
ax.scatter(
    model.thresholds_,
    np.arange(len(names)),
    marker="|",
    s=120,
    color="#D55E00",
    label="threshold",
)
ax.set(xlabel="probability", ylabel="digit", xlim=(0, 1))
ax.invert_yaxis()
ax.legend()
plt.show()

# %%
# Stopping it
# -----------

server.shutdown()
thread.join()
server.server_close()

# %%
# ``http.server`` is meant for examples and tests: it has neither encryption
# nor access control. Behind a web framework, ``respond`` stays the same. If
# many requests arrive at once, collect some images and predict them together,
# which takes less time per image.
