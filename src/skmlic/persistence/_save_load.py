"""Models as files that hold no code."""

import os
from collections.abc import Callable

import numpy as np
import sklearn
import timm
import torch
import torchvision
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from skmlic.exceptions import ModelFileError, WeightsNotFoundError
from skmlic.persistence._classes import is_model
from skmlic.persistence._file import read_model_file, write_model_file
from skmlic.persistence._reader import ModelReader
from skmlic.persistence._writer import ModelWriter

__all__ = ["load_model", "save_model"]


def save_model(
    estimator: BaseEstimator, path: str | os.PathLike[str], *, include_backbone: bool = True
) -> None:
    """Write a fitted estimator to one file that holds tensors and text, and no code.

    The file is in the safetensors format [1]_, and conventionally called ``NAME.skmlic``. Unlike a
    pickle it can be taken from a stranger: see :func:`load_model`.

    Parameters
    ----------
    estimator : estimator instance
        A fitted :class:`skmlic.TransferMultiLabelClassifier`, :class:`skmlic.ImageEmbedder` or
        :class:`skmlic.dummy.DummyMultiLabelClassifier`; or a
        :class:`skmlic.model_selection.TunedThresholdMultiLabelClassifierCV`,
        :class:`skmlic.model_selection.FixedThresholdMultiLabelClassifier` or
        :class:`skmlic.calibration.CalibratedMultiLabelClassifierCV` around one, or around one of
        these.

    path : str or Path
        The file. It is replaced in one piece: if saving fails, what was there stays.

    include_backbone : bool, default=True
        Whether the weights of pretrained networks are in the file. ``False`` writes their digest,
        and :func:`load_model` fetches them by the networks' names: files are smaller by them. That
        can't be done with a network of your own, a fine-tuned or a random one.

    Raises
    ------
    TypeError
        If a file can't hold this kind of estimator.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    ValueError
        If parameters are functions, classes or objects that a file can't hold; the error names them
        all, and what to do. Or if ``include_backbone=False`` and the network can't be fetched.
    OSError
        If `path` is a folder or in none, or can't be written.

    See Also
    --------
    load_model : Read the file.

    Notes
    -----
    All public attributes are kept, with their types. Not kept are ``memory`` and ``checkpoint``
    where they name a folder of this machine: the loaded estimator has ``None``. Nor are
    scikit-learn's callbacks and metadata requests.

    After ``partial_fit``, or with ``warm_start=True``, the optimizer's state is kept, too, which
    takes twice the bytes of what is trained, and training goes on as if it had not been
    interrupted.

    References
    ----------
    .. [1] https://github.com/huggingface/safetensors

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import skmlic
    >>> from skmlic.datasets import make_multilabel_shapes
    >>> X, Y = make_multilabel_shapes(40, n_labels=3, random_state=0)
    >>> clf = skmlic.TransferMultiLabelClassifier("tiny_cnn", max_epochs=2, random_state=0)
    >>> clf = clf.fit(X, Y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     skmlic.save_model(clf, Path(folder) / "shapes.skmlic")
    ...     loaded = skmlic.load_model(Path(folder) / "shapes.skmlic")
    >>> bool((loaded.predict_proba(X) == clf.predict_proba(X)).all())
    True
    """
    if not is_model(estimator):
        hint = " Save its best_estimator_." if hasattr(estimator, "best_estimator_") else ""
        raise TypeError(
            f"A model file can't hold a {type(estimator).__name__}; expected a classifier or "
            f"embedder of skmlic.{hint} For other estimators and for pipelines there is "
            "joblib.dump, whose files run code when they are read."
        )
    check_is_fitted(estimator)
    writer = ModelWriter(include_backbone)
    model = writer.write(estimator, "model")
    if writer.problems:
        lines = "".join(f"\n  {problem}" for problem in writer.problems)
        advice = ""
        if ".set_params(" in lines:
            advice = (
                "Predictions do not depend on parameters of training: set them in a copy, after "
                "model = copy.deepcopy(estimator), as shown, and save that. "
            )
        raise ValueError(
            f"A model file holds names, numbers and tensors, but no code:{lines}\n{advice}Nothing "
            "is left out with joblib.dump, whose files run code when they are read."
        )
    write_model_file(path, {"versions": _list_versions(), "model": model}, writer.tensors)


def load_model(
    path: str | os.PathLike[str],
    *,
    backbone: torch.nn.Module | Callable[[], torch.nn.Module] | list | None = None,
) -> BaseEstimator:
    """Read an estimator that :func:`save_model` wrote.

    No code from the file is run: it can name classes of a closed list only, and holds nothing but
    numbers and text besides. It may still predict nonsense.

    Parameters
    ----------
    path : str or Path
        The file.

    backbone : torch.nn.Module, callable or list of them, default=None
        What the estimator's parameter ``backbone`` was, if that was no name but a network, or a
        function that returns one: a file holds its weights, not its code. They are put into a
        copy.

    Returns
    -------
    estimator : estimator instance
        Fitted. On the same machine with the same libraries its predictions are those of the one
        that was saved, bit for bit. Where the device or engine is not there, others are used, with
        a warning.

    Raises
    ------
    ModelFileError
        If the file is none of :func:`save_model`'s, is damaged, or of a later format; if a network
        gives other features than where the file was made; or if ``backbone`` is needed.
    OSError
        If there is no such file.
    WeightsNotFoundError
        If the file refers to weights that are not on this machine and can't be fetched.

    See Also
    --------
    save_model : Write such a file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import skmlic
    >>> from skmlic.dummy import DummyMultiLabelClassifier
    >>> path = Path(tempfile.mkdtemp()) / "baseline.skmlic"
    >>> baseline = DummyMultiLabelClassifier().fit(["a.jpg", "b.jpg"], [[1, 0], [1, 1]])
    >>> skmlic.save_model(baseline, path)
    >>> skmlic.load_model(path).predict_proba(["new.jpg"]).round(2)
    array([[1. , 0.5]])
    """
    document, tensors = read_model_file(path)
    reader = ModelReader(tensors, backbone)
    try:
        estimator = reader.read(document["model"])
        if not is_model(estimator):
            raise ValueError(f"it holds a {type(estimator).__name__}")
        if reader.unused:
            raise ValueError(f"nothing refers to its tensors {reader.unused[:5]}")
        check_is_fitted(estimator)
    except (ImportError, WeightsNotFoundError):
        raise
    except ModelFileError as error:
        raise ModelFileError(f"{path}: {error}.{_tell_versions(document)}") from None
    except Exception as error:
        raise ModelFileError(
            f"{path} can't be made an estimator ({type(error).__name__}: {error})."
            f"{_tell_versions(document)}"
        ) from error
    if backbone is not None and not reader.needs_backbone:
        raise ValueError(
            f"{path} holds its network, or its name: nothing takes the place of it. Leave "
            "backbone=None."
        )
    return estimator


def _list_versions():
    from skmlic import __version__

    return {
        "skmlic": __version__,
        "scikit-learn": sklearn.__version__,
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "timm": timm.__version__,
        "numpy": np.__version__,
    }


def _tell_versions(document):
    """Return which libraries' versions are not those that a file was made with."""
    saved = document.get("versions")
    if not isinstance(saved, dict):
        return ""
    others = [
        f"{library} {saved.get(library)} (here {version})"
        for library, version in _list_versions().items()
        if saved.get(library) != version
    ]
    return f" It was made with {', '.join(others)}." if others else ""
