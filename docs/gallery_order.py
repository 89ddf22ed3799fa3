"""The order of the gallery."""

from pathlib import Path


class MentionOrder:
    """Sort examples by where the folder's README.rst mentions them.

    Parameters
    ----------
    src_dir : str or Path
        The folder of the examples.
    """

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Return the place of the example; of one that is not mentioned, behind all others."""
        text = (Path(self.src_dir) / "README.rst").read_text(encoding="utf-8")
        place = text.find(f":doc:`{Path(filename).stem}`")
        return place if place >= 0 else len(text)
