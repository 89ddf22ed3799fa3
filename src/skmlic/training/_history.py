"""The history of a training as data frames."""

import pandas as pd

_RENAMED = {"dur": "seconds"}
_OMITTED = ("batches", "train_batch_count", "valid_batch_count")


def make_frames(history, trained, n_before):
    """Return the records of epochs and of their training batches.

    Parameters
    ----------
    history : skorch.history.History
        The history of a net.
    trained : {"head", "all"}
        Part of the network that was trained.
    n_before : int
        Number of previous epochs.

    Returns
    -------
    epochs : DataFrame
        Indexed by the number of the epoch, from 1.
    batches : DataFrame
        Indexed by epoch and batch.
    """
    epochs = pd.DataFrame([_select(epoch, trained) for epoch in history])
    epochs.index = pd.RangeIndex(n_before + 1, n_before + 1 + len(epochs), name="epoch")
    rows = {
        (n_before + number, batch_number): {"trained": trained, **batch}
        for number, epoch in enumerate(history, 1)
        for batch_number, batch in enumerate(filter(_is_training, epoch["batches"]), 1)
    }
    names = ["epoch", "batch"]
    index = pd.MultiIndex.from_tuples(rows, names=names) if rows else _empty_index(names)
    columns = None if rows else ["trained"]
    return epochs, pd.DataFrame(list(rows.values()), index=index, columns=columns)


def join_frames(pairs):
    """Return epochs and batches of several trainings, each in one frame."""
    return tuple(pd.concat(parts) for parts in zip(*pairs, strict=True))


def _select(epoch, trained):
    kept = {
        _RENAMED.get(name, name): value
        for name, value in epoch.items()
        if name not in ("epoch", *_OMITTED) and not name.endswith("_best")
    }
    last = next(filter(_is_training, reversed(epoch["batches"])), {})
    rates = {name: value for name, value in last.items() if name.endswith("lr")}
    return {"trained": trained, **kept, **rates}


def _is_training(batch):
    return "train_loss" in batch


def _empty_index(names):
    return pd.MultiIndex(levels=[[], []], codes=[[], []], names=names)
