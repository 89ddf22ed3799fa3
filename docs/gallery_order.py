"""The order of the examples in the gallery."""

from pathlib import Path


class MentionOrder:
    """Sort key that orders examples as the folder's README.rst mentions them.

    Parameters
    ----------
    src_dir : str or Path
        The folder of the examples.
    """

    def __init__(self, src_dir):
        self.src_dir = src_dir

    def __call__(self, filename):
        """Return the position of an example in README.rst.

        Examples that README.rst does not mention come last.
        """
        text = (Path(self.src_dir) / "README.rst").read_text(encoding="utf-8")
        position = text.find(f":doc:`{Path(filename).stem}`")
        return position if position >= 0 else len(text)
