"""A local cluster of two processes, and files of images."""

import pytest
from PIL import Image

from skmlic.datasets import make_multilabel_shapes


@pytest.fixture(scope="session")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster


@pytest.fixture
def client(cluster):
    from distributed import Client

    with Client(cluster) as client:
        yield client


@pytest.fixture
def paths(tmp_path):
    """Return the files of 24 images."""
    images, _ = make_multilabel_shapes(24, n_labels=3, random_state=0)
    names = [str(tmp_path / f"{i}.png") for i in range(len(images))]
    for name, image in zip(names, images, strict=True):
        Image.fromarray(image).save(name)
    return names
