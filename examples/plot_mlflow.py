"""
==========================
Logging a model for MLflow
==========================

`MLflow <https://mlflow.org>`_ stores models together with the code that loads
them, and serves them. This example wraps a model file of skmlic as a model of
MLflow, in fifteen lines. The model needs no pickle: MLflow keeps the file
and the source of a small class.
"""

# %%
# A model file
# ------------

import tempfile
from pathlib import Path

import pandas as pd
from PIL import Image

from skmlic import TransferMultiLabelClassifier, save_model
from skmlic.datasets import make_digit_scenes

X, Y = make_digit_scenes(200, random_state=0)
classifier = TransferMultiLabelClassifier(random_state=0).fit(X, Y)

directory = tempfile.TemporaryDirectory()
folder = Path(directory.name)
save_model(classifier, folder / "digits.skmlic")

# %%
# The class that MLflow loads
# ---------------------------
# MLflow runs this module where the model is loaded, calls ``load_context``
# once, and passes a frame to ``predict``. Its only column holds paths, URLs or
# the bytes of images. The result has a column for each label.

MODULE = """
import mlflow
import pandas as pd
import skmlic


class ImageLabels(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        self.model = skmlic.load_model(context.artifacts["model"])

    def predict(self, context, model_input, params=None):
        probabilities = self.model.predict_proba(model_input)
        names = self.model.label_names_
        return pd.DataFrame(probabilities, columns=names)


mlflow.models.set_model(ImageLabels())
"""
module = folder / "image_labels.py"
module.write_text(MODULE)

# %%
# Saving and loading it
# ---------------------
# ``mlflow.pyfunc.log_model`` takes the same arguments, with a name in place of
# the folder, and stores the model with the current run. We name the
# requirements, since MLflow would otherwise look for them by running the
# model. MLflow is no requirement of skmlic: without it, the following lines
# are not run. Install it by ``pip install mlflow``.

from importlib.util import find_spec

paths = [folder / f"{number}.jpg" for number in range(3)]
for path, image in zip(paths, X, strict=False):
    Image.fromarray(image).save(path, quality=95)
images = pd.DataFrame({"image": list(map(str, paths))})

expected = pd.DataFrame(
    classifier.predict_proba(images), columns=classifier.label_names_
)
if find_spec("mlflow") is not None:
    import mlflow

    mlflow.pyfunc.save_model(
        path=folder / "model",
        python_model=str(module),
        artifacts={"model": str(folder / "digits.skmlic")},
        pip_requirements=["skmlic"],
    )
    loaded = mlflow.pyfunc.load_model(str(folder / "model"))
    pd.testing.assert_frame_equal(loaded.predict(images), expected)
print(expected.round(2).to_string())

# %%
# The command ``mlflow models serve -m FOLDER --env-manager local`` answers
# requests with such a model. A service of your own needs little more:
# :doc:`plot_service`.

directory.cleanup()
