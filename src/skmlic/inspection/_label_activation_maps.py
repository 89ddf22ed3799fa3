"""Maps of where in an image the score of a label comes from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._labels import find_labels
from skmlic.embedding import is_precomputed
from skmlic.images import as_image_list
from skmlic.inspection._class_activation import ActivationMapper
from skmlic.inspection._inner_estimators import find_classifier
from skmlic.inspection._occlusion import compute_occlusion_maps
from skmlic.model_selection import MultiLabelMetaClassifier

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
    r"""Compute how much each place of an image contributes to the score of each label.

    Parameters
    ----------
    estimator : estimator instance
        A fitted estimator. The methods "cam" and "gradcam" need a
        :class:`skmlic.TransferMultiLabelClassifier`, which may be inside a search, a frozen
        estimator or this package's classifiers that tune thresholds or calibrate probabilities.
        "occlusion" works with any estimator that takes images and has ``decision_function`` or
        ``predict_proba``.

    X : array-like of images of shape (n_samples,)
        The images, in any form that the estimator takes.

    labels : iterable of str or int, default=None
        Names or indices of labels. ``None`` selects all labels.

    method : {"auto", "cam", "gradcam", "occlusion"}, default="auto"
        Method that computes the maps. "auto" is the first one that is possible for the estimator,
        except that "gradcam" is preferred to "occlusion" only if the features are the pooled maps
        of the network, with no other layer in between.

        - "cam": exact class activation maps [1]_. They need features that are averages of the
          network's maps, or the maps themselves (``pooling`` "avg", "stages" or "flatten"), and a
          head without hidden layers, with ``activation`` "relu" or "leaky_relu", or
          ``head="kernel"``.
        - "gradcam": the sum of the channels of the network's maps, weighted by the gradient of the
          logit of the label [2]_, and 0 where this sum is negative. It needs a network that
          returns maps.
        - "occlusion": the decrease of the logit when a gray patch hides the place [3]_. It is
          always possible, but needs many predictions per image: 50 with the default
          ``patch_size``.

    patch_size : float, default=0.25
        Side of the patch of "occlusion" as a fraction of the side of the image, in (0, 1]. The
        patch moves by half of its side, so half the size needs four times as many predictions.

    Returns
    -------
    maps : ndarray of shape (n_samples, n_labels, height, width), dtype float32
        Contributions to the logit, positive where a place increases the score of the label. A map
        spans the whole image, whatever the shape of the image. Its size is that of the largest
        map that the features are computed from, and is unrelated to the size of the image in
        pixels.

    Raises
    ------
    ValueError
        If the method is not possible for this estimator. The message names the methods that are.

    ImageReadError
        If images can't be read.

    See Also
    --------
    skmlic.plots.LabelActivationMapDisplay : Draw the maps over the images.

    Notes
    -----
    The head computes the logit :math:`b + \sum_c w_c (f_c - m_c)` of a label from the features
    :math:`f_c` and their means :math:`m_c` over the training set. A feature is the average of a
    map :math:`A_c(x, y)` over the image, so

    .. math:: M(x, y) = \sum_c w_c \, (A_c(x, y) - m_c)

    is a map whose mean, plus :math:`b`, is the logit. It shows what each place adds to the logit of
    an average image. With ``pooling="stages"``, maps of different sizes are enlarged to the size of
    the largest one and added up, and so are the maps of several backbones or image sizes. With
    hidden layers of ReLU units the logit is the same sum, where :math:`w` is the gradient at this
    image and :math:`b` depends on the image too.

    With ``head="kernel"``, the mean of the map and the logit of an average image add up to the
    logit, too. There, :math:`w` is the gradient with respect to the scaled features, averaged on
    the straight line from an average image to this one [4]_, times the slope of the scaling, in
    which the factors that clip features and scale their vector to length 1 are constants. The slope
    of the square root is infinite at 0, so the difference quotient between one standard deviation
    below and above the root is taken; it equals the slope if the root is farther than that from 0.
    :math:`m_c` is then the value at which a line of this slope through the feature reaches the
    mean.

    With a mirrored embedding, the maps of the mirror image are flipped back and averaged. With
    ``resize="crop"``, the map is 0 where the network does not see the image.

    Everything is computed by torch in single precision, so the logit equals that of
    ``decision_function`` up to the precision of its engine.

    A map explains the score of the classifier, not the label: a classifier that recognizes boats by
    the water around them looks at the water. Each place of a deep map depends on a large part of
    the image.

    References
    ----------
    .. [1] B. Zhou, A. Khosla, A. Lapedriza, A. Oliva, A. Torralba, "Learning Deep Features for
       Discriminative Localization", CVPR 2016.
    .. [2] R. R. Selvaraju, M. Cogswell, A. Das, R. Vedantam, D. Parikh, D. Batra, "Grad-CAM: Visual
       Explanations from Deep Networks via Gradient-based Localization", ICCV 2017.
    .. [3] M. D. Zeiler, R. Fergus, "Visualizing and Understanding Convolutional Networks", ECCV
       2014.
    .. [4] M. Sundararajan, A. Taly, Q. Yan, "Axiomatic Attribution for Deep Networks", ICML 2017.

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
        raise ValueError(
            f"patch_size={patch_size}: expected a fraction of the side of the image, in (0, 1]."
        )
    if hasattr(estimator, "fit"):
        check_is_fitted(estimator)
    names = getattr(estimator, "label_names_", None)
    if labels is not None and names is not None:
        labels = find_labels(labels, names, "labels")
    classifier = None if method == "occlusion" else _find_image_classifier(estimator)
    if classifier is None:
        if method in ("cam", "gradcam"):
            raise ValueError(
                f"method={method!r} needs a TransferMultiLabelClassifier fitted on images, and "
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
