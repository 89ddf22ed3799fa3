"""Data sets of tensors on the device, and their batches."""

import itertools

import torch


class TensorDataset(torch.utils.data.Dataset):
    """Features and targets, each a tensor or a tuple of tensors."""

    def __init__(self, X, y=None):
        self.X = X
        self.y = y

    def __len__(self):
        return len(self.X[0] if isinstance(self.X, tuple) else self.X)

    def __getitem__(self, index):
        """Return features and target of one sample or of an array of samples."""
        return take_rows(self.X, index), take_rows(self.y, index)

    @property
    def target(self):
        """The targets, under the name they have in ImageDataset."""
        return self.y

    def take(self, rows):
        """Return a dataset of some of the samples."""
        return TensorDataset(*self[rows])


class TensorLoader:
    """Batches sliced from a TensorDataset.

    torch's DataLoader collates sample by sample, which takes several times as long as a training
    step of a small head.

    Parameters
    ----------
    dataset : TensorDataset
    batch_size : int
        -1 means one batch of all samples.
    shuffle : bool
        Whether the order is sampled in each epoch.
    order : object or None
        Chooses the rows of each epoch in place of ``shuffle``; see
        :mod:`skmlic.training._sampling_order`.
    """

    def __init__(self, dataset, batch_size, shuffle=False, order=None):
        self.dataset = dataset
        self.batch_size = len(dataset) if batch_size == -1 else batch_size
        self.shuffle = shuffle
        self.order = order

    def __len__(self):
        return count_batches(self)

    def __iter__(self):
        if not self.shuffle and self.order is None:
            # Unlike indices, slices do not copy.
            sizes = split_sizes(len(self.dataset), self.batch_size)
            stops = itertools.accumulate(sizes)
            rows = [slice(stop - size, stop) for size, stop in zip(sizes, stops, strict=True)]
        else:
            rows = sample_batches(self)
        for batch in rows:
            yield self.dataset[batch]


def count_batches(loader):
    """Return the number of batches of a loader."""
    rows = loader.dataset if loader.order is None else loader.order
    return len(split_sizes(len(rows), loader.batch_size))


def split_sizes(n_rows, batch_size):
    """Return the sizes of batches.

    A single row that is left over joins the batch before it, since batch normalization needs more
    than one value per channel.
    """
    n_full, n_left = divmod(n_rows, batch_size)
    sizes = [batch_size] * n_full
    if n_left == 1 and sizes:
        sizes[-1] += 1
    elif n_left:
        sizes.append(n_left)
    return sizes


def sample_batches(loader):
    """Return the row numbers of each batch of a loader, as a tuple of tensors."""
    n_rows = len(loader.dataset)
    if loader.order is not None:
        if loader.order.n_all != n_rows:
            raise ValueError(
                f"sampler and hard_negatives choose among {loader.order.n_all} images, but "
                f"net_params keeps {n_rows} of them; expected early_stopping=True, or X_val and "
                "y_val in fit, in place of its train_split."
            )
        rows = loader.order.sample()
    else:
        rows = torch.randperm(n_rows) if loader.shuffle else torch.arange(n_rows)
    return rows.split(split_sizes(len(rows), loader.batch_size))


def take_rows(target, index):
    """Return rows of a target, which may be None or a tuple of tensors."""
    if target is None:
        return torch.empty(0)
    if isinstance(target, tuple):
        return tuple(take_rows(part, index) for part in target)
    if isinstance(index, torch.Tensor):
        # It is several times as fast as brackets.
        return target.index_select(0, index.to(target.device))
    return target[index]
