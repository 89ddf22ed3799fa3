"""Settings of the process."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

from skmlic._utils._image_formats import IMAGE_FORMATS, check_image_formats

_config: dict[str, Any] = {
    "feature_cache_bytes": 512 * 2**20,
    "max_file_bytes": 2 * 2**30,
    "image_formats": IMAGE_FORMATS,
}


def get_config() -> dict[str, Any]:
    """Return the current settings.

    Returns
    -------
    config : dict
        A copy; change settings with :func:`set_config`.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.get_config()["feature_cache_bytes"]
    536870912
    """
    return dict(_config)


def set_config(
    *,
    feature_cache_bytes: int | None = None,
    max_file_bytes: int | None = None,
    image_formats: Iterable[str] | None = None,
) -> None:
    """Change settings of the process.

    Parameters
    ----------
    feature_cache_bytes : int, default=None
        Largest number of bytes of features that are kept in memory; the least recently used are
        dropped first. If there are more, all features are also written to a temporary directory,
        from which dropped ones are read again; it is deleted when the process ends. 0 keeps none,
        in memory or in the directory, and ``None`` does not change the setting. The default is
        512 MiB, enough for 65,000 images with 2,048 features. In fine-tuning, the stored outputs
        of frozen stages may take as many bytes again.
    max_file_bytes : int, default=None
        Largest number of bytes of an image, a table or an annotation file, which are held in memory
        as a whole. ``None`` does not change the setting. The default is 2 GiB.
    image_formats : list of str, default=None
        The formats in which images are read, by Pillow's names, "DICOM" and "HEIF": an image in
        another format is an error, and a folder's files with the extensions of others are not
        images. ``None`` does not change the setting. The default is AVIF, BMP, DICOM, GIF, HEIF,
        JPEG (with MPO), JPEG2000, PNG, PPM (with PBM, PGM and PFM), TGA, TIFF and WEBP. Other
        formats of Pillow, and those of plugins that are imported, can be added, except formats
        that other programs decode, such as EPS.

    Raises
    ------
    ValueError
        If a number of bytes is not a nonnegative integer, or a format can't be read.

    Notes
    -----
    The settings reach joblib's worker processes together with the estimators that embed images, but
    not the workers of other systems, such as Dask: call this function there. Plugins of Pillow must
    be imported in the workers.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.set_config(feature_cache_bytes=2**30)
    >>> skmlic.cache_info().max_bytes
    1073741824
    >>> skmlic.set_config(feature_cache_bytes=2**29)

    Read FITS files as well, in a ``with`` block:

    >>> formats = [*skmlic.get_config()["image_formats"], "FITS"]
    >>> with skmlic.config_context(image_formats=formats):
    ...     pass
    """
    changed: dict[str, Any] = {}
    if feature_cache_bytes is not None:
        changed["feature_cache_bytes"] = _check_bytes("feature_cache_bytes", feature_cache_bytes)
    if max_file_bytes is not None:
        changed["max_file_bytes"] = _check_bytes("max_file_bytes", max_file_bytes)
    if image_formats is not None:
        changed["image_formats"] = check_image_formats(image_formats)
    _config.update(changed)


@contextmanager
def config_context(**settings: Any) -> Iterator[None]:
    """Change settings inside a ``with`` block.

    Parameters
    ----------
    **settings
        See :func:`set_config`.

    Examples
    --------
    >>> import skmlic
    >>> with skmlic.config_context(feature_cache_bytes=0):
    ...     skmlic.cache_info().max_bytes
    0
    """
    before = get_config()
    set_config(**settings)
    try:
        yield
    finally:
        restore_config(before)


def restore_config(config: dict[str, Any]) -> None:
    """Set what :func:`get_config` returned, here or in another process."""
    _config.update(config)


def _check_bytes(name, value):
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}={value!r}: expected a number of bytes >= 0, for example 2**30.")
    return int(value)
