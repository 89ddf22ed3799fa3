"""A classifier as one HTML page."""

from skmlic.plots._report._page import report

__all__ = ["report"]
