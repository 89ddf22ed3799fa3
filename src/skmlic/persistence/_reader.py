"""Conversion of JSON and tensors to estimators."""

from collections import OrderedDict
from contextlib import nullcontext
from dataclasses import replace

import sklearn

from skmlic._utils._random_numbers import RandomNumbers
from skmlic._utils._threads import torch_threads
from skmlic.backbones import load_custom, load_network, make_backbone, resize_network
from skmlic.embedding import ImageEmbedder, resolve_device
from skmlic.exceptions import ModelFileError
from skmlic.images import Preprocessing, check_image_size
from skmlic.persistence._contents import (
    CALIBRATORS,
    CLASSES,
    COMBINED_EMBEDDER,
    DIRECTORY_PARAMETERS,
    ESTIMATORS,
    LARGEST_N_PIXELS,
    OBJECTS,
    by_name,
)
from skmlic.persistence._file import digest_tensors
from skmlic.persistence._probe import check_probe
from skmlic.persistence._values import ValueReader
from skmlic.training import HEAD_MODULES, MultiLayerPerceptron, make_prediction_net

# Networks without weights of their own take memory and time as well.
_N_NETWORK_BYTES = 2**22
# torch takes quadratic time for the layers of a sequence.
_LARGEST_N_HEAD_TENSORS = 1000


class ModelReader(ValueReader):
    """Converter of JSON and tensors to estimators.

    Parameters
    ----------
    tensors : dict of str to tensor
        The tensors that the JSON refers to by name.
    backbone : nn.Module, callable, list of them and str, or None, default=None
        Replaces the networks that a file cannot hold.

    Attributes
    ----------
    needs_backbone : bool
        Whether the model has networks that the file does not hold.
    """

    readers = {
        **ValueReader.readers,
        "estimator": "_read_estimator",
        "same": "_read_same",
        "object": "_read_object",
        "calibrator": "_read_calibrator",
        "class": "_read_class",
        "given": "_read_given",
        "net": "_read_net",
        "backbone": "_read_backbone",
    }

    def __init__(self, tensors, backbone=None):
        super().__init__(tensors)
        self._backbone = backbone
        self._estimators = []
        # The estimator whose fitted attribute is being read.
        self._owner = None
        self.needs_backbone = False

    def _read_estimator(self, form):
        name, parameters, fitted = form
        cls = by_name(ESTIMATORS)[name]
        number = len(self._estimators)
        self._estimators.append(None)
        parameters = {name: self.read(value) for name, value in parameters.items()}
        _check_no_directory(parameters)
        estimator = self._estimators[number] = cls(**parameters)
        known = {*ESTIMATORS[cls], *(COMBINED_EMBEDDER if cls is ImageEmbedder else ())}
        if not known.issuperset(fitted):
            raise ValueError(f"{name} has no attributes {sorted(fitted.keys() - known)}")
        values = {}
        for attribute, value in fitted.items():
            self._owner = estimator
            values[attribute] = self.read(value)
        if cls is ImageEmbedder:
            # It replaces a device or an engine that this machine does not have.
            estimator.__setstate__({**vars(estimator), **values})
        else:
            vars(estimator).update(values)
        _check_agreement(estimator)
        return estimator

    def _read_same(self, number):
        return self._estimators[number]

    def _read_object(self, form):
        name, arguments = form
        arguments = self.read(arguments)
        _check_no_directory(arguments)
        return by_name(OBJECTS)[name](**arguments)

    def _read_class(self, name):
        return CLASSES[name]

    def _read_calibrator(self, form):
        name, state = form
        cls = by_name(CALIBRATORS)[name]
        state = self.read(state)
        if set(state) != set(CALIBRATORS[cls]):
            raise ValueError(f"{name} has attributes other than {sorted(state)}")
        calibrator = cls()
        # scikit-learn warns if the state is of another version, or of none.
        calibrator.__setstate__({**state, "_sklearn_version": sklearn.__version__})
        return calibrator

    def _read_given(self, form):
        name, place = form
        self.needs_backbone = True
        if self._backbone is None:
            raise ModelFileError(
                f"the model was made with a network of its own, {name}, whose code a file can't "
                "hold; expected load_model(path, backbone=…) with the value of its parameter "
                "backbone"
            )
        if place is None:
            return self._backbone
        if not isinstance(self._backbone, list) or not -1 < place < len(self._backbone):
            raise ModelFileError(
                f"the model was made with several networks, {name} at position {place}; expected "
                "load_model(path, backbone=[…]) with the value of its parameter backbone"
            )
        return self._backbone[place]

    def _read_net(self, form):
        settings, prefix = form
        settings = self.read(settings)
        batch_size = settings.pop("batch_size")
        # Files of format 1 know one kind of head and do not name it.
        head_module = HEAD_MODULES[settings.pop("module", MultiLayerPerceptron.__name__)]
        state = self._take_all(prefix)
        if len(state) > _LARGEST_N_HEAD_TENSORS:
            raise ValueError(f"its head has {len(state)} tensors")
        # Random weights are created before those of the file replace them.
        with RandomNumbers(0):
            module = head_module.from_state(settings, state)
        return make_prediction_net(module, _find_device(self._owner.device), batch_size)

    def _take_all(self, prefix):
        prefix = f"{prefix}."
        names = sorted((name for name in self.tensors if name.startswith(prefix)), key=_by_number)
        return {name.removeprefix(prefix): self.take(name) for name in names}

    def _read_backbone(self, form):
        form = {name: self.read(value) for name, value in form.items()}
        name, preprocessing = form["name"], Preprocessing(**form["preprocessing"])
        _check_preprocessing(preprocessing)
        self.allowance.claim(_N_NETWORK_BYTES)
        state = None if form["weights"] is None else self._take_all(form["weights"])
        with self.allowance.limit_network() if state is not None else nullcontext():
            if form["is_given"]:
                network = load_custom(self._owner.backbone, "default", form["pooling"])
            else:
                weights = "default" if state is None else None
                network = load_network(name, weights, form["pooling"])
            network = resize_network(network, preprocessing.size)
        if form["transform_input"] is not None:
            network.module.transform_input = form["transform_input"]
        if state is None:
            self._check_digest(network, form["sha256"])
        else:
            _load_state(network.module, state)
        network = replace(
            network, name=name, weights_name=form["weights_name"], preprocessing=preprocessing
        )
        with torch_threads(1):
            backbone = make_backbone(
                network,
                pooling=form["pooling"],
                image_size=preprocessing.size,
                resize=preprocessing.resize,
                mirror=form["mirror"],
                color_mode=preprocessing.color_mode,
                value_range=preprocessing.value_range,
            )
        if backbone.fingerprint[:32].hex() != form["fingerprint"]:
            check_probe(backbone, form["probe"])
        return backbone

    @staticmethod
    def _check_digest(network, expected):
        found = digest_tensors(network.module.state_dict()).hex()
        if found != expected:
            raise ModelFileError(
                f"the weights of the backbone {network.name!r} that were found here "
                f"({network.weights_name}) are not those that the model was trained with, and the "
                "file does not contain them. Save the model with include_backbone=True"
            )


