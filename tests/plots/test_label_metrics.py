"""Metrics that a label can be scored by."""

from skmlic import metrics
from skmlic.plots._label_metrics import METRICS


def test_metric_names_are_functions_of_the_package():
    for name, metric in METRICS.items():
        function = metric.function
        assert function.__name__ in (name, f"{name}_score")
        assert getattr(metrics, function.__name__) is function
