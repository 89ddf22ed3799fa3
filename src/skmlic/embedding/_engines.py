"""Engines that run a backbone: torch, or OpenVINO on a CPU."""

import contextlib
import copy
import ctypes
import importlib
import itertools
import logging
import os
import queue
import warnings
from collections import OrderedDict, deque

import numpy as np
import torch

from skmlic._utils._compat import trace_function
from skmlic._utils._threads import use_one_thread
from skmlic.backbones._batch_norm_folding import fold_batch_norm
from skmlic.embedding._devices import autocast
from skmlic.embedding._feature_store import counts
from skmlic.images import prefetch

logger = logging.getLogger("skmlic")

_LEAST_COSINE = {"fp32": 0.9999, "bf16": 0.99}
_LEAST_NUMBER_KEPT = 2
# OpenVINO's requests: images before the first request of several, and images of such a request.
_N_ALONE = 32
_N_TOGETHER = 4

# The most recently used engines, and the reasons why others could not be made.
_engines: OrderedDict[tuple, "TorchEngine | OpenVINOEngine"] = OrderedDict()
_failures: dict[tuple, str] = {}


class TorchEngine:
    """Run a backbone with torch, in the channels-last memory format.

    On a CPU, several threads run one batch each. This is faster than one batch on several threads,
    which wait for each other at every layer.

    Parameters
    ----------
    extractor : FeatureExtractor
        Turns uint8 pixels (n, height, width, 3) into features (n, n_features). It is copied, since
        the given one is shared, fingerprinted and pickled.
    size : tuple of int (height, width)
        Size of the images in pixels.
    device : torch.device
        Where the copy runs.
    precision : {"fp32", "bf16", "fp16"}
        Arithmetic of the network; bf16 and fp16 use autocast.
    batch_size : int or None
        Number of images per pass. ``None`` is the fastest one measured, 4 on a CPU and 64 on a
        GPU.
    n_threads : int
        Number of threads on a CPU.
    """

    name = "torch"

    def __init__(self, extractor, *, size, device, precision, batch_size, n_threads):
        self.device = device
        self.precision = precision
        on_cpu = device.type == "cpu"
        self.batch_size = batch_size or (4 if on_cpu else 64)
        self._n_threads = n_threads if on_cpu else 1
        folded = fold_batch_norm(extractor, torch.from_numpy(make_noise(size)))
        folded = folded.to(device, memory_format=torch.channels_last)
        # A pass registers hooks, so each thread needs modules of its own; tensors are shared.
        tensors = {id(t): t for t in itertools.chain(folded.parameters(), folded.buffers())}
        self._extractors = queue.SimpleQueue()
        for _ in range(self._n_threads):
            self._extractors.put(copy.deepcopy(folded, dict(tensors)))
        self.n_ahead = 2 * self.batch_size * self._n_threads

    def run(self, pixels):
        """Yield (key, features) for each (key, uint8 array (height, width, 3)) of an iterator."""
        batches = iter(lambda: list(itertools.islice(pixels, self.batch_size)), [])
        computed = prefetch(
            self._compute, batches, n_threads=self._n_threads, n_ahead=self._n_threads
        )
        with contextlib.closing(computed):
            for keys, features in computed:
                counts.add(backbone_passes=len(keys))
                yield from zip(keys, features, strict=True)

    def _compute(self, batch):
        """Return the keys and the features of a batch; called in threads."""
        if self.device.type == "cpu":
            torch.set_num_threads(1)
        keys, images = zip(*batch, strict=True)
        stack = torch.from_numpy(np.stack(images))
        extractor = self._extractors.get()
        try:
            with torch.inference_mode(), autocast(self.device, self.precision):
                return keys, extractor(stack.to(self.device)).float().cpu().numpy()
        finally:
            self._extractors.put(extractor)


