"""The parts of a fitted model that a file of its graph is made of."""

from dataclasses import dataclass
from typing import Any

from sklearn.utils.validation import check_is_fitted

from skmlic.calibration import CalibratedMultiLabelClassifierCV
from skmlic.classifier import TransferMultiLabelClassifier
from skmlic.embedding import is_precomputed
from skmlic.images import Preprocessing
from skmlic.inspection._inner_estimators import iterate_inner_estimators
from skmlic.model_selection import ThresholdClassifier

_META_ESTIMATORS = (ThresholdClassifier, CalibratedMultiLabelClassifierCV)
_EXPECTED = (
    "a TransferMultiLabelClassifier, or a TunedThresholdMultiLabelClassifierCV, "
    "FixedThresholdMultiLabelClassifier or CalibratedMultiLabelClassifierCV around one"
)


@dataclass(frozen=True)
class Parts:
    """The estimators that compute and compare the scores of a model.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        Computes logits of images.
    calibrated : CalibratedMultiLabelClassifierCV or None
        Computes probabilities of logits; ``None``: the sigmoid does.
    deciding : estimator instance
        Predicts labels.
    """

    classifier: TransferMultiLabelClassifier
    calibrated: CalibratedMultiLabelClassifierCV | None
    deciding: Any

    @property
    def label_names(self):
        """Names of the labels as str: for a one-dimensional y, the second of its values."""
        classifier = self.classifier
        is_binary = classifier.classes_.ndim == 1
        return list(map(str, classifier.classes_[1:] if is_binary else classifier.label_names_))


def find_parts(model):
    """Return the parts of a fitted model.

    Parameters
    ----------
    model : estimator instance
        A fitted classifier, perhaps inside of meta-estimators or of a search.

    Returns
    -------
    parts : Parts

    Raises
    ------
    TypeError
        If there is no TransferMultiLabelClassifier inside.
    ValueError
        If it takes features instead of images.
    """
    check_is_fitted(model)
    chain = list(
        iterate_inner_estimators(model, in_pipelines=False, in_meta_estimators=_META_ESTIMATORS)
    )
    classifier = chain[-1]
    if not isinstance(classifier, TransferMultiLabelClassifier):
        inner = type(classifier).__name__
        outer = type(model).__name__
        inside = "" if inner == outer else f" that holds a {inner}"
        raise TypeError(f"A {outer}{inside} can't be exported; expected {_EXPECTED}.")
    if is_precomputed(classifier.backbone):
        raise ValueError(
            "A classifier with backbone='precomputed' takes features, and can't be exported, since "
            "an exported model takes images. Fit it on images, with the name of a network as "
            "backbone."
        )
    return Parts(
        classifier,
        next((one for one in chain if isinstance(one, CalibratedMultiLabelClassifierCV)), None),
        next(
            one
            for one in chain
            if isinstance(one, (*_META_ESTIMATORS, TransferMultiLabelClassifier))
        ),
    )


def find_preprocessing(classifier):
    """Return the preprocessing that all networks of a classifier have in common.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
        A fitted classifier.

    Returns
    -------
    preprocessing : Preprocessing
        Its mean and standard deviation are those of the first network.

    Raises
    ------
    ValueError
        If images are resized in different ways for different networks.
    """
    found = [backbone.preprocessing for backbone in classifier.embedder_.backbones_]
    ways = dict.fromkeys(map(_describe_resizing, found))
    if len(ways) > 1:
        raise ValueError(
            f"The classifier resizes images in {len(ways)} ways ({'; '.join(ways)}), but an "
            "exported model takes images of one size. Fit it with a single image_size, such as "
            f"image_size={min(one.size[0] for one in found)}, and with networks that have the same "
            "interpolation; or use skmlic.save_model."
        )
    return found[0]


def _describe_resizing(preprocessing: Preprocessing) -> str:
    height, width = preprocessing.size
    text = f"{height} × {width} pixels, {preprocessing.interpolation}, {preprocessing.resize}"
    return text if preprocessing.resize == "squash" else f"{text} {preprocessing.crop_pct:g}"
