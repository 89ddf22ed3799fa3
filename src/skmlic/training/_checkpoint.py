"""Checkpoints of a training, from which an interrupted one resumes."""

import hashlib
import json
import os
from pathlib import Path

import joblib
import sklearn
import skorch
import torch
from skorch.callbacks import Callback
from skorch.history import History

from skmlic._utils._atomic_file import replace_atomically
from skmlic._utils._regular_file import open_regular_file
from skmlic._utils._torch_files import load_torch_file
from skmlic._utils._warnings import warn_caller
from skmlic.training._net import StopTraining

# The first number is that of the file format: a SHA-256 digest, then what torch.save writes.
_VERSIONS = (2, torch.__version__, skorch.__version__, sklearn.__version__)
_N_DIGEST = hashlib.sha256().digest_size


def name_checkpoint(folder, parameters, data):
    """Return the path, without its suffix, of the checkpoints of a training.

    Parameters
    ----------
    folder : str or Path
        Directory of checkpoints.
    parameters : dict
        Everything that the result depends on, except the data.
    data : tuple
        The data.

    Returns
    -------
    path : Path
        Its name is a digest of parameters, data and the libraries' versions.

    Raises
    ------
    ValueError
        If a parameter can't be pickled, so that it has no digest.
    OSError
        If the directory can't be created.
    """
    for name, value in parameters.items():
        try:
            joblib.hash(value)
        except Exception as error:
            # Pickling a user's object runs its code, which may raise any error.
            raise ValueError(
                f"checkpoint={os.fspath(folder)!r}: a training on disk can't be compared with this "
                f"one, since {name} can't be pickled ({error}). Expected functions and classes "
                "that are defined in a module, not in a function or a notebook."
            ) from error
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / joblib.hash((_VERSIONS, sorted(parameters.items()), data))


class Checkpoint(Callback):
    """Save the state of the training to a file as each epoch begins.

    If the file exists, the training resumes from it, or ends with an error if the file is damaged.
    If it can't be written, the training continues with a warning. The callback must be the last
    one, so that the others have been set up; those with a ``state_dict`` are saved as well.

    Parameters
    ----------
    path : Path
        The file. It is replaced atomically.
    """

    def __init__(self, path):
        self.path = path

    def on_train_begin(self, net, **kwargs):
        """Resume from the file if there is one; end at once if that training was finished."""
        if not self.path.exists():
            return
        state = self._read(net.device)
        net.module_.load_state_dict(state["module"])
        net.optimizer_.load_state_dict(state["optimizer"])
        net.history_ = History(json.loads(state["history"]))
        for callback, kept in zip(_find_stateful(net), state["callbacks"], strict=True):
            callback.load_state_dict(kept)
        net.random_numbers_.set_state(state["random"])
        if state["finished"]:
            raise StopTraining

    def on_epoch_begin(self, net, **kwargs):
        """Save the state after the previous epochs."""
        self._write(net, net.history[:-1], finished=False)

    def on_train_end(self, net, **kwargs):
        """Save the final state."""
        self._write(net, net.history, finished=True)

    def _read(self, device):
        try:
            with open_regular_file(self.path) as file:
                expected = file.read(_N_DIGEST)
                if self._digest(file) != expected:
                    raise ValueError("its checksum is wrong")
                n_bytes = file.tell()
                file.seek(_N_DIGEST)
                return load_torch_file(file, n_bytes, device)
        except Exception as error:
            # torch raises errors of many kinds for states that it does not read.
            raise ValueError(
                f"{os.fspath(self.path)!r} is not an undamaged checkpoint of this training "
                f"({type(error).__name__}: {error}). Delete it, and training starts from scratch."
            ) from error

    def _write(self, net, history, finished):
        state = {
            "finished": finished,
            "module": net.module_.state_dict(),
            "optimizer": net.optimizer_.state_dict(),
            "history": json.dumps(list(history), default=float),
            "callbacks": [callback.state_dict() for callback in _find_stateful(net)],
            "random": net.random_numbers_.get_state(),
        }
        try:
            with replace_atomically(self.path) as unfinished, open(unfinished, "wb+") as file:
                file.write(bytes(_N_DIGEST))
                torch.save(state, file)
                file.seek(_N_DIGEST)
                digest = self._digest(file)
                file.seek(0)
                file.write(digest)
        except (OSError, RuntimeError) as error:
            # torch may raise an error of its own while it handles that of the file system.
            warn_caller(
                f"The checkpoint {os.fspath(self.path)!r} can't be written "
                f"({error.__context__ or error}). The training continues; if it is interrupted, it "
                "resumes from the last checkpoint that could be written."
            )

    def _digest(self, file):
        """Return the digest of the rest of a file and of its name, which tells the training."""
        name = self.path.name.encode()
        return hashlib.file_digest(file, lambda: hashlib.sha256(name)).digest()


def _find_stateful(net):
    return [callback for _, callback in net.callbacks_ if hasattr(callback, "state_dict")]
