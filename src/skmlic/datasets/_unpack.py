"""Unpacking of zip and tar files from unknown sources."""

import lzma
import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path

from skmlic._utils._regular_file import open_regular_file

# Images hardly compress, so that a large archive that shrinks to a hundredth is no data set.
_LARGE = 1 << 30
_MAX_RATIO = 100
# A file takes at least this on a disk, so that the number of files is limited, too.
_BLOCK = 1 << 12
_DAMAGES = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    # zipfile raises it for passwords, and a subclass for methods that it does not know.
    RuntimeError,
)


def unpack(file: Path, folder: Path) -> None:
    """Unpack an archive; the folder appears only when its content is complete.

    Parameters
    ----------
    file : Path
        A zip file, or a tar file, which may be compressed.
    folder : Path
        The folder, which does not exist yet.

    Raises
    ------
    OSError
        If the archive is damaged, if it has links or members outside the folder, or if its content
        does not fit on the disk, or is over 1 GiB and more than 100 times as large as the archive.
    """
    place = folder.with_name(folder.name + ".part")
    shutil.rmtree(place, ignore_errors=True)
    try:
        if file.suffix.lower() == ".zip":
            _unpack_zip(file, place)
        else:
            _unpack_tar(file, place)
        os.replace(place, folder)
    except _DAMAGES as error:
        raise OSError(f"{os.fspath(file)!r} can't be unpacked: {error}.") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _unpack_zip(file, place):
    with open_regular_file(file) as stream, zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
        for member in members:
            # Some programs of Windows write backslashes.
            member.filename = member.filename.replace("\\", "/")
            target = os.path.realpath(os.path.join(place, member.filename))
            inside = os.path.realpath(place)
            is_link = stat.S_ISLNK(member.external_attr >> 16)
            if is_link or os.path.commonpath([inside, target]) != inside:
                raise zipfile.BadZipFile(f"{member.filename!r} would leave the folder")
        _check_size(file, place, sum(max(member.file_size, _BLOCK) for member in members))
        # It raises an error if the CRC of a file is wrong.
        archive.extractall(place, members)


def _unpack_tar(file, place):
    with open_regular_file(file) as stream, tarfile.open(fileobj=stream) as archive:
        size = 0
        for member in archive:
            if member.issym():
                raise tarfile.TarError(f"{member.name!r} is a link, which may leave the folder")
            # Before the whole archive has been decompressed in order to list it.
            size += max(member.size, _BLOCK)
            _check_size(file, place, size)
        archive.extractall(place, filter="data")


def _check_size(file, place, size):
    """Raise an error if the content is too large."""
    packed = file.stat().st_size
    if size > _LARGE and size > _MAX_RATIO * packed:
        raise OSError(
            f"{os.fspath(file)!r} has {packed:,} bytes, but its content would have {size:,}. If "
            "that is right, unpack it yourself and pass the folder."
        )
    free = shutil.disk_usage(place.parent).free
    if size > free:
        raise OSError(
            f"The content of {os.fspath(file)!r} has {size:,} bytes, but "
            f"{os.fspath(place.parent)!r} has {free:,} bytes left. Set the environment "
            "variable SCIKIT_LEARN_DATA to a folder on another disk, or unpack it yourself and "
            "pass the folder."
        )
