"""Digests of the content of images."""

import hashlib
import os
import threading
import time

import numpy as np
from PIL import Image

from skmlic._utils._regular_file import check_regular_file, read_regular_file
from skmlic._utils._typing import FilePath
from skmlic.images._entries import Entry, Item, not_an_image
from skmlic.images._remote import is_url, read_url

# Nanoseconds. The clocks of file systems advance in steps of up to two seconds.
_RECENT_NS = 2 * 10**9


class ContentDigest:
    """Compute digests of the content of images, and remember those of files.

    The digest of a file is remembered under its path, size, times and inode. A file that changed
    in the last two seconds is read again the next time, since another change might not alter its
    times. Files behind URLs and items of datasets are read each time.
    """

    size = 20

    def __init__(self) -> None:
        self._files: dict[FilePath, tuple[tuple[int, ...], bytes]] = {}
        self._lock = threading.Lock()

    def __call__(self, image: Entry) -> bytes:
        """Return the digest of one image.

        Parameters
        ----------
        image : str, Path, bytes, PIL.Image.Image, ndarray or Item
            One entry of what :func:`as_image_list` returns.

        Returns
        -------
        digest : bytes of length 20

        Raises
        ------
        OSError, ValueError, TypeError
            If a file can't be read, or the object is not an image.
        """
        if isinstance(image, Item):
            return self(image.fetch())
        if is_url(image):
            return _digest(b"encoded", read_url(image))
        if isinstance(image, (str, os.PathLike)):
            return self._of_file(os.fspath(image))
        if isinstance(image, (bytes, bytearray, memoryview)):
            return _digest(b"encoded", image)
        if isinstance(image, Image.Image):
            return _digest(
                f"PIL {image.mode} {image.size} {image.getexif().get(0x0112)} "
                f"{image.info.get('transparency')!r} {image.getpalette(None)}".encode(),
                image.tobytes(),
            )
        if isinstance(image, np.ndarray) and not image.dtype.hasobject:
            header = f"array {image.dtype.str} {image.shape}"
            return _digest(header.encode(), np.ascontiguousarray(image).view(np.uint8).data)
        raise not_an_image(image)

    def verified(self, image: Entry, digest: bytes) -> Entry:
        """Return an image if it still has this digest: the bytes of a file, the item of a dataset.

        Images in memory are returned as given.

        Raises
        ------
        OSError
            If the file or the item changed.
        """
        if isinstance(image, Item):
            content = image.fetch()
            if self(content) != digest:
                raise OSError(
                    "another image each time, as random transforms make it; expected the same. "
                    "Leave them out, and pass augment= to the classifier instead"
                )
            return self.verified(content, digest)
        if not isinstance(image, (str, os.PathLike)):
            return image
        content = read_url(image) if is_url(image) else read_regular_file(image)
        if _digest(b"encoded", content) != digest:
            raise OSError("the file changed while it was read")
        return content

    def _of_file(self, path):
        status = check_regular_file(path)
        changed = max(status.st_mtime_ns, status.st_ctime_ns)
        signature = (status.st_size, status.st_mtime_ns, changed, status.st_ino, status.st_dev)
        known = self._files.get(path)
        if known is not None and known[0] == signature:
            return known[1]
        digest = _digest(b"encoded", read_regular_file(path))
        if time.time_ns() - changed > _RECENT_NS:
            with self._lock:
                self._files[path] = signature, digest
        return digest

    def clear(self) -> None:
        """Forget the digests of files."""
        with self._lock:
            self._files.clear()


def _digest(header, content):
    digest = hashlib.sha256(header)
    digest.update(b"\0")
    digest.update(content)
    return digest.digest()[: ContentDigest.size]
