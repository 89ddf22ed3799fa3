"""The types that skops needs to trust for estimators of this package."""

from skmlic import model_selection
from skmlic._utils._compat import SigmoidCalibration, TemperatureScaling
from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.dummy import DummyMultiLabelClassifier
from skmlic.embedding import ImageEmbedder
from skmlic.kernel_ridge import KernelRidgeMultiLabelClassifierCV
from skmlic.training import TrainingOptions

__all__ = ["get_trusted_types"]

_TYPES = (
    TransferMultiLabelClassifier,
    TrainingOptions,
    ImageEmbedder,
    KernelRidgeMultiLabelClassifierCV,
    DummyMultiLabelClassifier,
    CalibratedMultiLabelClassifierCV,
    SigmoidCalibration,
    TemperatureScaling,
    model_selection.TunedThresholdMultiLabelClassifierCV,
    model_selection.FixedThresholdMultiLabelClassifier,
    model_selection.MultiLabelStratifiedKFold,
    model_selection.RepeatedMultiLabelStratifiedKFold,
    model_selection.MultiLabelStratifiedGroupKFold,
    model_selection.MultiLabelStratifiedShuffleSplit,
)


def get_trusted_types() -> list[str]:
    """Return the types of this package that :func:`skops.io.load` may be told to trust.

    They are estimators, splitters and calibrators, none of which runs code when it is loaded.
    skops [1]_ can hold such estimators around those of scikit-learn, and pipelines of them. It
    can't hold tensors of PyTorch, and therefore no fitted network: use :func:`skmlic.save_model`.

    Returns
    -------
    names : list of str
        Full names of classes, for the parameter ``trusted``.

    See Also
    --------
    skmlic.save_model : Write a fitted classifier of images to a file without code.

    References
    ----------
    .. [1] https://skops.readthedocs.io

    Examples
    --------
    >>> from skmlic.export import get_trusted_types
    >>> get_trusted_types()[-1]
    'skmlic.model_selection._shuffle_split.MultiLabelStratifiedShuffleSplit'
    """
    return [f"{cls.__module__}.{cls.__qualname__}" for cls in _TYPES if cls is not None]