class OpenVINOEngine:
    """Run a backbone with OpenVINO on a CPU, with several requests at a time.

    The first images of a run are requests of one image each. Those after them are requests of a few
    images, which are faster in bf16, up to a fifth; the network is compiled for these when there
    are so many images for the first time. The features of an image are bitwise the same either way,
    whatever the other images of its request are; a network for which they are not, since its code
    depends on the number of images, gets one image at a time.

    Parameters
    ----------
    extractor : FeatureExtractor
        Turns uint8 pixels (n, height, width, 3) into features (n, n_features).
    size : tuple of int (height, width)
        Size of the images in pixels.
    precision : {"fp32", "bf16"}
        Arithmetic of the network; features are float32.
    n_threads : int
        Number of threads of inference.

    Raises
    ------
    RuntimeError
        If OpenVINO can't convert the network, or its features differ from torch's.
    """

    name = "openvino"

    def __init__(self, extractor, *, size, precision, n_threads):
        self.precision = precision
        self._ov = importlib.import_module("openvino")
        self._hints = {
            "INFERENCE_PRECISION_HINT": {"fp32": "f32", "bf16": "bf16"}[precision],
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_NUM_THREADS": n_threads,
            # Pinned threads of several processes would all run on the first cores.
            "ENABLE_CPU_PINNING": False,
        }
        self.n_ahead = 2 * _N_TOGETHER * n_threads
        pixels = make_noise(size)
        self._model = convert_to_openvino(extractor, pixels)
        self._shape = pixels.shape[1:]
        self._compiled = {}
        self._is_joint = None
        self._check(extractor, pixels)

    def _compile(self, n_together):
        """Return the network for requests of so many images, compiled once."""
        if n_together not in self._compiled:
            model = self._model.clone()
            model.reshape([n_together, *self._shape])
            self._compiled[n_together] = self._ov.Core().compile_model(model, "CPU", self._hints)
        return self._compiled[n_together]

    def _compute(self, pixels):
        return self._compile(len(pixels)).create_infer_request().infer({0: pixels})[0].copy()

    def _joins_images(self):
        """Tell whether images of one request have the features that each has alone."""
        if self._is_joint is None:
            shape = (_N_TOGETHER, *self._shape)
            pixels = np.random.RandomState(1).randint(0, 256, shape, dtype=np.uint8)
            alone = np.concatenate([self._compute(image[np.newaxis]) for image in pixels])
            try:
                self._is_joint = np.array_equal(self._compute(pixels), alone)
            except RuntimeError:  # The network can't be reshaped.
                self._is_joint = False
        return self._is_joint

    def _check(self, extractor, pixels):
        with torch.inference_mode():
            expected = extractor(torch.from_numpy(pixels)).numpy().ravel()
        ((_, features),) = self._infer([(0, pixels[0])])
        norms = np.linalg.norm(expected) * np.linalg.norm(features)
        cosine = expected @ features / norms if norms else float(np.allclose(expected, features))
        if not cosine >= _LEAST_COSINE[self.precision]:
            raise RuntimeError(
                f"OpenVINO's features differ from torch's (cosine {cosine:.4f} at {self.precision})"
            )

    def run(self, pixels):
        """Yield (key, features) for each (key, uint8 array (height, width, 3)) of an iterator."""
        for result in self._infer(pixels):
            counts.add(backbone_passes=1)
            yield result

    def _infer(self, pixels):
        done = deque()

        def keep(request, inputs):
            keys, _ = inputs
            # An error in a callback would end the process.
            done.extend(zip(keys, request.get_output_tensor(0).data.copy(), strict=False))

        requests = {}
        try:
            for images in self._form_requests(pixels):
                n_together = len(images)
                if n_together not in requests:
                    requests[n_together] = self._ov.AsyncInferQueue(self._compile(n_together))
                    requests[n_together].set_callback(keep)
                keys, arrays = zip(*images, strict=True)
                stack = np.stack(arrays)
                # The request reads this very array, so that it has to hold it.
                requests[n_together].start_async({0: stack}, (keys, stack), share_inputs=True)
                while done:
                    yield done.popleft()
        finally:
            for running in requests.values():
                running.wait_all()
        yield from done

    def _form_requests(self, pixels):
        """Yield lists of one or of `_N_TOGETHER` items of an iterator."""
        pixels = iter(pixels)
        yield from ([item] for item in itertools.islice(pixels, _N_ALONE))
        while items := list(itertools.islice(pixels, _N_TOGETHER)):
            is_request = len(items) == _N_TOGETHER and self._joins_images()
            yield from [items] if is_request else ([item] for item in items)


