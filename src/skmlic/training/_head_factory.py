"""The kinds of heads: which one a classifier has, and which module a file holds."""

import numpy as np

from skmlic.kernel_ridge._module import KernelRidgeModule
from skmlic.training._kernel_head import KernelHead
from skmlic.training._lbfgs import is_lbfgs
from skmlic.training._mlp import MultiLayerPerceptron
from skmlic.training._net_head import NetHead
from skmlic.training._phases import get_options

# The modules of all kinds of heads, by the names that model files have for them.
HEAD_MODULES = {module.__name__: module for module in (MultiLayerPerceptron, KernelRidgeModule)}


def make_head(classifier, kind):
    """Return the head that a classifier's parameters describe.

    Parameters
    ----------
    classifier : TransferMultiLabelClassifier
    kind : {"net", "kernel"}

    Returns
    -------
    head : Head
    """
    options = get_options(classifier)
    if kind == "kernel":
        (first, *_) = np.ravel(np.array(classifier.scoring, dtype=object))
        return KernelHead(
            scoring="map" if first == "loss" else first,
            n_views=options.n_views,
            block_widths=getattr(vars(classifier).get("embedder_"), "block_widths_", None),
            classes=classifier.classes_,
            label_names=classifier.label_names_,
        )
    mix = options.mix
    if mix != "auto" and classifier.freeze is not True:
        # Any other value says how fine-tuning mixes images.
        mix = None
    return NetHead(
        hidden_layer_sizes=tuple(np.ravel(classifier.hidden_layer_sizes).astype(int).tolist()),
        activation=classifier.activation,
        dropout=classifier.dropout,
        input_dropout=options.input_dropout,
        mix=mix,
        can_mix=classifier.loss == "bce" and not is_lbfgs(classifier.optimizer),
    )
