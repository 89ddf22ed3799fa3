"""HTML reports of classifiers and datasets."""

from skmlic.plots._report._dataset import report_dataset
from skmlic.plots._report._page import report

__all__ = ["report", "report_dataset"]
