"""Conversion of estimators to JSON and tensors."""

import dataclasses
import inspect

import torch

from skmlic.backbones import load_network, resize_network
from skmlic.persistence._contents import (
    CALIBRATORS,
    CLASSES,
    COMBINED_EMBEDDER,
    DIRECTORY_PARAMETERS,
    ESTIMATORS,
    LARGEST_N_PIXELS,
    OBJECTS,
)
from skmlic.persistence._file import digest_tensors
from skmlic.persistence._probe import compute_probe
from skmlic.persistence._values import ValueWriter


class ModelWriter(ValueWriter):
    """Converter of estimators to JSON and tensors.

    Parameters
    ----------
    include_backbone : bool
        Whether the tensors include the weights of backbones.
    """

    def __init__(self, include_backbone):
        super().__init__()
        self._include_backbone = include_backbone
        self._numbers = {}
        self._places = {}
        self._weights = {}

    def _write_other(self, value, where):
        kind = type(value)
        if kind in ESTIMATORS:
            return self._write_estimator(value, where)
        if kind in OBJECTS:
            return self._write_object(value, where)
        if kind in CALIBRATORS:
            state = {name: getattr(value, name) for name in CALIBRATORS[kind]}
            return {"calibrator": [kind.__name__, self.write(state, where)]}
        if inspect.isclass(value):
            names = [name for name, known in CLASSES.items() if known is value]
            return {"class": names[0]} if names else self.refuse(value, where)
        return super()._write_other(value, where)

    def _write_object(self, value, where):
        names = inspect.signature(type(value)).parameters
        arguments = {name: _without_directory(name, getattr(value, name)) for name in names}
        return {"object": [type(value).__name__, self.write(arguments, where)]}

    def _write_estimator(self, estimator, where):
        if id(estimator) in self._numbers:
            return {"same": self._numbers[id(estimator)]}
        self._numbers[id(estimator)] = len(self._numbers)
        parameters = {
            name: self._write_parameter(estimator, name, where)
            for name in estimator.get_params(deep=False)
        }
        names = COMBINED_EMBEDDER if "parts_" in vars(estimator) else ESTIMATORS[type(estimator)]
        fitted = {
            name: self._write_fitted(estimator, name, f"{where}.{name}")
            for name in names
            if name in vars(estimator)
        }
        return {"estimator": [type(estimator).__name__, parameters, fitted]}

    def _write_parameter(self, estimator, name, where):
        value = _without_directory(name, getattr(estimator, name))
        if name == "backbone":
            return self._write_backbone_parameter(value)
        n_before = len(self.problems)
        form = self.write(value, f"{where}.{name}")
        default = inspect.signature(type(estimator)).parameters[name].default
        if len(self.problems) > n_before and default is not inspect.Parameter.empty:
            self.problems[-1] += f": {where}.set_params({name}={default!r})"
        return form

    def _write_backbone_parameter(self, backbone):
        if isinstance(backbone, str):
            return backbone
        if isinstance(backbone, list):
            for place, one in enumerate(backbone):
                self._places[id(one)] = place
            return list(map(self._write_backbone_parameter, backbone))
        name = getattr(backbone, "__name__", type(backbone).__name__)
        return {"given": [name, self._places.get(id(backbone))]}

    def _write_fitted(self, estimator, name, where):
        value = getattr(estimator, name)
        if name == "net_":
            return self._write_net(value, where)
        if name == "backbone_":
            return self._write_backbone(value, not isinstance(estimator.backbone, str), where)
        return self.write(value, where)

    def _write_net(self, net, where):
        settings = {
            "module": type(net.module_).__name__,
            "batch_size": net.iterator_valid__batch_size,
            **net.module_.settings,
        }
        for name, tensor in net.module_.state_dict().items():
            self._keep(tensor, f"{where}.{name}")
        return {"net": [self.write(settings, where), where]}

    def _write_backbone(self, backbone, is_given, where):
        network = backbone.extractor.network
        state = network.state_dict()
        for name, tensor in state.items():
            if not isinstance(tensor, torch.Tensor):
                self.problems.append(f"{where}'s state {name} is a {type(tensor).__name__}")
                return None
        height, width = backbone.preprocessing.size
        if height * width > LARGEST_N_PIXELS:
            self.problems.append(f"{where} takes images of {height} x {width} pixels")
            return None
        digest = digest_tensors(state).hex()
        if not self._include_backbone:
            _check_is_original(backbone, is_given, digest)
        elif digest not in self._weights:
            self._weights[digest] = prefix = f"weights{len(self._weights)}"
            for name, tensor in state.items():
                self._keep(tensor, f"{prefix}.{name}")
        preprocessing = dataclasses.asdict(backbone.preprocessing)
        form = {
            "name": backbone.name,
            "is_given": is_given,
            "weights_name": backbone.weights_name,
            "weights": self._weights.get(digest),
            "sha256": digest,
            "fingerprint": backbone.fingerprint[:32].hex(),
            "pooling": backbone.extractor.pooling,
            "mirror": backbone.extractor.mirror,
            "transform_input": getattr(network, "transform_input", None),
            "preprocessing": preprocessing,
            "probe": compute_probe(backbone),
        }
        form = {name: self.write(value, f"{where}.{name}") for name, value in form.items()}
        return {"backbone": form}


def _without_directory(name, value):
    """Return the value of a parameter, or None if it names a directory of this machine."""
    return None if name in DIRECTORY_PARAMETERS and value not in (None, False) else value


def _check_is_original(backbone, is_given, digest):
    """Raise an error if a backbone's weights cannot be fetched again by its name."""
    reason = None
    if is_given:
        reason = "is a network of your own"
    elif backbone.weights_name == "random":
        reason = f"has weights of its own ({backbone.weights_name})"
    else:
        original = load_network(backbone.name, "default", backbone.extractor.pooling)
        original = resize_network(original, backbone.preprocessing.size).module
        if digest_tensors(original.state_dict()).hex() != digest:
            reason = f"has weights of its own ({backbone.weights_name})"
    if reason is not None:
        raise ValueError(
            f"include_backbone=False: the backbone {backbone.name!r} {reason}, which can't be "
            "fetched by its name. Leave include_backbone=True."
        )
