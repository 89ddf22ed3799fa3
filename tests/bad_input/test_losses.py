"""Bad input of losses and of augmentation."""

import numpy as np
import torch

from skmlic.losses import BCELoss

LOGITS = torch.zeros(12, 3)
TARGET = torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]] * 6)
IMAGES = torch.zeros(2, 3, 8, 8)


def use(loss, logits=LOGITS, target=TARGET):
    """Return the value of a loss."""
    return loss(logits, target)


TABLES = {
    "skmlic.losses.make_loss": [
        ("mistyped", lambda f: f("focall"), ValueError, "Did you mean 'focal'"),
        ("None", lambda f: f(None), ValueError, "loss=None: expected a name"),
        ("class", lambda f: f(list), ValueError, "torch.nn.Module"),
        ("option", lambda f: f("focal", options={"gama": 1}), ValueError, "Did you mean 'gamma'"),
        ("options", lambda f: f("focal", options="gamma=1"), TypeError, "expected a dict"),
        ("weights", lambda f: f("zlpr", label_weight=[1, 2]), ValueError, "takes none"),
        ("counts", lambda f: f("bce", label_counts={1, 2}), TypeError, "label_counts is a set"),
        ("samples", lambda f: f("bce", n_samples="all"), TypeError, "n_samples is the str"),
        ("missing", lambda f: f("bce", missing_weight=-1), ValueError, "missing_weight=-1"),
    ],
    "skmlic.losses.BCELoss": [
        ("negative", lambda f: f(pos_weight=-1), ValueError, "pos_weight=-1.0"),
        ("smoothing", lambda f: f(label_smoothing=1), ValueError, "label_smoothing=1"),
        (
            "arrays",
            lambda f: use(f(), LOGITS.numpy()),
            TypeError,
            "logits is a ndarray; expected a tensor",
        ),
        (
            "integers",
            lambda f: use(f(), LOGITS.long()),
            TypeError,
            "logits have the dtype torch.int64",
        ),
        (
            "shape",
            lambda f: use(f(), target=TARGET[:, :2]),
            ValueError,
            "(12, 3), the target (12, 2)",
        ),
        ("tuple", lambda f: use(f(), target=(TARGET,)), TypeError, "target is a tuple"),
        ("list", lambda f: use(f(), target=TARGET.tolist()), TypeError, "two tensors"),
        (
            "labels",
            lambda f: use(f(label_weight=[1, 2])),
            ValueError,
            "2 numbers, the logits 3 labels",
        ),
    ],
    "skmlic.losses.FocalLoss": [
        ("NaN", lambda f: f(gamma=np.nan), ValueError, "gamma=nan"),
        ("alpha", lambda f: f(alpha=2), ValueError, "alpha=2"),
    ],
    "skmlic.losses.AsymmetricLoss": [
        ("clip", lambda f: f(clip=1), ValueError, "clip=1"),
        ("infinite", lambda f: f(gamma_neg=np.inf), ValueError, "gamma_neg=inf"),
    ],
    "skmlic.losses.DistributionBalancedLoss": [
        ("None", lambda f: f(None, 9), ValueError, "needs both"),
        ("more", lambda f: f([9, 9, 9], 3), ValueError, "no more positives than samples"),
        ("shape", lambda f: f([1, 1, 1], [9, 9]), ValueError, "n_samples has 2 numbers"),
        ("text", lambda f: f([1, 1, 1], 9, map_mu="a"), ValueError, "map_mu='a'"),
    ],
    "skmlic.losses.TwoWayLoss": [
        ("0", lambda f: f(tp=0), ValueError, "tp=0"),
    ],
    "skmlic.losses.ZLPRLoss": [
        ("shape", lambda f: use(f(), LOGITS[0]), ValueError, "logits have shape (3,)"),
    ],
    "skmlic.losses.FBetaLoss": [
        ("average", lambda f: f(average="weighted"), ValueError, "'macro', 'micro' or 'samples'"),
        ("beta", lambda f: f(beta=True), ValueError, "beta=True"),
    ],
    "skmlic.losses.MSELoss": [
        ("texts", lambda f: f(label_weight=["a", "b"]), ValueError, "label_weight has strings"),
    ],
    "skmlic.losses.L1Loss": [
        ("infinite", lambda f: f(label_weight=[1, np.inf]), ValueError, "finite numbers >= 0"),
    ],
    "skmlic.losses.SoftMarginLoss": [
        ("matrix", lambda f: f(label_weight=np.ones((2, 2))), ValueError, "one per label"),
    ],
    "skmlic.losses.HammingLoss": [
        ("smoothing", lambda f: f(label_smoothing="0.1"), ValueError, "label_smoothing='0.1'"),
    ],
    "skmlic.losses.AssumedNegatives": [
        ("loss", lambda f: f("bce", 0.5), TypeError, "loss is the str 'bce'"),
        ("weight", lambda f: f(BCELoss(), -1), ValueError, "weight=-1"),
    ],
    "skmlic.augmentation.make_augmentation": [
        ("mistyped", lambda f: f("ligth", 32), ValueError, "Did you mean 'light'"),
        ("number", lambda f: f(3, 32), (TypeError, ValueError), "3"),
        ("size", lambda f: f("light", 0), ValueError, "0"),
        ("1e9 pixels", lambda f: f("light", 10**9), ValueError, "pixels up to 10000"),
        ("sizes", lambda f: f("light", (32, 32, 3)), ValueError, "(32, 32, 3)"),
        ("erasing", lambda f: f("light", 32, erasing=2), ValueError, "erasing=2"),
        ("image", lambda f: f("light", 32)("a.png"), ValueError, "expected uint8 of shape"),
    ],
    "skmlic.augmentation.mix": [
        ("method", lambda f: f(IMAGES, TARGET[:2], "mixop"), ValueError, "Did you mean 'mixup'"),
        ("list", lambda f: f(IMAGES, TARGET[:2], ["mixup"]), ValueError, "names are 'mixup'"),
        ("alpha", lambda f: f(IMAGES, TARGET[:2], alpha=0), ValueError, "alpha=0"),
        (
            "images",
            lambda f: f(torch.zeros(2, 8, 8), TARGET[:2]),
            TypeError,
            "(n, channels, height, width)",
        ),
        ("target", lambda f: f(IMAGES, (1, 2)), TypeError, "target is"),
        ("no weight", lambda f: f(IMAGES, (TARGET[:2], None)), TypeError, "target is tuple"),
        ("length", lambda f: f(IMAGES, TARGET), ValueError, "there are 2 images"),
    ],
}


def test_rejects(row, reject):
    reject(*row)
