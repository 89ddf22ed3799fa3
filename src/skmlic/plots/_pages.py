"""Pages of displays that show many images."""

from numbers import Integral

from skmlic._utils._compat import Interval

__all__ = ["find_page"]


def find_page(n_all: int, *, page: int, n_images: int, **sizes: int) -> tuple[int, int]:
    """Return the range of the images on a page.

    Parameters
    ----------
    n_all : int
        Number of images on all pages.
    page : int
        Number of the page, starting with 1.
    n_images : int
        Number of images per page.
    **sizes : int
        Further parameters of the display that must be at least 1.

    Returns
    -------
    start, end : int

    Raises
    ------
    ValueError
        If there is no such page, or a size is less than 1.
    """
    for name, value in {"page": page, "n_images": n_images, **sizes}.items():
        if not Interval(Integral, 1, None, closed="left").is_satisfied_by(value):
            raise ValueError(f"{name}={value!r}: expected at least 1, a whole number.")
    n_pages = max(1, -(-n_all // n_images))
    if page > n_pages:
        raise ValueError(
            f"page={page}: there are {n_all} such images, on {n_pages} "
            f"page{'s' if n_pages > 1 else ''} of {n_images}."
        )
    start = (page - 1) * n_images
    return start, min(start + n_images, n_all)
