"""The images of tasks of Label Studio, from their URLs."""

import base64
import binascii
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from skmlic._utils._image_files import is_image_name
from skmlic._utils._typing import FilePath
from skmlic.datasets._files import list_images

_UPLOAD = re.compile(r"[0-9a-f]{8}-(.+)")


def spell_images(urls: Sequence[str], folder: FilePath) -> list[list[str]]:
    """Return names under which the images of tasks may be in a folder, the most likely first.

    Label Studio stores an upload under a name without blanks and most signs, as Django does
    (``get_valid_filename``), so that "lake one (2).jpg" becomes "8a7b6c5d-lake_one_2.jpg".

    Parameters
    ----------
    urls : sequence of str
        The values of the tasks, such as "/data/upload/1/8a7b6c5d-beach.jpg".
    folder : str or path-like
        The folder.
    """
    spellings = [spell_image(url) for url in urls]
    uploads = [_UPLOAD.fullmatch(names[0].rpartition("/")[2]) for names in spellings]
    if any(uploads):
        originals = defaultdict(set)
        for path in list_images(str(folder)):
            relative = Path(path).relative_to(folder)
            for form in (relative.name, unicodedata.normalize("NFC", relative.name)):
                originals[_store_name(form)].add(relative.as_posix())
        for names, upload in zip(spellings, uploads, strict=True):
            found = originals[_store_name(upload[1])] if upload else ()
            # Of several files with this name after an upload, none is certain to be the image.
            if len(found) == 1:
                names.extend(found)
    return spellings


def spell_image(url: str) -> list[str]:
    """Return names under which the image of a task may be in any folder, the longest first.

    Parameters
    ----------
    url : str
        The value of the task.
    """
    names: dict[str, None] = {}
    for path in _list_paths(url):
        for form in dict.fromkeys((path, path.replace("\\", "/"))):
            pieces = [piece for piece in form.split("/") if piece]
            names |= dict.fromkeys("/".join(pieces[start:]) for start in range(len(pieces)))
            if upload := _UPLOAD.fullmatch(pieces[-1] if pieces else ""):
                names[upload[1]] = None
    return list(names) or [url]


def find_image_field(data: dict[str, Any]) -> str:
    """Return the field of the data of a task that names the image."""
    texts = {key: text for key, text in data.items() if isinstance(text, str) and text.strip()}
    images = [key for key, url in texts.items() if _names_image(url)]
    # A sentence may end with the name of an image, but it has no path.
    images.sort(key=lambda key: "/" not in texts[key])
    for key in ("image", "img", *images):
        if key in texts:
            return key
    raise ValueError(
        f"A task has the data {data!r:.80}, none of which is the URL of one image, such as "
        "'/data/upload/1/beach.jpg'."
    )


def _list_paths(url):
    """Return paths that a URL may mean; signs of names such as # and + are seldom encoded."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if "fileuri" in query:
        # A file of cloud storage: /tasks/1/resolve/?fileuri=BASE64
        try:
            return _list_paths(base64.b64decode(query["fileuri"][0], validate=True).decode())
        except (binascii.Error, UnicodeDecodeError):
            return [_decode(parts.path)]
    if "d" in query:
        raw = url.partition("?d=")[2]
        return [_decode(raw), raw, query["d"][0]]
    if parts.scheme in ("http", "https"):
        return [_decode(parts.path), parts.path]
    raw = url.partition("://")[2].partition("/")[2] or url
    return [_decode(parts.path), _decode(raw), raw]


def _decode(text):
    """Return quoted text, which may have bytes of a file's name that are no UTF-8."""
    return unquote(text, errors="surrogateescape")


def _names_image(url):
    return any(is_image_name(name.rpartition("/")[2]) for name in spell_image(url))


def _store_name(name):
    return re.sub(r"[^-\w.]", "", name.strip().replace(" ", "_"))
