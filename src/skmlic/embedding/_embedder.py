"""Features of pictures as a scikit-learn transformer."""

import contextlib
import copy
import hashlib
import itertools
import logging
import sqlite3
from collections import deque
from collections.abc import Sequence
from numbers import Integral
from os import PathLike
from typing import Literal, Self

import joblib
import numpy as np
import PIL
import timm
import torch
import torchvision
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data
from tqdm import tqdm

from skmlic._utils._compat import Interval, StrOptions, _fit_context
from skmlic._utils._config import get_config
from skmlic._utils._threads import count_threads, torch_threads
from skmlic._utils._typing import BackboneLike, FilePath, Images, Size
from skmlic._utils._warnings import warn_caller
from skmlic.backbones import load_backbone
from skmlic.backbones._extractor import POOLINGS
from skmlic.embedding._combinations import is_precomputed, list_parts
from skmlic.embedding._devices import ENGINES, PRECISIONS, resolve_setup
from skmlic.embedding._engines import get_engine
from skmlic.embedding._feature_store import content_digest, counts, get_store
from skmlic.embedding._views import ORIGINAL
from skmlic.exceptions import ImageReadError, ImageReadWarning, describe_problems
from skmlic.images import as_image_list, describe_read_error, describe_source, prefetch

logger = logging.getLogger("skmlic")

# Part of every key of the feature store. The first number is ours, to be raised when features of
# the same picture change; the others are of what decodes pictures and brings networks' code.
_VERSIONS = (1, PIL.__version__, timm.__version__, torchvision.__version__)
_LARGEST_NUMBER_UNSTORED = 64
# Parameters that may change after ``fit``.
_CHANGEABLE = ("batch_size", "n_jobs", "memory", "verbose")


