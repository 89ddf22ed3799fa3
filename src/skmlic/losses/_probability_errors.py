"""Squared and absolute errors of probabilities."""

from skmlic.losses._base import EntrywiseLoss


class MSELoss(EntrywiseLoss):
    r"""Mean squared error of probabilities, the Brier score: :math:`(p - y)^2`.

    Its gradient vanishes at probabilities of 0 and 1, even of wrong ones.
    Its parameters are those of :class:`BCELoss`.
    """

    def _terms(self, logits, target):
        error = logits.sigmoid() - self._smooth(target)
        return error.square() * self._weigh_positives(target)


class L1Loss(EntrywiseLoss):
    r"""Mean absolute error of probabilities, the expected Hamming loss: :math:`|p - y|`.

    Its gradient vanishes at probabilities of 0 and 1, even of wrong ones, and its minimum lies
    there. Its parameters are those of :class:`BCELoss`.
    """

    def _terms(self, logits, target):
        error = logits.sigmoid() - self._smooth(target)
        return error.abs() * self._weigh_positives(target)


HammingLoss = L1Loss
