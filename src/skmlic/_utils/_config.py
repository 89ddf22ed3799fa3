"""Settings of the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

_config = {"feature_cache_bytes": 512 * 2**20, "max_file_bytes": 2 * 2**30}


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
    *, feature_cache_bytes: int | None = None, max_file_bytes: int | None = None
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

    Raises
    ------
    ValueError
        If a setting is not a nonnegative integer.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.set_config(feature_cache_bytes=2**30)
    >>> skmlic.cache_info().max_bytes
    1073741824
    >>> skmlic.set_config(feature_cache_bytes=2**29)
    """
    changed = {"feature_cache_bytes": feature_cache_bytes, "max_file_bytes": max_file_bytes}
    _config.update(
        {name: _check_bytes(name, value) for name, value in changed.items() if value is not None}
    )


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
        _config.update(before)


def _check_bytes(name, value):
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}={value!r}: expected a number of bytes >= 0, for example 2**30.")
    return int(value)
