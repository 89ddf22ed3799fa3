"""Download of archives, which can be resumed, and their verification."""

import hashlib
import http.client
import logging
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from skmlic._utils._regular_file import open_regular_file, read_regular_file
from skmlic.datasets._unpack import unpack

logger = logging.getLogger(__name__)

_CHUNK = 1 << 20
_TIMEOUT = 30


@dataclass(frozen=True)
class Archive:
    """A file on the web.

    Parameters
    ----------
    url : str
        The address.
    md5 : str
        The MD5 digest of the content.
    """

    url: str
    md5: str

    @property
    def filename(self) -> str:
        """The last part of the address, by which the file is stored."""
        return self.url.rsplit("/", 1)[-1]


def fetch_archive(
    archive: Archive,
    home: Path,
    *,
    download_if_missing: bool,
    n_retries: int,
    delay: float,
    verbose: bool,
) -> Path:
    """Return the folder with the content of an archive, and download it first if necessary.

    Parameters
    ----------
    archive : Archive
        The archive.
    home : Path
        The parent of the folder. If the archive is already there, it is not downloaded.
    download_if_missing : bool
        Whether the archive is downloaded; otherwise, an error is raised if it is not there.
    n_retries : int
        Number of retries if the connection fails.
    delay : float
        Number of seconds before the first retry, which is doubled before each further one.
    verbose : bool
        Whether a progress bar is shown.

    Returns
    -------
    folder : Path

    Raises
    ------
    OSError
        If the archive cannot be downloaded, or does not have the expected digest.
    """
    folder = home / archive.filename.rsplit(".", 1)[0]
    if folder.is_dir():
        return folder
    file = home / archive.filename
    is_new = not file.is_file()
    if is_new:
        if not download_if_missing:
            raise OSError(
                f"{os.fspath(folder)!r} does not exist, and download_if_missing is False. "
                f"{_by_hand(archive, file)}"
            )
        home.mkdir(parents=True, exist_ok=True)
        _download(archive, file, n_retries, delay, verbose)
    _check_md5(archive, file, delete=is_new)
    logger.info("unpacking %s", file)
    unpack(file, folder)
    file.unlink()
    return folder


def _by_hand(archive, file):
    return f"Download {archive.url} on another machine and put it at {os.fspath(file)!r}."


def _download(archive, file, n_retries, delay, verbose):
    """Download the file, under another name until it is complete."""
    part = file.with_name(file.name + ".part")
    version = file.with_name(file.name + ".version")
    for attempt in range(n_retries + 1):
        try:
            _receive(archive, part, version, verbose)
            break
        except (OSError, http.client.HTTPException) as error:
            # A retry would get the same answer to a client error such as "not found".
            is_final = isinstance(error, urllib.error.HTTPError) and error.code < 500
            if attempt == n_retries or is_final:
                kept = version.exists() and part.exists()
                raise OSError(
                    f"{archive.url} can't be downloaded ({error}). {_by_hand(archive, file)}"
                    + (" Or try again: the download will be resumed." if kept else "")
                ) from error
            logger.warning("%s: %s; trying again", archive.url, error)
            time.sleep(delay * 2**attempt)
    os.replace(part, file)
    version.unlink(missing_ok=True)


def _receive(archive, part, version, verbose):
    """Download the rest of the file, or all of it if the server has another file now."""
    n_before = part.stat().st_size if part.exists() and version.exists() else 0
    request = urllib.request.Request(archive.url, headers={"Accept-Encoding": "identity"})
    if n_before:
        request.add_header("Range", f"bytes={n_before}-")
        request.add_header("If-Range", read_regular_file(version).decode())
    try:
        response = urllib.request.urlopen(request, timeout=_TIMEOUT)
    except urllib.error.HTTPError as error:
        error.close()
        if not n_before or error.code != http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            raise
        if error.headers.get("Content-Range") != f"bytes */{n_before}":
            version.unlink()
            _receive(archive, part, version, verbose)
        return
    with response:
        is_rest = response.status == http.HTTPStatus.PARTIAL_CONTENT
        if is_rest and not response.headers.get("Content-Range", "").startswith(
            f"bytes {n_before}-"
        ):
            raise OSError(
                f"expected bytes from {n_before}, got {response.headers['Content-Range']}"
            )
        if not is_rest:
            n_before = 0
            part.unlink(missing_ok=True)
            _remember_version(response, version)
        length = response.headers["Content-Length"]
        n_total = None if length is None else n_before + int(length)
        bar = tqdm(
            desc=archive.filename,
            initial=n_before,
            total=n_total,
            unit="B",
            unit_scale=True,
            disable=not verbose,
        )
        with bar, open(part, "ab" if is_rest else "wb") as file:
            while chunk := response.read(_CHUNK):
                file.write(chunk)
                bar.update(len(chunk))
    n_bytes = part.stat().st_size
    if n_total is not None and n_bytes < n_total:
        raise OSError(f"the connection ended after {n_bytes} of {n_total} bytes")


def _remember_version(response, version):
    """Store the version of the file that the server names; without it, nothing is resumed."""
    etag = response.headers["ETag"]
    mark = response.headers["Last-Modified"] if not etag or etag.startswith("W/") else etag
    if mark:
        version.write_text(mark)
    else:
        version.unlink(missing_ok=True)


def _check_md5(archive, file, delete):
    with open_regular_file(file) as stream:
        found = hashlib.file_digest(stream, "md5").hexdigest()
    if found != archive.md5:
        if delete:
            file.unlink()
        raise OSError(
            f"{os.fspath(file)!r} has the MD5 {found}, expected {archive.md5}. "
            + ("It was deleted; try again." if delete else "Delete it and try again.")
            + f" If that does not help, the content of {archive.url} has changed."
        )
