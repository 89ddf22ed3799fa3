"""Draw docs/_static/front.jpg, which README.md and the first page of the documentation show.

Takes a minute. The photographs behind the digits are those of
:func:`sklearn.datasets.load_sample_images` (CC BY).
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.plots import LabelActivationMapDisplay, PredictionGalleryDisplay

N_TRAIN, N_TEST = 4000, 100
MAPS_OF = [90, 33]


def draw(display):
    """Return the figure of a display as a picture."""
    file = BytesIO()
    display.figure_.savefig(file, dpi=85)
    return Image.open(file).convert("RGB")


X, Y = make_digit_scenes(N_TRAIN + N_TEST, image_size=160, random_state=0)
clf = TransferMultiLabelClassifier(max_epochs=30, random_state=0).fit(X[:N_TRAIN], Y[:N_TRAIN])
X, Y = X[N_TRAIN:], Y[N_TRAIN:]
parts = [
    draw(
        PredictionGalleryDisplay.from_estimator(
            clf, X, Y, order="random", n_pictures=8, random_state=1
        )
    ),
    draw(LabelActivationMapDisplay.from_estimator(clf, X[MAPS_OF])),
]
front = Image.new("RGB", (sum(part.width for part in parts), max(part.height for part in parts)))
front.paste((255, 255, 255), (0, 0, *front.size))
left = 0
for part in parts:
    front.paste(part, (left, 0))
    left += part.width
front.save(Path(__file__).parent / "_static" / "front.jpg", quality=88, subsampling=0)
