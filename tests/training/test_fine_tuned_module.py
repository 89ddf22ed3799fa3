"""The module of a backbone and a head that are trained together."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from skmlic.training import FineTunedModule, find_frozen


def changed(before, clf):
    """Return the names of the weights of the backbone that are not as before."""
    after = clf.embedder_.backbone_.extractor.network.state_dict()
    return {name for name in before if not torch.equal(before[name], after[name])}


def make(extractor, freeze, freeze_batch_norm=True):
    head = torch.nn.Linear(extractor.n_features, 2)
    return FineTunedModule(extractor, head, freeze, freeze_batch_norm).train()


def test_frozen_parts_and_batch_normalization_stay_in_evaluation_mode(load):
    extractor = load("resnet18").extractor
    module = make(extractor, "layer3")
    parts = dict(extractor.network.named_modules())
    assert not parts["layer3.0.bn1"].training
    assert not parts["layer4.0.bn1"].training
    assert parts["layer4.0.conv1"].training
    assert not parts["layer3.0.conv1"].weight.requires_grad
    assert parts["layer4.0.conv1"].weight.requires_grad
    assert not any(part.training for part in module.eval().modules())
    make(extractor, "layer3", freeze_batch_norm=False)
    assert not parts["layer3.0.bn1"].training
    assert parts["layer4.0.bn1"].training


def test_parameters_in_no_part_are_frozen_with_the_first(load):
    module = make(load("timm/vit_tiny_patch16_224").extractor, "blocks.5")
    network = module.extractor.network
    trained = {name for name, p in network.named_parameters() if p.requires_grad}
    assert not trained & {"pos_embed", "cls_token", "blocks.5.norm1.weight"}
    assert {"blocks.6.norm1.weight", "norm.weight"} <= trained


def test_logits_are_those_of_the_head_on_features(load, shapes):
    backbone = load()
    module = make(backbone.extractor, True).eval()
    pixels = torch.tensor(np.stack([backbone.preprocessing(image) for image in shapes[0]]))
    with torch.no_grad():
        assert_allclose(module(pixels), module.head(backbone.extractor(pixels)), rtol=1e-5)


def test_frozen_parts_by_name_and_number(load):
    extractor = load().extractor
    parts = extractor.part_names
    assert find_frozen(extractor, True) == parts
    assert find_frozen(extractor, False) == find_frozen(extractor, 0) == ()
    assert find_frozen(extractor, "1") == find_frozen(extractor, 2)
    assert find_frozen(extractor, "1")[-1] == "1"
    # 1 is equal to True, and a number nevertheless.
    assert find_frozen(extractor, 1) == find_frozen(extractor, "0") != parts


@pytest.mark.parametrize(
    ("freeze", "message"),
    [
        ("layer9", r"freeze='layer9': expected True, False.*\['0', '1', '2'\]"),
        (7, "freeze=7: expected True, False, a number from 0 to 3"),
        (-1, "freeze=-1: expected"),
    ],
)
def test_an_unknown_stage(make_trainable, shapes, freeze, message):
    with pytest.raises(ValueError, match=message):
        make_trainable(freeze=freeze).fit(*shapes)


def test_frozen_stages_keep_their_weights(make_trainable, shapes, load):
    before = load().extractor.network.state_dict()
    trained = changed(before, make_trainable(freeze="0").fit(*shapes))
    assert all(not name.startswith("0.") for name in trained)
    assert {"1.0.weight", "2.0.weight", "1.1.weight"} <= trained


@pytest.mark.parametrize("frozen", [True, False])
def test_statistics_of_batch_normalization(make_trainable, shapes, load, frozen):
    before = load().extractor.network.state_dict()
    trained = changed(before, make_trainable(freeze_batch_norm=frozen).fit(*shapes))
    statistics = {name for name in trained if "running" in name}
    assert bool(statistics) is not frozen