def _start_anew():
    """Forget the engines of the process that this one was forked from.

    Their threads do not exist here, so that they would wait for them for ever, even when they are
    deleted. New engines are made when they are needed. They get one thread, since torch's pool of
    threads is gone as well.
    """
    if _engines:
        for engine in _engines.values():
            ctypes.pythonapi.Py_IncRef(ctypes.py_object(engine))
        _engines.clear()
        use_one_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def convert_to_openvino(module, pixels):
    """Return a torch module as an OpenVINO model.

    This does the same as ``openvino.convert_model``, in less than half the time and without
    telemetry.

    Parameters
    ----------
    module : nn.Module
    pixels : ndarray
        An example of its input.

    Returns
    -------
    model : openvino.Model
        For inputs of any shape.
    """
    frontend = importlib.import_module("openvino.frontend")
    decoders = importlib.import_module("openvino.frontend.pytorch.ts_decoder")
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")
        # Of modules that are traced, torch keeps their classes and graphs until the process ends.
        graph = trace_function(module, torch.from_numpy(pixels))
        decoder = decoders.TorchScriptPythonDecoder(
            module, graph_element=graph, alias_db=graph.alias_db()
        )
        reader = frontend.FrontEndManager().load_by_framework("pytorch")
        return reader.convert(reader.load(decoder))


def make_noise(size):
    """Return an image (1, height, width, 3) of uniform noise, which is the same each time."""
    return np.random.RandomState(0).randint(0, 256, (1, *size, 3), dtype=np.uint8)


def get_engine(backbone, *, engine, device, precision, batch_size, n_threads, n_others=0):
    """Return an engine that runs a backbone, and keep it for the next call.

    Parameters
    ----------
    backbone : Backbone
    engine : {"torch", "openvino"}
        As `resolve_engine` returns it.
    device : torch.device
    precision : {"fp32", "bf16", "fp16"}
        As `resolve_precision` returns it.
    batch_size : int or None
        Number of images per pass of the torch engine.
    n_threads : int
        Number of threads on a CPU.
    n_others : int, default=0
        Number of other engines that the same images pass through, which are kept, too.

    Returns
    -------
    engine : TorchEngine or OpenVINOEngine

    Raises
    ------
    Exception
        Any error raised when the engine is made. OpenVINO's errors are remembered, and raised
        again as a RuntimeError without another attempt.
    """
    if engine == "openvino":
        make, options = OpenVINOEngine, {"n_threads": n_threads}
    else:
        make = TorchEngine
        options = {"device": device, "batch_size": batch_size, "n_threads": n_threads}
    key = (backbone.fingerprint, precision, *options.items())
    if key in _failures:
        raise RuntimeError(_failures[key])
    if key not in _engines:
        size = backbone.preprocessing.size
        try:
            _engines[key] = make(backbone.extractor, size=size, precision=precision, **options)
        except Exception as error:
            # A conversion that failed would fail again, whereas torch may have run out of memory.
            if engine == "openvino":
                _failures[key] = f"{type(error).__name__}: {error}"
            raise
        while len(_engines) > max(_LEAST_NUMBER_KEPT, 1 + n_others):
            _engines.popitem(last=False)
    _engines.move_to_end(key)
    return _engines[key]
