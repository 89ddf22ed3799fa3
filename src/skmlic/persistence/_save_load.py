"""Functions that write fitted estimators to files, and read them."""

import os
from collections.abc import Callable
from typing import Any

import torch
from sklearn.utils.validation import check_is_fitted

from skmlic._utils._typing import Estimator
from skmlic._utils._warnings import warn_caller
from skmlic.exceptions import ModelFileError, WeightsNotFoundError
from skmlic.persistence._contents import is_model
from skmlic.persistence._file import read_model_file, write_model_file
from skmlic.persistence._migration import migrate
from skmlic.persistence._reader import ModelReader
from skmlic.persistence._versions import describe_other_versions, list_versions
from skmlic.persistence._writer import ModelWriter

__all__ = ["load_model", "save_model"]

_LONGEST_MESSAGE = 1000


def save_model(
    estimator: Estimator, path: str | os.PathLike[str], *, include_backbone: bool = True
) -> None:
    """Write a fitted estimator to a file that holds tensors and text, but no code.

    The file is in the safetensors format [1]_, and conventionally called ``NAME.skmlic``. Unlike a
    pickle, such a file can be loaded safely even if it comes from a stranger: see
    :func:`load_model`.

    Parameters
    ----------
    estimator : estimator instance
        A fitted :class:`skmlic.TransferMultiLabelClassifier`, :class:`skmlic.ImageEmbedder` or
        :class:`skmlic.dummy.DummyMultiLabelClassifier`; or a
        :class:`skmlic.model_selection.TunedThresholdMultiLabelClassifierCV`,
        :class:`skmlic.model_selection.FixedThresholdMultiLabelClassifier` or
        :class:`skmlic.calibration.CalibratedMultiLabelClassifierCV` around one of them, or around
        another of these.

    path : str or Path
        The file. An existing file is replaced in one step: if saving fails, it is left unchanged.

    include_backbone : bool, default=True
        Whether the file contains the weights of pretrained networks. With ``False`` it contains
        only their digest, and :func:`load_model` fetches the weights by the networks' names, so
        that files are much smaller. This is not available for your own networks, nor for
        fine-tuned or random weights.

    Raises
    ------
    TypeError
        If files cannot hold this kind of estimator.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    ValueError
        If parameters are functions, classes or objects that a file cannot hold; the error names
        all of them and how to proceed. Also if ``include_backbone=False`` and the weights could
        not be fetched again, if images have more than 2048 x 2048 pixels, or if names and texts
        take more than 8 MiB.
    OSError
        If `path` is a directory or its directory does not exist, or if the file cannot be written.

    See Also
    --------
    load_model : Read the file.

    Notes
    -----
    All public attributes are saved, with their types. The parameters ``memory`` and
    ``training.checkpoint`` are not saved if they name a directory of this machine: they are
    ``None`` in the loaded estimator. scikit-learn's callbacks and metadata requests are not saved
    either.

    After ``partial_fit``, or with ``warm_start=True``, the state of the optimizer is saved as well,
    which takes twice as many bytes as the trained weights. Training then resumes as if it had not
    been interrupted.

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
            f"embedder of skmlic.{hint} Other estimators and pipelines can be saved with "
            "joblib.dump, whose files run code when they are loaded."
        )
    check_is_fitted(estimator)
    writer = ModelWriter(include_backbone)
    model = writer.write(estimator, "model")
    if writer.problems:
        lines = "".join(f"\n  {problem}" for problem in writer.problems)
        advice = ""
        if ".set_params(" in lines:
            advice = (
                "Predictions do not depend on parameters of the training: change them in a copy, "
                "model = copy.deepcopy(estimator), as shown, and save the copy. "
            )
        raise ValueError(
            f"A model file holds names, numbers and tensors, but no code:{lines}\n{advice}"
            "joblib.dump saves the estimator unchanged, in a file that runs code when it is loaded."
        )
    write_model_file(path, {"versions": list_versions(), "model": model}, writer.tensors)


def load_model(
    path: str | os.PathLike[str],
    *,
    backbone: torch.nn.Module
    | Callable[[], torch.nn.Module]
    | list[torch.nn.Module | Callable[[], torch.nn.Module]]
    | None = None,
) -> Any:
    """Read an estimator that :func:`save_model` wrote.

    No code of the file is run: the file consists of numbers and text, and can only name classes of
    a closed list. Loading takes a multiple of its bytes at most, whatever lengths and sizes it
    states. The predictions of a model from a stranger can still be wrong.

    Parameters
    ----------
    path : str or Path
        The file. Files that earlier versions of skmlic wrote can be read, too.

    backbone : torch.nn.Module, callable or list of them, default=None
        The estimator's parameter ``backbone``, if it was a network or a function that returns one
        instead of a name: a file holds the weights of such a network, but not its code. The
        weights are loaded into a copy.

    Returns
    -------
    estimator : estimator instance
        The fitted estimator. On the same machine and with the same libraries, its predictions equal
        those of the saved one, bit for bit. If the device or engine is not available, others are
        used, with a warning.

    Raises
    ------
    ModelFileError
        If :func:`save_model` did not write the file, if the file is damaged or of a later format,
        if a network does not compute the features that it computed where the file was written, or
        if ``backbone`` is needed.
    OSError
        If the file does not exist, cannot be read, or is not a regular file.
    WeightsNotFoundError
        If the file refers to weights that are not on this machine and cannot be fetched.

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
        model, messages = migrate(document["model"], document["format"])
        estimator = reader.read(model)
        if not is_model(estimator):
            raise ValueError(f"it holds a {type(estimator).__name__}")
        if reader.unused:
            raise ValueError(f"nothing refers to its tensors {reader.unused[:5]}")
        check_is_fitted(estimator)
    except (ImportError, WeightsNotFoundError):
        raise
    except ModelFileError as error:
        versions = describe_other_versions(document.get("versions"))
        raise ModelFileError(f"{path}: {_shorten(error)}.{versions}") from None
    # Constructors and torch raise errors of many types if a file is forged or too new.
    except Exception as error:
        raise ModelFileError(
            f"{path} can't be turned into an estimator ({type(error).__name__}: {_shorten(error)})."
            f"{describe_other_versions(document.get('versions'))}"
        ) from error
    if backbone is not None and not reader.needs_backbone:
        raise ValueError(
            f"{path} contains its network or refers to it by name, so that backbone is not used. "
            "Leave backbone=None."
        )
    for message in messages:
        warn_caller(f"{path}: {message}")
    return estimator


def _shorten(error):
    """Return the message of an error, which may quote a text of any length from a file."""
    text = str(error)
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"
