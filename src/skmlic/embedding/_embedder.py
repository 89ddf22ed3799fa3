"""Features of images as a scikit-learn transformer."""

import contextlib
import copy
import hashlib
import logging
from collections.abc import Sequence
from numbers import Integral
from os import PathLike
from typing import Any, Literal, Self

import joblib
import numpy as np
import PIL
import timm
import torch
import torchvision
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from skmlic._utils._compat import Interval, StrOptions, _fit_context
from skmlic._utils._numbers import check_rows, validate_features
from skmlic._utils._threads import count_threads, torch_threads
from skmlic._utils._typing import BackboneLike, FilePath, Images, Pooling, Size
from skmlic._utils._warnings import warn_caller
from skmlic.backbones import POOLINGS, Backbone, load_backbone
from skmlic.embedding._combinations import is_precomputed, list_parts
from skmlic.embedding._devices import ENGINES, PRECISIONS, find_engine_version, resolve_setup
from skmlic.embedding._engines import get_engine
from skmlic.embedding._feature_store import counts, get_store
from skmlic.embedding._passes import compute_features, digest_images, fill_from_store
from skmlic.embedding._views import ORIGINAL, View
from skmlic.embedding._work_queue import WorkQueue
from skmlic.embedding._worker_processes import SharesFeatures
from skmlic.exceptions import ImageReadError, ImageReadWarning, describe_problems
from skmlic.images import (
    JPEG_DECODER,
    UsedRanges,
    as_image_list,
    describe_read_error,
    describe_source,
)

logger = logging.getLogger("skmlic")

# These versions are part of each key of the feature store: first that of this package's features,
# to be raised when they change, then those of the libraries that decode and resize images and
# define networks. The engine's version is added to the keys of what it computes.
_VERSIONS = (
    3,
    PIL.__version__,
    JPEG_DECODER,
    torch.__version__,
    timm.__version__,
    torchvision.__version__,
)
# These parameters may change after ``fit``.
_CHANGEABLE = ("batch_size", "n_jobs", "memory", "verbose")


