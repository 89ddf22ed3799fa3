from torch.testing import assert_close

from skmlic.losses import TwoWayLoss


def test_two_way_does_not_change_with_a_constant(make_data):
    logits, target = make_data()
    assert_close(TwoWayLoss()(logits + 5, target), TwoWayLoss()(logits, target))
