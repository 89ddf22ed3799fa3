"""Fine-tuning by several processes, each with a part of the images: a recipe of the user guide."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from skorch.callbacks import Callback
from torch import distributed

from skmlic import TrainingOptions, TransferMultiLabelClassifier
from skmlic.datasets import make_multilabel_shapes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not distributed.is_gloo_available(), reason="torch without gloo"),
]

BATCH_SIZE = 4
X, Y = make_multilabel_shapes(12, n_labels=2, random_state=0)
# Both processes have the same images, in two orders, so that their statistics are equal.
ORDERS = [np.arange(12), np.arange(12)[::-1]]


class AverageGradients(Callback):
    """Average the initial state, and the gradients of each step, of all processes."""

    def on_train_begin(self, net, **kwargs):
        for tensor in net.module_.state_dict().values():
            if tensor.is_floating_point():
                average(tensor)

    def on_grad_computed(self, net, named_parameters, **kwargs):
        for _, parameter in named_parameters:
            if parameter.grad is not None:
                average(parameter.grad)


def average(tensor):
    distributed.all_reduce(tensor)
    tensor /= distributed.get_world_size()


def make(batch_size, *callbacks):
    return TransferMultiLabelClassifier(
        "tiny_cnn",
        freeze=False,
        precision="fp32",
        dropout=0.0,
        max_epochs=3,
        batch_size=batch_size,
        net_params={"callbacks": list(callbacks), "iterator_train__shuffle": False},
        random_state=0,
        training=TrainingOptions(unfreeze_after=1, backbone_lr=1e-3, input_dropout=0.0, mix=None),
    )


def fit_part(rank, folder):
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2
    )
    torch.set_num_threads(1)
    rows = ORDERS[rank]
    clf = make(BATCH_SIZE, AverageGradients()).fit(X[rows], Y[rows])
    np.save(folder / f"{rank}.npy", clf.predict_proba(X))
    distributed.destroy_process_group()


def test_two_processes_are_one_with_the_double_batch(tmp_path):
    processes = [
        subprocess.Popen([sys.executable, __file__, str(rank), str(tmp_path)]) for rank in range(2)
    ]
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    first, second = (np.load(tmp_path / f"{rank}.npy") for rank in range(2))
    assert_array_equal(first, second)
    batches = np.split(np.stack(ORDERS), 12 // BATCH_SIZE, axis=1)
    rows = np.concatenate([batch.ravel() for batch in batches])
    expected = make(2 * BATCH_SIZE).fit(X[rows], Y[rows]).predict_proba(X)
    assert_allclose(first, expected, rtol=1e-4)
    alone = make(BATCH_SIZE).fit(X, Y).predict_proba(X)
    assert not np.allclose(first, alone, rtol=1e-3)


if __name__ == "__main__":
    fit_part(int(sys.argv[1]), Path(sys.argv[2]))
