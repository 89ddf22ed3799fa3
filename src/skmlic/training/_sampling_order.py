"""The rows that an epoch of training takes, and their order."""

import torch
from skorch.callbacks import Callback


class BalancedOrder:
    """Class-aware sampling: a random label, then one of its rows, as many times as there are rows.

    Labels are sampled uniformly, and so are the rows of a label, with replacement. Rows without a
    known label form one more group.

    Parameters
    ----------
    target : tensor of shape (n, n_labels)
        1 for positives; 0 and NaN for the others.
    rows : tensor of shape (n,) or None
        Numbers of the target's rows; ``None`` counts them from 0.

    References
    ----------
    L. Shen, Z. Lin, Q. Huang, "Relay backpropagation for effective learning of deep convolutional
    neural networks", ECCV 2016; for several labels T. Wu, Q. Huang, Z. Liu, Y. Wang, D. Lin,
    "Distribution-balanced loss for multi-label classification in long-tailed datasets", ECCV 2020.
    """

    def __init__(self, target, rows=None):
        positive = target == 1
        bags = torch.cat([positive, ~positive.any(dim=1, keepdim=True)], dim=1)
        sizes = bags.sum(dim=0)
        present = sizes > 0
        self._members = bags.T.nonzero()[:, 1]
        self._sizes = sizes[present]
        self._starts = (sizes.cumsum(0) - sizes)[present]
        self._rows = rows
        self.n_all = len(target)

    def __len__(self):
        return self.n_all

    def sample(self):
        """Return row numbers, sampled at random."""
        bags = torch.randint(len(self._sizes), (self.n_all,))
        # float32 can't distinguish the rows of a group of 2 ** 24.
        fractions = torch.rand(self.n_all, dtype=torch.float64)
        members = self._starts[bags] + (fractions * self._sizes[bags]).long()
        rows = self._members[members]
        return rows if self._rows is None else self._rows[rows]


class HardNegativeOrder:
    """All labelled rows, and the unlabelled rows with the highest scores.

    Rows without a known label, but with missing ones, may have a label. They are always taken.

    Parameters
    ----------
    target : tensor of shape (n, n_labels)
        1 for a positive; 0 and NaN for the others.
    ratio : float
        Number of unlabelled rows that are taken, per labelled row.
    sampler : {"balanced"} or None
        How the chosen rows are sampled.
    """

    def __init__(self, target, ratio, sampler=None):
        self._target = target
        unlabelled = (self._target == 0).all(dim=1)
        self.unlabelled = unlabelled.nonzero()[:, 0]
        self._others = (~unlabelled).nonzero()[:, 0]
        self._sampler = sampler
        self.n_all = len(target)
        n_labelled = int((self._target == 1).any(dim=1).sum())
        self.n_taken = min(round(ratio * n_labelled), len(self.unlabelled))
        if not len(self):
            raise ValueError(
                f"hard_negatives={ratio}: no image has a label, so none would be trained on; "
                "expected some that have one, or hard_negatives=None."
            )
        self.rank(torch.zeros(len(self.unlabelled)))

    def __len__(self):
        return len(self._others) + self.n_taken

    def rank(self, scores):
        """Choose the rows of ``unlabelled`` with the highest scores."""
        hardest = scores.cpu().argsort(descending=True, stable=True)[: self.n_taken]
        self._rows = torch.cat([self._others, self.unlabelled[hardest]])

    def sample(self):
        """Return row numbers, sampled at random."""
        if self._sampler is None:
            return self._rows[torch.randperm(len(self._rows))]
        return BalancedOrder(self._target[self._rows], self._rows).sample()


def make_order(Y, sampler=None, hard_negatives=None):
    """Return the order of a training set's rows; None for a plain shuffle.

    Parameters
    ----------
    Y : ndarray of shape (n, n_labels)
        0 and 1, NaN for missing labels.
    sampler : {"balanced"} or None
    hard_negatives : float or None
        Training options of the classifier.
    """
    target = torch.from_numpy(Y)
    if hard_negatives is not None:
        return HardNegativeOrder(target, hard_negatives, sampler)
    return None if sampler is None else BalancedOrder(target)


class NegativeMiner(Callback):
    """Rank unlabelled rows by their largest logit as each epoch begins.

    Parameters
    ----------
    order : HardNegativeOrder
        Takes the highest ranks.
    """

    def __init__(self, order):
        self.order = order

    def on_epoch_begin(self, net, dataset_train, **kwargs):
        """Rank unlabelled rows."""
        if 0 < self.order.n_taken < len(self.order.unlabelled):
            logits = net.forward(dataset_train.take(self.order.unlabelled))
            self.order.rank(logits.amax(dim=1))
