"""Label errors: annotations that are probably wrong, found with out-of-sample scores."""

from skmlic.label_issues._find import find_label_issues

__all__ = ["find_label_issues"]
