"""Which rows an epoch of training takes, and in what order."""

import torch
from skorch.callbacks import Callback


class BalancedOrder:
    """As many rows as there are: a label at random, then one of its rows, again and again.

    Class-aware sampling: labels are drawn with equal probability, the rows of a label too. Rows
    that are not known to have a label are together one more label. Labels without rows are none.

    Parameters
    ----------
    target : tensor of shape (n, n_labels)
        1 for a positive; 0 and NaN for the others.
    rows : tensor of shape (n,) or None
        Numbers of the target's rows; None counts them from 0.

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

    def draw(self):
        """Return row numbers, by torch's generator."""
        bags = torch.randint(len(self._sizes), (self.n_all,))
        # float32 can't tell the rows of a bag of 2 ** 24 apart.
        shares = torch.rand(self.n_all, dtype=torch.float64)
        members = self._starts[bags] + (shares * self._sizes[bags]).long()
        rows = self._members[members]
        return rows if self._rows is None else self._rows[rows]


class HardNegativeOrder:
    """Of the rows without a label only those that look most as if they had one.

    Rows of which something is unknown may have one; they are taken as those that do.

    Parameters
    ----------
    target : tensor of shape (n, n_labels)
        1 for a positive; 0 and NaN for the others.
    ratio : float
        Rows without a label that are taken, for each row that has one.
    sampler : {"balanced"} or None
        How the rows that are taken are drawn.
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
                f"hard_negatives={ratio}: no picture has a label, so that none would be trained "
                "on; expected some that have, or hard_negatives=None."
            )
        self.rank(torch.zeros(len(self.unlabelled)))

    def __len__(self):
        return len(self._others) + self.n_taken

    def rank(self, scores):
        """Take the rows of ``unlabelled`` with the highest scores from now on."""
        hardest = scores.cpu().argsort(descending=True, stable=True)[: self.n_taken]
        self._rows = torch.cat([self._others, self.unlabelled[hardest]])

    def draw(self):
        """Return row numbers, by torch's generator."""
        if self._sampler is None:
            return self._rows[torch.randperm(len(self._rows))]
        return BalancedOrder(self._target[self._rows], self._rows).draw()


def make_order(Y, sampler=None, hard_negatives=None):
    """Return the order of a training set's rows; None if it is a plain shuffle.

    Parameters
    ----------
    Y : ndarray of shape (n, n_labels)
        0 and 1, NaN where it is unknown.
    sampler : {"balanced"} or None
        As in the classifier.
    hard_negatives : float or None
        The same.
    """
    target = torch.from_numpy(Y)
    if hard_negatives is not None:
        return HardNegativeOrder(target, hard_negatives, sampler)
    return None if sampler is None else BalancedOrder(target)


class NegativeMiner(Callback):
    """Rank the rows without a label anew as each epoch begins, by their largest logit.

    Parameters
    ----------
    order : HardNegativeOrder
        What takes the first of them.
    """

    def __init__(self, order):
        self.order = order

    def on_epoch_begin(self, net, dataset_train, **kwargs):
        """Rank them."""
        if 0 < self.order.n_taken < len(self.order.unlabelled):
            logits = net.forward(dataset_train.take(self.order.unlabelled))
            self.order.rank(logits.amax(dim=1))