class ImageEmbedder(
    SharesFeatures, ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Transform images into features of a frozen, pretrained network.

    Each distinct image passes through the network once: its features are stored under a digest of
    the image's content and of everything else that they depend on.

    With a list of networks or of image sizes, the features of each network at each size are
    concatenated. They are stored separately, so that features that were computed before, alone or
    in another combination, are not computed again.

    Parameters
    ----------
    backbone : str, torch.nn.Module, callable or list of them, default="efficientnet_lite0"
        The pretrained network: a name that :func:`skmlic.list_backbones` lists, or
        ``"hf_hub:ORGANIZATION/NAME"``; a module that turns images of shape (n, 3, height, width)
        into a map (n, channels, height, width), tokens (n, n_tokens, n_features) or features
        (n, n_features); a function without arguments that returns such a module; or
        ``"precomputed"``, if X is a matrix of features. A list stands for several networks.

    weights : {"default"}, None, str, Path or list of them, default="default"
        ``"default"`` stands for the weights that belong to the name, which are downloaded in the
        first ``fit`` unless they are installed. ``None`` stands for random weights. A path names a
        file of tensors (``.pth`` or ``.safetensors``), which must fit the network; no code in it is
        run. For several networks, give one value for all of them or a list of the same length.

    pooling : str, default="stages"
        How the network's last map, or a transformer's tokens, become features; see the user guide.

        - "stages": averages of the last map and of the maps of the stages before it, concatenated.
          Of a transformer, the normalised tokens of its last four blocks, each pooled as the
          family's default says.
        - "avg", "max", "avgmax": the average or the maximum over the image, or both concatenated.
          Class and register tokens are left out.
        - "flatten": the whole map, or all tokens of patches.
        - "token", "token+avg": the class token, alone or with the average of the patches.
        - "native": what the network itself passes to the last layer of its classifier; of timm,
          exactly the output of a network with ``num_classes=0``.

    image_size : int, tuple of int (height, width), None or list of them, default=None
        Size in pixels to which images are resized. ``None`` is the size that the weights were
        trained for. A list such as ``[224, 320]`` stands for several sizes.

    resize : {"squash", "crop"}, default="squash"
        "squash" resizes the whole image, whatever its aspect ratio; "crop" cuts out its centre, as
        in ImageNet's evaluation.

    mirror : bool, default=False
        Whether to average the features of each image and of its mirror image, at twice the cost.

    color_mode : {"rgb", "grayscale"}, default="rgb"
        "grayscale" converts images to grayscale (ITU-R 601 luma, as Pillow's mode "L") and passes
        them to the network on all three channels.

    value_range : tuple (black, white) or None, default=None
        The values that mean black and white in arrays, and in files and PIL images with more than 8
        bits; values beyond them are clipped. ``None`` takes them from the type and the content, as
        the :ref:`user guide <value_range>` tells.

    batch_size : int or None, default=None
        Number of images that pass through the network at once, with the torch engine; ``None`` is
        8 on a CPU and 64 on a GPU. It changes features by rounding errors only.

    device : str or torch.device, default="auto"
        "auto" is CUDA if it is available, otherwise the CPU.

    engine : {"auto", "torch", "openvino"}, default="auto"
        Library that runs the network. "auto" is OpenVINO on a CPU if it is installed (``pip install
        "skmlic[fast]"``), otherwise torch.

    precision : {"auto", "fp32", "bf16", "fp16"}, default="auto"
        Arithmetic of the network; features are float32. "auto" is bf16 if the processor is faster
        in it, otherwise fp32. fp16 needs CUDA.

    n_jobs : int or None, default=None
        Number of threads that decode images and run the network on a CPU; -1 is one per core.
        ``None`` is the number that torch uses.

    memory : None, False, str, Path or joblib.Memory, default=None
        Where features are stored. ``None`` stores them until the process ends: in memory, and in a
        temporary directory if they exceed the limit of :func:`skmlic.set_config` or if worker
        processes of joblib need them. ``False`` does not store them. Otherwise, they are stored
        below a directory, where later processes find them. Processes with the same directory share
        the work: together, they embed each image once. If the directory can't be used, there is a
        warning, and the process stores the features itself.

    on_error : {"raise", "nan"}, default="raise"
        What ``transform`` does if images can't be read: raise one error that lists all of them,
        after the features of the others are stored, or return rows of NaN and warn once.

    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    backbone_ : Backbone or list of Backbone
        The loaded network with its preprocessing; absent with ``backbone="precomputed"``. With
        several networks or sizes it is a list: all sizes of the first network, then of the next.

    device_ : torch.device
        The device in use.

    engine_ : {"torch", "openvino", "openvino + torch", "torch + openvino"}
        The engine in use. If OpenVINO can't run one of several networks, torch runs that one.

    precision_ : {"fp32", "bf16", "fp16"}
        The precision in use.

    parts_ : list of ImageEmbedder
        An embedder for each network and size, in the order of the features; only if there are
        several.

    weights_name_ : str
        The source of the weights; those of several networks are joined by " + ".

    n_features_in_ : int
        Number of features in X, with ``backbone="precomputed"`` only.

    See Also
    --------
    TransferMultiLabelClassifier : The classifier on top of such features.
    skmlic.list_backbones : The names of backbones.
    skmlic.cache_info : Statistics of the feature store.

    Examples
    --------
    >>> from skmlic import ImageEmbedder
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, _ = make_multilabel_shapes(4, random_state=0)
    >>> ImageEmbedder("tiny_cnn", pooling="avg").fit_transform(X).shape
    (4, 32)
    """

    backbone_: "Backbone | list[Any]"
    device_: torch.device
    engine_: str
    parts_: "list[ImageEmbedder]"
    precision_: str

    _parameter_constraints = {
        "backbone": [str, torch.nn.Module, callable, list],
        "weights": [str, PathLike, None, list],
        "pooling": [StrOptions(set(POOLINGS))],
        "image_size": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "resize": [StrOptions({"squash", "crop"})],
        "mirror": ["boolean"],
        "color_mode": [StrOptions({"rgb", "grayscale"})],
        "value_range": [tuple, None],
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
        pooling: Pooling = "stages",
        image_size: Size | Sequence[Size] | None = None,
        resize: Literal["squash", "crop"] = "squash",
        mirror: bool = False,
        color_mode: Literal["rgb", "grayscale"] = "rgb",
        value_range: tuple[float, float] | None = None,
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
        self.value_range = value_range
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
            Paths, arrays, PIL images or encoded bytes; see the user guide. They are not read.

        y : Ignored
            Not used, present for API consistency by convention.

        Returns
        -------
        self : ImageEmbedder
            The fitted embedder.

        Raises
        ------
        WeightsNotFoundError
            If the weights are not on this machine and can't be downloaded.
        """
        get_store(self.memory)
        self.__dict__.pop("parts_", None)
        if is_precomputed(self.backbone):
            X = validate_features(self, X, dtype=(np.float64, np.float32))
            self._n_features_out = X.shape[1]
            return self
        as_image_list(X)
        parts = list_parts(self.backbone, self.weights, self.image_size)
        if len(parts) > 1:
            parameters = self.get_params(deep=False)
            parts = [ImageEmbedder(**{**parameters, **part}).fit(X) for part in parts]
            self._n_features_out = sum(part._n_features_out for part in parts)
            self.parts_ = parts
            self._update_from_parts()
            return self
        device, engine, precision = resolve_setup(self.device, self.engine, self.precision)
        # Loading runs the network on one image. One thread is used, since several would wait for
        # each other if other processes use the cores.
        with torch_threads(1):
            backbone = load_backbone(
                **parts[0],
                pooling=self.pooling,
                resize=self.resize,
                mirror=self.mirror,
                color_mode=self.color_mode,
                value_range=self.value_range,
            )
            self._n_features_out = backbone.extractor.n_features
        self.backbone_ = backbone
        self.device_, self.engine_, self.precision_ = device, engine, precision
        return self

    def transform(self, X: Images) -> NDArray[np.floating]:
        """Return the features of images.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            Paths, arrays, PIL images or encoded bytes; see the user guide.

        Returns
        -------
        features : ndarray of shape (n_samples, n_features), dtype float32
            With ``on_error="nan"``, the rows of images that can't be read are NaN.

        Raises
        ------
        ImageReadError
            If images can't be read and ``on_error="raise"``.
        """
        check_is_fitted(self)
        if is_precomputed(self.backbone):
            return validate_features(self, X, dtype=(np.float64, np.float32), reset=False)
        return self.transform_views(X, [ORIGINAL])[0]

    def transform_views(self, X: Images, views: Sequence[View]) -> list[NDArray[np.floating]]:
        """Return the features of changed images, for the training of a classifier.

        Parameters
        ----------
        X : array-like of images of shape (n_samples,)
            As in `transform`.
        views : list of View
            How the images are changed.

        Returns
        -------
        features : list of ndarray of shape (n_samples, n_features)
            One matrix per view.
        """
        check_rows(views, "views", "a list of View")
        features, problems = self._embed(as_image_list(X), views)
        if problems and self.on_error == "raise":
            raise ImageReadError(problems)
        if problems:
            warn_caller(describe_problems(problems), ImageReadWarning)
        return features

    @property
    def weights_name_(self) -> str:
        """The source of the weights."""
        return " + ".join(dict.fromkeys(backbone.weights_name for backbone in self.backbones_))

    @property
    def backbones_(self) -> list[Backbone]:
        """The backbones of all networks and sizes, as a list even if there is only one."""
        return self.backbone_ if isinstance(self.backbone_, list) else [self.backbone_]

    @property
    def block_widths_(self) -> tuple[int, ...]:
        """Number of features from each map, for all networks and sizes, in order."""
        if is_precomputed(self.backbone):
            return (self._n_features_out,)
        return sum((backbone.extractor.block_widths for backbone in self.backbones_), ())

    def _update_from_parts(self):
        self.backbone_ = [part.backbone_ for part in self.parts_]
        self.device_ = self.parts_[0].device_
        for name in ("engine_", "precision_"):
            setattr(self, name, " + ".join(dict.fromkeys(getattr(p, name) for p in self.parts_)))

    @contextlib.contextmanager
    def _current_parts(self):
        """Provide the embedders of the single backbones, with this embedder's current parameters.

        Their engines may change inside the ``with`` block.
        """
        if not hasattr(self, "parts_"):
            yield [self]
            return
        current = {name: getattr(self, name) for name in _CHANGEABLE}
        # The parts are copied, since copies of this embedder share them and may have other
        # parameters.
        parts = [copy.copy(part).set_params(**current) for part in self.parts_]
        yield parts
        for own, part in zip(self.parts_, parts, strict=True):
            own.engine_ = part.engine_
        self._update_from_parts()

    def _embed(self, images, views):
        """Return one feature matrix per view, with NaN for unreadable images, and the problems."""
        shape = (len(images), self._n_features_out)
        features = [np.full(shape, np.nan, dtype=np.float32) for _ in views]
        rows, problems, n_readers = digest_images(images)
        ranges = UsedRanges(self.value_range)
        with self._current_parts() as parts, torch_threads(count_threads(self.n_jobs)):
            stops = np.cumsum([part._n_features_out for part in parts])
            for matrix, view in zip(features, views, strict=True):
                for part, block in zip(parts, np.split(matrix, stops[:-1], axis=1), strict=True):
                    options = {"n_readers": n_readers, "n_others": len(parts) - 1}
                    unreadable = part._fill(block, rows, images, view, ranges, **options)
                    problems += unreadable
                    wrong = {row for row, _, _ in unreadable}
                    rows = {digest: at for digest, at in rows.items() if wrong.isdisjoint(at)}
        for matrix in features:
            matrix[[row for row, _, _ in problems]] = np.nan
        ranges.warn()
        return features, sorted(problems)

    def _fill(self, features, rows, images, view, ranges, *, n_readers, n_others):
        """Fill in a view's features of a single backbone, and return the unreadable images.

        Parameters
        ----------
        features : ndarray of shape (n_samples, n_features)
            Changed in place.
        rows : dict of bytes to list of int
            The digest of each distinct image, and its positions in ``images``.
        images : list
        view : View
        ranges : UsedRanges
            Collects the values that the images use.
        n_readers : int
            Number of threads that read files in advance.
        n_others : int
            Number of other backbones that the same images pass through.

        Returns
        -------
        problems : list of tuple (int, str, str)
            Position, source and reason for each unreadable image.
        """
        store = get_store(False if view.key is None else self.memory)
        suffix = self._key_suffix(view)
        missing = fill_from_store(features, rows, store, suffix)
        if missing:
            engine = self._get_engine(n_others)
            if engine.name != self.engine_:
                # The features of the other engine have other keys.
                self.engine_ = engine.name
                suffix = self._key_suffix(view)
                missing = fill_from_store(features, rows, store, suffix)
        counts.add(hits=len(rows) - len(missing))
        if not missing:
            return []

        def compute(keys):
            digests = (key.removesuffix(suffix) for key in keys)
            tasks = ((digest, images[missing[digest][0]]) for digest in digests)
            options = {"n_readers": n_readers, "n_threads": count_threads(self.n_jobs)}
            for digest, values in compute_features(
                tasks, self.backbone_, engine, view, ranges=ranges, **options
            ):
                yield digest + suffix, values

        problems = []
        title = " ".join(filter(None, (self.backbone_.name, view.name)))
        bar = tqdm(total=len(missing), desc=title, unit="img", disable=not self.verbose)
        queue = WorkQueue(store, [digest + suffix for digest in missing], features.shape[1])
        with bar, contextlib.closing(queue):
            for key, values in queue.run(compute):
                bar.update()
                places = missing[key.removesuffix(suffix)]
                if isinstance(values, Exception):
                    reason = describe_read_error(values)
                    problems += [(row, describe_source(images[row]), reason) for row in places]
                else:
                    features[places] = values
        return problems

    def _key_suffix(self, view):
        engine = self.engine_, find_engine_version(self.engine_)
        parts = (_VERSIONS, self.backbone_.fingerprint, *engine, self.precision_, view.key)
        return hashlib.sha256(repr(parts).encode()).digest()[:12]

    def _get_engine(self, n_others):
        """Return the engine that runs the backbone: torch if ``engine_`` can't and is "auto"."""
        options = {
            "device": self.device_,
            "precision": self.precision_,
            "batch_size": self.batch_size,
            "n_threads": count_threads(self.n_jobs),
            "n_others": n_others,
        }
        try:
            return get_engine(self.backbone_, engine=self.engine_, **options)
        except Exception as error:  # OpenVINO raises errors of many kinds for networks.
            if self.engine_ != "openvino" or self.engine == "openvino":
                raise
            logger.warning("OpenVINO can't run %s (%s), so torch does", self.backbone_.name, error)
            return get_engine(self.backbone_, engine="torch", **options)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Replace a device, an engine or a precision that this machine does not have."""
        # Older pickles hold this attribute, which is derived from the backbones now.
        state = {name: value for name, value in state.items() if name != "weights_name_"}
        super().__setstate__(state)
        if hasattr(self, "parts_"):
            self._update_from_parts()
            return
        if not hasattr(self, "backbone_"):
            return
        try:
            resolve_setup(self.device_, self.engine_, self.precision_)
        except (ValueError, ImportError) as error:
            warn_caller(
                f"This embedder was fitted with {self.engine_} on {self.device_}, which this "
                f"machine does not have ({error}); its features may differ by rounding."
            )
            precision = "fp32" if self.precision_ == "fp16" else self.precision_
            resolved = resolve_setup("auto", "auto", precision)
            self.device_, self.engine_, self.precision_ = resolved

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = is_precomputed(self.backbone)
        return tags