def _check_no_directory(parameters):
    """Raise an error if a parameter names a directory of this machine."""
    if any(parameters.get(name) not in (None, False) for name in DIRECTORY_PARAMETERS):
        raise ValueError(
            f"it names a directory of this machine, by {' or '.join(DIRECTORY_PARAMETERS)}"
        )


def _check_preprocessing(preprocessing):
    """Raise an error if images would be turned into other than a limited number of RGB pixels."""
    height, width = check_image_size(preprocessing.size)
    if height * width > LARGEST_N_PIXELS:
        raise ValueError(
            f"its images have {height} x {width} pixels, expected at most {LARGEST_N_PIXELS:,}"
        )
    if not len(preprocessing.mean) == len(preprocessing.std) == 3:
        raise ValueError("mean and std have other than three numbers")
    if not 0 < preprocessing.crop_pct <= 1:
        raise ValueError(f"crop_pct is {preprocessing.crop_pct}")


def _load_state(module, state):
    """Load weights, with the versions of layers, which some networks need and a file lacks."""
    expected = module.state_dict()
    if len(state) > len(expected):
        raise ValueError(f"it has {len(state)} weights of a network of {len(expected)}")
    state = OrderedDict(state)
    state._metadata = expected._metadata
    module.load_state_dict(state)


def _check_agreement(estimator):
    """Raise an error if the shapes of fitted attributes do not agree."""
    values = vars(estimator)
    found, expected = {}, {}
    if "classes_" in values:
        is_binary = estimator.classes_.ndim == 1
        n_labels = 1 if is_binary else len(estimator.classes_)
        of_labels = ("calibrators_", "label_frequency_", "label_weight_", "thresholds_")
        found = {name: (len(values[name]),) for name in of_labels if name in values}
        expected = dict.fromkeys(found, (n_labels,))
        found["classes_"] = estimator.classes_.shape
        expected["classes_"] = (2,) if is_binary else (n_labels, 2)
        if not is_binary:
            found["label_names_"] = estimator.label_names_.shape
            expected["label_names_"] = (n_labels,)
    if "net_" in values:
        embedder = values.get("embedder_")
        head = estimator.net_.module_
        n_features = estimator.n_features_in_ if embedder is None else embedder._n_features_out
        found["net_"] = head.n_features, head.n_labels
        expected["net_"] = n_features, n_labels
    if "_n_features_out" in values:
        found["backbone_"] = sum(estimator.block_widths_)
        expected["backbone_"] = estimator._n_features_out
    if found != expected:
        raise ValueError(f"shapes are {found}, expected {expected}")


def _find_device(device):
    try:
        return str(resolve_device(device))
    except ValueError:
        return "cpu"


def _by_number(name):
    return [int(part) if part.isdigit() else -1 for part in name.split(".")], name
