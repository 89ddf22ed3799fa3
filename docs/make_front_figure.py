"""Draw the figure in README.md and on the first page of the documentation.

The figure is docs/_static/front.jpg. The script takes a minute. The digits
are pasted onto the photographs of
:func:`sklearn.datasets.load_sample_images` (CC BY).
"""

from io import BytesIO
from pathlib import Path

from PIL import Image

from skmlic import TransferMultiLabelClassifier
from skmlic.datasets import make_digit_scenes
from skmlic.plots import LabelActivationMapDisplay, PredictionGalleryDisplay

N_TRAIN, N_TEST = 4000, 100
# The rows of the test images whose label activation maps are shown.
MAP_ROWS = [90, 33]


def to_image(display):
    """Return the figure of a display as an image."""
    file = BytesIO()
    display.figure_.savefig(file, dpi=85)
    return Image.open(file).convert("RGB")


def main():
    """Train a classifier and write the figure."""
    X, Y = make_digit_scenes(N_TRAIN + N_TEST, image_size=160, random_state=0)
    clf = TransferMultiLabelClassifier(max_epochs=30, random_state=0)
    clf.fit(X[:N_TRAIN], Y[:N_TRAIN])
    X, Y = X[N_TRAIN:], Y[N_TRAIN:]
    gallery = PredictionGalleryDisplay.from_estimator(
        clf, X, Y, order="random", n_images=8, random_state=1
    )
    maps = LabelActivationMapDisplay.from_estimator(clf, X[MAP_ROWS])
    parts = [to_image(gallery), to_image(maps)]
    width = sum(part.width for part in parts)
    height = max(part.height for part in parts)
    front = Image.new("RGB", (width, height), (255, 255, 255))
    left = 0
    for part in parts:
        front.paste(part, (left, 0))
        left += part.width
    path = Path(__file__).parent / "_static" / "front.jpg"
    front.save(path, quality=88, subsampling=0)


if __name__ == "__main__":
    main()