class ImageEmbedder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """Turn pictures into features of a frozen, pretrained network.

    Each distinct picture goes through the network once: features are stored under a digest of the
    picture's content and of everything that they depend on.

    With lists of networks or of sizes, the features of each network at each size stand side by
    side. Each of them is stored for itself: what was computed alone, or in another combination, is
    not computed again.

    Parameters
    ----------
    backbone : str, torch.nn.Module, callable or list of them, default="efficientnet_lite0"
        The pretrained network. A name that :func:`skmlic.list_backbones` lists; a module that maps
        images of shape (n, 3, height, width) to a map (n, channels, height, width) or to features
        (n, n_features); a function without arguments that returns such a module; or
        ``"precomputed"``: X is a matrix of features already. A list: several networks.

    weights : {"default"}, None, str, Path or list of them, default="default"
        ``"default"``: the weights that belong to the name, fetched on the first ``fit`` unless
        they came with the installation. ``None``: random ones. A path: a file of tensors (``.pth``
        or ``.safetensors``), which must fit the network; no code in it is run. With several
        networks, one for all or a list as long.

    pooling : {"avg", "max", "avgmax", "flatten", "stages"}, default="stages"
        How the network's maps become features: the average or maximum of the last map over the
        picture, both side by side, the last map as it is, or the averages of the last map and of
        the maps of the stages before it, side by side. Networks without maps (vision
        transformers) give their own features for "avg" and "stages".

    image_size : int, tuple of int (height, width), None or list of them, default=None
        Size in pixels that pictures are resized to. ``None``: what the weights were trained for.
        A list: several sizes, such as ``[224, 320]``.

    resize : {"squash", "crop"}, default="squash"
        "squash" keeps the whole picture in view, "crop" cuts its centre out, as in ImageNet's
        evaluation.

    mirror : bool, default=False
        Whether features are the mean of those of the picture and of its mirror image, at twice
        the cost.

    color_mode : {"rgb", "grayscale"}, default="rgb"
        "grayscale" takes the colours out (ITU-R 601 luma, as Pillow's mode "L") and gives the network
        the same on all three channels.

    batch_size : int or None, default=None
        Pictures that go through the network at once, with the torch engine; ``None`` is 8 on a CPU
        and 64 on a GPU. Features do not depend on it beyond rounding.

    device : str or torch.device, default="auto"
        "auto" is CUDA where there is one, otherwise the CPU.

    engine : {"auto", "torch", "openvino"}, default="auto"
        What runs the network. "auto" is OpenVINO on a CPU if it is installed (``pip install
        "skmlic[fast]"``), otherwise torch.

    precision : {"auto", "fp32", "bf16", "fp16"}, default="auto"
        Arithmetic of the network; features are float32. "auto" is bf16 where the processor
        computes in it. fp16 needs CUDA.

    n_jobs : int or None, default=None
        Threads that decode pictures and run the network on a CPU; -1 is one a core. ``None``: as
        many as torch uses.

    memory : None, False, str, Path or joblib.Memory, default=None
        Where features are kept: in the process (see :func:`skmlic.set_config` for how many), not
        at all, or below a directory that processes may share.

    on_error : {"raise", "nan"}, default="raise"
        What ``transform`` does about pictures that can't be read: raise one error that lists them
        all, after the others' features are stored, or give rows of NaN and one warning.

    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    backbone_ : Backbone or list of Backbone
        The loaded network with its preprocessing; absent with ``backbone="precomputed"``. With
        several networks or sizes a list: all sizes of the first network, then of the next.

    device_ : torch.device
        The device in use.

    engine_ : {"torch", "openvino", "openvino + torch", "torch + openvino"}
        The engine in use; of several networks, some may be run by the other one.

    precision_ : {"fp32", "bf16", "fp16"}
        The precision in use.

    parts_ : list of ImageEmbedder
        With several networks or sizes only: an embedder for each, in the order of the features.

    weights_name_ : str
        Where the weights come from; of several networks, joined by " + ".

    n_features_in_ : int
        Number of features in X, with ``backbone="precomputed"`` only.

    See Also
    --------
    TransferMultiLabelClassifier : The classifier on top of such features.
    skmlic.list_backbones : The names of backbones.
    skmlic.cache_info : What the feature store did.

    Examples
    --------
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, _ = make_multilabel_shapes(4, random_state=0)
    >>> ImageEmbedder("tiny_cnn", pooling="avg").fit_transform(X).shape
    (4, 32)
    """

    _parameter_constraints = {
        "backbone": [str, torch.nn.Module, callable, list],
        "weights": [str, PathLike, None, list],
        "pooling": [StrOptions(set(POOLINGS))],
        "image_size": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "resize": [StrOptions({"squash", "crop"})],
        "mirror": ["boolean"],
        "color_mode": [StrOptions({"rgb", "grayscale"})],
        "batch_size": [Interval(Integral, 1, None, closed="left"), None],
        "device": [str, torch.device],
        "engine": [StrOptions(set(ENGINES))],
        "precision": [StrOptions(set(PRECISIONS))],
        "n_jobs": [
            Interval(Integral, None, -1, closed="right"),
            Interval(Integral, 1, None, closed="left"),
            None,
        ],
        "memory": [str, PathLike, joblib.Memory, None, "boolean"],
        "on_error": [StrOptions({"raise", "nan"})],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        backbone: BackboneLike | Sequence[BackboneLike] = "efficientnet_lite0",
        *,
        weights: FilePath | Sequence[FilePath | None] | None = "default",
        pooling: Literal["avg", "max", "avgmax", "flatten", "stages"] = "stages",
        image_size: Size | Sequence[Size] | None = None,
        resize: Literal["squash", "crop"] = "squash",
        mirror: bool = False,
        color_mode: Literal["rgb", "grayscale"] = "rgb",
        batch_size: int | None = None,
        device: str | torch.device = "auto",
        engine: Literal["auto", "torch", "openvino"] = "auto",
        precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto",
        n_jobs: int | None = None,
        memory: FilePath | joblib.Memory | Literal[False] | None = None,
        on_error: Literal["raise", "nan"] = "raise",
        verbose: int = 0,
    ) -> None:
        self.backbone = backbone
        self.weights = weights
        self.pooling = pooling
        self.image_size = image_size
        self.resize = resize
        self.mirror = mirror
        self.color_mode = color_mode
        self.batch_size = batch_size
        self.device = device
        self.engine = engine
        self.precision = precision
        self.n_jobs = n_jobs
        self.memory = memory
        self.on_error = on_error
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Images, y: object = None) -> Self:
        """Load the network.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images, encoded bytes; see the user guide. They are not read here.

        y : Ignored
            Present by scikit-learn's convention.

        Returns
        -------
        self : ImageEmbedder
            Ready to transform.

        Raises
        ------
        WeightsNotFoundError
            If the weights are not on this machine and can't be fetched.
        """
        get_store(self.memory)
        self.__dict__.pop("parts_", None)
        if is_precomputed(self.backbone):
            X = validate_data(self, X, dtype=(np.float64, np.float32))
            self._n_features_out = X.shape[1]
            return self
        as_image_list(X)
        parts = list_parts(self.backbone, self.weights, self.image_size)
        if len(parts) > 1:
            parameters = self.get_params(deep=False)
            parts = [ImageEmbedder(**{**parameters, **part}).fit(X) for part in parts]
            self._n_features_out = sum(part._n_features_out for part in parts)
            self.parts_ = parts
            self._note_parts()
            return self
        device, engine, precision = resolve_setup(self.device, self.engine, self.precision)
        # One picture is put through; on one thread, since a busy neighbour makes more wait.
        with torch_threads(1):
            backbone = load_backbone(
                **parts[0],
                pooling=self.pooling,
                resize=self.resize,
                mirror=self.mirror,
                color_mode=self.color_mode,
            )
            self._n_features_out = backbone.extractor.n_features
        self.backbone_ = backbone
        self.weights_name_ = backbone.weights_name
        self.device_, self.engine_, self.precision_ = device, engine, precision
        return self

    def transform(self, X: Images) -> NDArray[np.floating]:
        """Return the features of pictures.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images, encoded bytes; see the user guide.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features), dtype float32
            With ``on_error="nan"``, rows of NaN for pictures that can't be read.

        Raises
        ------
        ImageReadError
            If pictures can't be read and ``on_error="raise"``.
        """
        check_is_fitted(self)
        if is_precomputed(self.backbone):
            return validate_data(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.transform_views(X, [ORIGINAL])[0]

    def transform_views(self, X, views):
        """Return a list of features of pictures, one matrix a view."""
        features, problems = self._embed(as_image_list(X), views)
        if problems and self.on_error == "raise":
            raise ImageReadError(problems)
        if problems:
            warn_caller(describe_problems(problems), ImageReadWarning)
        return features

    @property
    def _block_widths(self):
        """Numbers of features that come from one map, of one network at one size each."""
        if is_precomputed(self.backbone):
            return (self._n_features_out,)
        return sum((backbone.extractor.block_widths for backbone in self._backbones), ())

    @property
    def _backbones(self):
        """The backbones of all parts."""
        return self.backbone_ if hasattr(self, "parts_") else [self.backbone_]

    def _note_parts(self):
        """Take over what the parts know of themselves."""
        self.backbone_ = [part.backbone_ for part in self.parts_]
        self.device_ = self.parts_[0].device_
        for name in ("engine_", "precision_", "weights_name_"):
            setattr(self, name, " + ".join(dict.fromkeys(getattr(p, name) for p in self.parts_)))

    @contextlib.contextmanager
    def _current_parts(self):
        """Give the embedders of single backbones, which go by this one's parameters of today."""
        if not hasattr(self, "parts_"):
            yield [self]
            return
        today = {name: getattr(self, name) for name in _CHANGEABLE}
        # Copies, since a copy of this embedder may have other parameters and the same parts.
        parts = [copy.copy(part).set_params(**today) for part in self.parts_]
        yield parts
        for own, part in zip(self.parts_, parts, strict=True):
            own.engine_ = part.engine_
        self._note_parts()

    def _embed(self, images, views):
        """Return features of each view, NaN where unreadable, and what was wrong."""
        shape = (len(images), self._n_features_out)
        features = [np.full(shape, np.nan, dtype=np.float32) for _ in views]
        rows, problems = self._digest(images)
        n_bytes = len(rows) * self._n_features_out * len(views) * features[0].itemsize
        with self._current_parts() as parts, torch_threads(count_threads(self.n_jobs)):
            stops = np.cumsum([part._n_features_out for part in parts])
            for matrix, view in zip(features, views, strict=True):
                for part, block in zip(parts, np.split(matrix, stops[:-1], axis=1), strict=True):
                    unreadable = part._fill(block, rows, images, view, len(parts), n_bytes)
                    problems += unreadable
                    wrong = {row for row, _, _ in unreadable}
                    rows = {digest: at for digest, at in rows.items() if wrong.isdisjoint(at)}
        for matrix in features:
            matrix[[row for row, _, _ in problems]] = np.nan
        return features, sorted(problems)

    def _digest(self, images):
        """Return a dict content digest -> rows of X that hold it, and the unreadable rows."""
        rows, problems = {}, []
        for row, image in enumerate(images):
            try:
                rows.setdefault(content_digest(image), []).append(row)
            except Exception as error:
                problems.append((row, describe_source(image), describe_read_error(error)))
        return rows, problems

    def _fill(self, features, rows, images, view, n_parts, n_bytes):
        """Fill in one backbone's features of all rows; return what was unreadable."""
        store = get_store(False if view.key is None else self.memory)
        suffix = self._key_suffix(view)
        known = store.get_many([digest + suffix for digest in rows])
        missing = {}
        for digest, places in rows.items():
            values = known.get(digest + suffix)
            if values is None or len(values) != features.shape[1]:
                missing[digest] = places
            else:
                features[places] = values
        if missing:
            engine = self._get_engine(n_parts - 1)
            if engine.name != self.engine_:
                self.engine_ = engine.name
                return self._fill(features, rows, images, view, n_parts, n_bytes)
        counts.add(hits=len(rows) - len(missing), misses=len(missing))
        if not missing:
            return []
        self._warn_if_too_large(n_bytes)
        tasks = ((digest, images[places[0]]) for digest, places in missing.items())
        unstored, problems = {}, []
        try:
            for digest, values in self._compute(engine, tasks, len(missing), view):
                if isinstance(values, Exception):
                    problems += [
                        (row, describe_source(images[row]), describe_read_error(values))
                        for row in missing[digest]
                    ]
                    continue
                features[missing[digest]] = values
                unstored[digest + suffix] = values
                if len(unstored) >= _LARGEST_NUMBER_UNSTORED:
                    self._put(store, unstored)
                    unstored = {}
        finally:
            if unstored:
                self._put(store, unstored)
        return problems

    def _put(self, store, features):
        """Store features; go on without if the disk is full or read-only."""
        try:
            store.put_many(features)
        except (OSError, sqlite3.Error) as error:
            warn_caller(f"Features can't be kept in memory={self.memory!r}: {error}")

    def _warn_if_too_large(self, n_bytes):
        max_bytes = get_config()["feature_cache_bytes"]
        if self.memory is None and 0 < max_bytes < n_bytes:
            warn_caller(
                f"The features of X take {n_bytes / 2**20:.0f} MiB, and the process keeps "
                f"{max_bytes / 2**20:.0f}: the same pictures will go through the network again. "
                f"Write skmlic.set_config(feature_cache_bytes={2 * n_bytes}), or name a directory: "
                "memory='features'."
            )

    def _key_suffix(self, view=ORIGINAL):
        parts = (_VERSIONS, self.backbone_.fingerprint, self.engine_, self.precision_, view.key)
        return hashlib.sha256(repr(parts).encode()).digest()[:12]

    def _get_engine(self, n_beside=0):
        options = {
            "device": self.device_,
            "precision": self.precision_,
            "batch_size": self.batch_size,
            "n_threads": count_threads(self.n_jobs),
            "n_beside": n_beside,
        }
        try:
            return get_engine(self.backbone_, engine=self.engine_, **options)
        except Exception as error:
            if self.engine_ != "openvino" or self.engine == "openvino":
                raise
            logger.warning("OpenVINO can't run %s (%s); torch does", self.backbone_.name, error)
            return get_engine(self.backbone_, engine="torch", **options)

    def _compute(self, engine, tasks, n_tasks, view):
        """Yield (digest, features or the exception of reading) for (digest, image) tasks."""
        preprocess = self.backbone_.preprocessing
        unreadable = deque()

        def read(task):
            digest, image = task
            try:
                return digest, view.decode(content_digest.verified(image, digest), preprocess)
            except Exception as error:
                return digest, error

        def readable(decoded):
            for digest, pixels in decoded:
                if isinstance(pixels, Exception):
                    unreadable.append((digest, pixels))
                else:
                    yield digest, view.finish(pixels, preprocess, digest)

        n_threads = count_threads(self.n_jobs)
        title = " ".join(filter(None, (self.backbone_.name, view.name)))
        bar = tqdm(total=n_tasks, desc=title, unit="img", disable=not self.verbose)
        with (
            bar,
            contextlib.closing(
                prefetch(read, tasks, n_threads=n_threads, n_ahead=engine.n_ahead)
            ) as decoded,
        ):
            for result in itertools.chain(engine.run(readable(decoded)), unreadable):
                bar.update()
                yield result

    def __setstate__(self, state):
        """Take what this machine has, if the pickle's own had other devices or libraries."""
        super().__setstate__(state)
        if not hasattr(self, "backbone_"):
            return
        if hasattr(self, "parts_"):
            self._note_parts()
            return
        try:
            resolve_setup(self.device_, self.engine_, self.precision_)
        except (ValueError, ImportError) as error:
            warn_caller(
                f"This embedder was fitted with {self.engine_} on {self.device_}, and this machine "
                f"has no such thing ({error}); its features may differ by rounding."
            )
            precision = "fp32" if self.precision_ == "fp16" else self.precision_
            resolved = resolve_setup("auto", "auto", precision)
            self.device_, self.engine_, self.precision_ = resolved

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = is_precomputed(self.backbone)
        return tags
