"""HTML report of a classifier."""

from skmlic.plots._report._page import report

__all__ = ["report"]
