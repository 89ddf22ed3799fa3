"""A training kept on disk after each epoch, so that one that was cut off can go on."""

import json
import os
from pathlib import Path

import joblib
import sklearn
import skorch
import torch
from skorch.callbacks import Callback
from skorch.history import History

from skmlic.training._net import StopTraining

_VERSIONS = (1, torch.__version__, skorch.__version__, sklearn.__version__)


def name_checkpoint(folder, parameters, data):
    """Return the path, without its ending, of the checkpoints of a training.

    Parameters
    ----------
    folder : str or Path
        Where checkpoints are kept.
    parameters : dict
        All that the result depends on, but the data.
    data : tuple
        Arrays.

    Returns
    -------
    path : Path
        Its name is a digest of parameters, data and the libraries' versions.

    Raises
    ------
    ValueError
        If a parameter can't be pickled, and so has no digest.
    """
    for name, value in parameters.items():
        try:
            joblib.hash(value)
        except Exception as error:
            raise ValueError(
                f"checkpoint={os.fspath(folder)!r}: whether a training on disk is of the same "
                f"parameters can't be told, since {name} can't be pickled ({error}). Expected "
                "functions and classes of a module, not of a function or a notebook's cell."
            ) from error
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / joblib.hash((_VERSIONS, sorted(parameters.items()), data))


class Checkpoint(Callback):
    """Write all that the rest of a training depends on to a file, as each epoch begins.

    If the file is there already, the training goes on from it. It has to come last, so that other
    callbacks have begun; those with a ``state_dict`` are kept with the rest.

    Parameters
    ----------
    path : Path
        The file. It is replaced in one piece.
    """

    def __init__(self, path):
        self.path = path

    def on_train_begin(self, net, **kwargs):
        """Go on from the file; end at once if the training had ended."""
        if not self.path.exists():
            return
        state = self._read(net.device)
        net.module_.load_state_dict(state["module"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history_ = History(json.loads(state["history"]))
        for callback, kept in zip(_find_stateful(net), state["callbacks"], strict=True):
            callback.load_state_dict(kept)
        set_random_state(state["random"])
        if state["finished"]:
            raise StopTraining

    def on_epoch_begin(self, net, **kwargs):
        """Write what the epochs before led to."""
        self._write(net, net.history[:-1], finished=False)

    def on_train_end(self, net, **kwargs):
        """Write the end."""
        self._write(net, net.history, finished=True)

    def _read(self, device):
        try:
            return torch.load(self.path, map_location=device, weights_only=True)
        except Exception as error:
            raise ValueError(
                f"The checkpoint {os.fspath(self.path)!r} can't be read ({type(error).__name__}). "
                "Delete it, and training begins anew."
            ) from error

    def _write(self, net, history, finished):
        state = {
            "finished": finished,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": json.dumps(list(history), default=float),
            "callbacks": [callback.state_dict() for callback in _find_stateful(net)],
            "random": get_random_state(),
        }
        unfinished = self.path.with_suffix(f".{os.getpid()}.tmp")
        try:
            torch.save(state, unfinished)
            os.replace(unfinished, self.path)
        finally:
            unfinished.unlink(missing_ok=True)


def get_random_state():
    """Return the state of torch's generators."""
    cuda = torch.cuda.get_rng_state() if torch.cuda.is_initialized() else None
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def set_random_state(state):
    """Set torch's generators to a state."""
    torch.set_rng_state(state["cpu"].cpu())
    if state["cuda"] is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"].cpu())


def _find_stateful(net):
    return [callback for _, callback in net.callbacks_ if hasattr(callback, "state_dict")]
