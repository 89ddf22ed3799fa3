"""Image files behind URLs."""

import errno
import os
import re

# One protocol, such as s3://bucket/a.png, or several, such as simplecache::s3://bucket/a.png. A
# single letter is a drive of Windows.
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]+::)*[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def is_url(path: object) -> bool:
    """Tell whether a path is a URL, such as ``"s3://bucket/a.png"``."""
    return isinstance(path, str) and _URL.match(path) is not None


def read_url(url):
    """Return the content of a file, read by fsspec.

    Parameters
    ----------
    url : str
        Any URL of fsspec, also a chain such as ``"zip://a.png::https://example.com/images.zip"``.

    Returns
    -------
    content : bytes

    Raises
    ------
    OSError
        If there is no such file, or it can't be read.
    ImportError
        If fsspec, or the package that it needs for the protocol, is not installed.
    ValueError
        If fsspec does not know the protocol.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise ImportError("a URL, which needs fsspec: pip install fsspec") from error
    try:
        filesystem, path = url_to_fs(url)
        return filesystem.cat_file(path)
    except (FileNotFoundError, KeyError) as error:
        # Archives raise a KeyError.
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), url) from error
