"""Other packages that compute features of images, with the same network."""

import importlib.util
import logging
from unittest import mock

from loops import BATCH_SIZE, make_network
from measuring import Contender


def make_embetter(paths):
    """Return embetter's encoder as a contender; it embeds the images one by one."""
    from embetter.vision import ImageLoader, TimmEncoder

    network = make_network()
    # embetter never calls eval(), so that its BatchNorm uses the statistics of each image.
    network.train()
    with mock.patch("timm.create_model", return_value=network):
        encoder = TimmEncoder("tf_efficientnet_lite0")

    def run(paths=paths):
        return encoder.transform(ImageLoader().fit_transform(paths))

    return Contender(lambda: run(paths[:8]), run)


def make_fastai(paths):
    """Return fastai's Learner.get_preds as a contender, without worker processes."""
    from fastai.vision.all import DataBlock, ImageBlock, Learner, Normalize, Resize

    halves = [0.5, 0.5, 0.5]
    block = DataBlock(
        blocks=(ImageBlock, ImageBlock),
        item_tfms=Resize(224, method="squish"),
        batch_tfms=Normalize.from_stats(halves, halves),
    )
    loaders = block.dataloaders(paths[:8], bs=4, num_workers=0)
    learner = Learner(loaders, make_network(), loss_func=lambda *_: None)

    def run(paths=paths):
        batches = loaders.test_dl(paths, bs=BATCH_SIZE, num_workers=0)
        with learner.no_bar(), learner.no_logging():
            return learner.get_preds(dl=batches)[0]

    return Contender(lambda: run(paths[:8]), run)


PEERS = {"embetter": make_embetter, "fastai": make_fastai}


def find_peers(paths):
    """Return a dict peer -> contender, and a dict peer -> the reason why it is left out."""
    found, missing = {}, {}
    for name, make in PEERS.items():
        if importlib.util.find_spec(name) is None:
            missing[name] = "not installed"
            continue
        try:
            found[name] = make(paths)
            found[name].prepare()
        except Exception as error:  # Another package may fail in any way; the row says how.
            logging.getLogger(__name__).debug("%s", name, exc_info=True)
            missing[name] = f"does not run here: {error!r}"
            found.pop(name, None)
    return found, missing
