"""Data sets of tensors, and their batches."""

import pytest
import torch
from torch.testing import assert_close

from skmlic.training._sampling_order import BalancedOrder
from skmlic.training._tensor_data import TensorDataset, TensorLoader, take_rows

X = torch.arange(20.0).reshape(10, 2)
Y = (torch.arange(10) % 3 == 0).float()[:, None]
WEIGHT = torch.arange(10.0)


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield


def test_take_rows():
    index = torch.tensor([3, 1])
    assert_close(take_rows(Y, index), Y[index])
    assert_close(take_rows((Y, WEIGHT), index), (Y[index], WEIGHT[index]))
    assert len(take_rows(None, index)) == 0


def test_a_dataset_takes_samples():
    dataset = TensorDataset((X, 2 * X), (Y, WEIGHT))
    assert len(dataset) == 10
    taken = dataset.take(torch.tensor([3, 1]))
    assert_close(taken.X, (X[[3, 1]], 2 * X[[3, 1]]))
    assert_close(taken.target, (Y[[3, 1]], WEIGHT[[3, 1]]))


@pytest.mark.parametrize(
    ("batch_size", "sizes"),
    [
        (4, [4, 4, 2]),
        (5, [5, 5]),
        (-1, [10]),
        (3, [3, 3, 4]),
        (9, [10]),
        (1, [1] * 10),
        (20, [10]),
    ],
)
def test_batches_in_order(batch_size, sizes):
    loader = TensorLoader(TensorDataset(X, Y), batch_size)
    batches = list(loader)
    assert [len(features) for features, _ in batches] == sizes
    assert len(loader) == len(sizes)
    assert_close(torch.cat([features for features, _ in batches]), X)
    # Slices of the data are not copied.
    assert batches[0][0].data_ptr() == X.data_ptr()


def test_a_shuffled_epoch_has_each_sample_once_with_its_target():
    loader = TensorLoader(TensorDataset(X, (Y, WEIGHT)), 4, shuffle=True)
    orders = []
    for _ in range(2):
        batches = list(loader)
        rows = torch.cat([weight for _, (_, weight) in batches]).long()
        assert sorted(rows.tolist()) == list(range(10))
        assert_close(torch.cat([features for features, _ in batches]), X[rows])
        orders.append(rows.tolist())
    assert orders[0] != orders[1]


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("n_rows", [1, 2, 3, 4, 5, 8, 9])
def test_no_sample_is_left_alone_or_out(shuffle, n_rows):
    loader = TensorLoader(TensorDataset(X[:n_rows], Y[:n_rows]), 4, shuffle=shuffle)
    sizes = [len(features) for features, _ in loader]
    assert len(loader) == len(sizes)
    assert sum(sizes) == n_rows
    assert n_rows == 1 or min(sizes) > 1
    assert max(sizes) <= 5


def test_an_order_chooses_the_rows():
    order = BalancedOrder(Y)
    loader = TensorLoader(TensorDataset(X, Y), 4, shuffle=True, order=order)
    torch.manual_seed(1)
    features = torch.cat([features for features, _ in loader])
    torch.manual_seed(1)
    assert_close(features, X[order.sample()])
    with pytest.raises(ValueError, match="choose among 10 images, but net_params keeps 8 of them"):
        list(TensorLoader(TensorDataset(X[:8], Y[:8]), 4, order=order))
