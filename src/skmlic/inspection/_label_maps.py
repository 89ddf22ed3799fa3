"""Where in a picture a label's score comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._labels import find_labels
from skmlic.embedding._combinations import is_precomputed
from skmlic.images import as_image_list
from skmlic.inspection._activation_maps import ActivationMapper
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.inspection._occlusion import compute_occlusion_maps
from skmlic.model_selection._base import MultiLabelMetaClassifier

__all__ = ["label_activation_maps"]

Method = Literal["auto", "cam", "gradcam", "occlusion"]


def label_activation_maps(
    estimator: Any,
    X: Any,
    labels: Iterable[str | int] | None = None,
    *,
    method: Method = "auto",
    patch_size: float = 0.25,
) -> NDArray[np.float32]:
    r"""Return, for each picture and label, how much each place speaks for the label.

    Parameters
    ----------
    estimator : estimator instance
        Fitted. For "cam" and "gradcam" a :class:`skmlic.TransferMultiLabelClassifier`, or one in a
        search, a frozen estimator, or this package's classifiers that tune thresholds or calibrate,
        whose inner classifier is then looked into. For "occlusion" any estimator of pictures with
        ``decision_function`` or ``predict_proba``.

    X : array-like of images of shape (n_samples,)
        Pictures, as the estimator takes them.

    labels : iterable of str or int, default=None
        Names or numbers of labels; by default all.

    method : {"auto", "cam", "gradcam", "occlusion"}, default="auto"
        How maps are made. "auto" is the first of them that is possible; "gradcam" only if nothing
        but pooling comes between maps and features, otherwise "occlusion".

        - "cam": exact class-activation maps [1]_. Needs features that are averages of the network's
          maps, or the maps themselves (``pooling`` "avg", "stages" or "flatten"), and a head
          without hidden layers, or with ``activation`` "relu" or "leaky_relu".
        - "gradcam": maps of channels, weighed by the gradient of the label's logit [2]_; 0 where
          the sum is negative. Needs a network that gives maps.
        - "occlusion": how much the logit falls when a grey patch hides the place [3]_. Always
          possible, at the cost of many predictions a picture: 50 with the default ``patch_size``.

    patch_size : float, default=0.25
        Side of the patch of "occlusion" as part of the picture's, in (0, 1]. It moves by half of
        it, so that half the size costs four times the predictions.

    Returns
    -------
    maps : ndarray of shape (n_samples, n_labels, height, width), dtype float32
        In logits; positive where a place speaks for the label. A map spans the whole picture
        whatever its shape; its size is that of the largest of the maps that the features are
        made of, which has nothing to do with the picture's size in pixels.

    Raises
    ------
    ValueError
        If the method is not possible for this estimator; the message says which is.

    ImageReadError
        If pictures can't be read.

    See Also
    --------
    skmlic.plots.LabelActivationMapDisplay : Draw them over the pictures.

    Notes
    -----
    The head gives a label the logit :math:`b + \sum_c w_c (f_c - m_c)`, with features
    :math:`f_c` and their means :math:`m_c` in training. A feature is the average of a map
    :math:`A_c(x, y)` over the picture, so

    .. math:: M(x, y) = \sum_c w_c \, (A_c(x, y) - m_c)

    is a map whose mean, plus :math:`b`, is the logit: what each place adds to the logit of an
    average picture. With "stages", maps of different size are enlarged to the largest and added up;
    with several backbones or sizes likewise. With hidden layers of ReLU units the logit is the same
    sum, with :math:`w` the gradient at this picture and :math:`b` of this picture, too. With
    ``mirror`` or ``tta="flip"``, maps of the mirror image are turned back and averaged. With
    ``resize="crop"``, what the network does not see is 0.

    All is computed by torch in single precision, so that the logit is that of
    ``decision_function`` up to the precision of its engine.

    A map says what the classifier's score is made of, and not what the label is: a classifier that
    tells boats by water looks at the water. Each place of a deep map has seen a good part of the
    picture.

    References
    ----------
    .. [1] B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning Deep Features for
       Discriminative Localization", CVPR 2016.
    .. [2] R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra, "Grad-CAM: Visual
       Explanations from Deep Networks via Gradient-based Localization", ICCV 2017.
    .. [3] M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
       2014.

    Examples
    --------
    >>> from skmlic import TransferMultiLabelClassifier
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> from skmlic.inspection import label_activation_maps
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0).fit(X, Y)
    >>> label_activation_maps(clf, X[:2]).shape
    (2, 3, 8, 8)
    """
    if method not in get_args(Method):
        raise ValueError(f"method={method!r}: expected one of {get_args(Method)}.")
    if not 0 < patch_size <= 1:
        raise ValueError(f"patch_size={patch_size}: expected a part of the picture, in (0, 1].")
    if hasattr(estimator, "fit"):
        check_is_fitted(estimator)
    names = getattr(estimator, "label_names_", None)
    if labels is not None and names is not None:
        labels = find_labels(labels, names, "labels")
    classifier = None if method == "occlusion" else _find_image_classifier(estimator)
    if classifier is None:
        if method in ("cam", "gradcam"):
            raise ValueError(
                f"method={method!r} looks into a TransferMultiLabelClassifier of pictures, and "
                f"{type(estimator).__name__} has none; expected method='occlusion'."
            )
        return compute_occlusion_maps(estimator, X, labels, patch_size)
    mapper = ActivationMapper(classifier)
    methods = mapper.list_methods()
    if method == "auto":
        method = methods[0]
    if method == "occlusion":
        return compute_occlusion_maps(estimator, X, labels, patch_size)
    if method not in methods:
        raise ValueError(
            f"method={method!r}: {mapper.describe_obstacle(method)}; expected method="
            f"{' or '.join(map(repr, methods))}."
        )
    return mapper.compute(as_image_list(X), labels, method)


def _find_image_classifier(estimator):
    """Return the classifier inside an estimator that sees the same images, or None."""
    classifier = find_classifier(
        estimator, in_pipelines=False, in_meta_estimators=MultiLabelMetaClassifier
    )
    is_usable = classifier is not None and not is_precomputed(classifier.backbone)
    return classifier if is_usable else None
