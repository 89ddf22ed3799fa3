"""Displays of labels, of the predictions of multi-label classifiers and of their training."""

from skmlic.plots._activation_maps import LabelActivationMapDisplay
from skmlic.plots._calibration import MultiLabelCalibrationDisplay
from skmlic.plots._confusion import MultiLabelConfusionMatrixDisplay
from skmlic.plots._cooccurrence import LabelCooccurrenceDisplay
from skmlic.plots._frequency import LabelFrequencyDisplay
from skmlic.plots._gallery import PredictionGalleryDisplay
from skmlic.plots._history import TrainingHistoryDisplay
from skmlic.plots._label_issues import LabelIssuesDisplay
from skmlic.plots._precision_recall import MultiLabelPrecisionRecallDisplay
from skmlic.plots._roc_curve import MultiLabelRocCurveDisplay
from skmlic.plots._scores import LabelScoresDisplay
from skmlic.plots._thresholds import ThresholdCurveDisplay

__all__ = [
    "LabelActivationMapDisplay",
    "LabelCooccurrenceDisplay",
    "LabelFrequencyDisplay",
    "LabelIssuesDisplay",
    "LabelScoresDisplay",
    "MultiLabelCalibrationDisplay",
    "MultiLabelConfusionMatrixDisplay",
    "MultiLabelPrecisionRecallDisplay",
    "MultiLabelRocCurveDisplay",
    "PredictionGalleryDisplay",
    "ThresholdCurveDisplay",
    "TrainingHistoryDisplay",
]
