"""Backbones trained together with the head."""

import pickle
from fnmatch import fnmatch

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from skorch.callbacks import Callback

import skmlic
from skmlic import TransferMultiLabelClassifier, model_stages
from skmlic.backbones import load_backbone
from skmlic.datasets import make_multilabel_shapes
from skmlic.embedding import autocast
from skmlic.metrics import average_precision_score, get_scorer
from skmlic.model_selection import MultiLabelStratifiedKFold, TunedThresholdMultiLabelClassifierCV
from skmlic.training import count_head_epochs
from skmlic.training._depthwise import depthwise_in_fp32
from skmlic.training._fine_tuned_module import FineTunedModule, find_frozen
from skmlic.training._image_loader import ImageDataset, ImageLoader
from skmlic.training._learning_rates import make_rate_groups
from skmlic.training._parameter_checks import _check_compiler

X, Y = make_multilabel_shapes(60, n_labels=3, random_state=0)
X_TEST, Y_TEST = make_multilabel_shapes(100, n_labels=3, random_state=1)


@pytest.fixture(scope="session")
def make(make_classifier):
    def make_it(**parameters):
        defaults = {
            "backbone": "tiny_cnn",
            "precision": "fp32",
            "engine": "torch",
            "freeze": False,
            "max_epochs": 4,
            "unfreeze_after": 1,
            "batch_size": 16,
            "random_state": 0,
        }
        return make_classifier(**{**defaults, **parameters})

    return make_it


def weights_of(clf):
    return clf.embedder_.backbone_.extractor.network.state_dict()


def changed(before, after):
    return {name for name in before if not torch.equal(before[name], after[name])}


def load(backbone="tiny_cnn"):
    return load_backbone(backbone, None, pooling="stages", image_size=None, resize="squash")


def test_all_frozen_is_the_frozen_route(make):
    last = model_stages("tiny_cnn")[-1]
    frozen = make(freeze=True, mix=None).fit(X, Y)
    trained = make(freeze=last, unfreeze_after=0).fit(X, Y)
    assert not changed(weights_of(frozen), weights_of(trained))
    assert_allclose(trained.predict_proba(X_TEST), frozen.predict_proba(X_TEST), atol=2e-3)
    by_number = make(freeze=3, unfreeze_after=0).fit(X, Y)
    assert_array_equal(by_number.predict_proba(X_TEST), trained.predict_proba(X_TEST))


def test_rate_0_changes_nothing(make):
    clf = make(lr=0.0, max_epochs=2).fit(X, Y)
    plain = make(freeze=True, lr=0.0, max_epochs=1).fit(X, Y)
    assert not changed(weights_of(plain), weights_of(clf))
    assert_allclose(clf.predict_proba(X), plain.predict_proba(X), rtol=1e-5)


def test_what_is_frozen_stays(make):
    before = load().extractor.network.state_dict()
    after = weights_of(make(freeze="0").fit(X, Y))
    assert all(not name.startswith("0.") for name in changed(before, after))
    assert {"1.0.weight", "2.0.weight", "1.1.weight"} <= changed(before, after)


@pytest.mark.parametrize("frozen", [True, False])
def test_statistics_of_batch_normalisation(make, frozen):
    before = load().extractor.network.state_dict()
    after = weights_of(make(freeze_batch_norm=frozen).fit(X, Y))
    statistics = {name for name in changed(before, after) if "running" in name}
    assert bool(statistics) is not frozen


def test_the_shared_network_is_left_alone(make):
    plain = make(freeze=True)
    expected = plain.fit(X, Y).predict_proba(X_TEST)
    make().fit(X, Y)
    skmlic.clear_cache()
    assert_array_equal(clone(plain).fit(X, Y).predict_proba(X_TEST), expected)


@pytest.mark.parametrize("augment", [None, "light"])
def test_same_seed_same_result(make, augment):
    first, second = (make(augment=augment).fit(X, Y).predict_proba(X_TEST) for _ in range(2))
    assert_array_equal(first, second)
    other = make(augment=augment, random_state=1).fit(X, Y).predict_proba(X_TEST)
    assert not np.array_equal(first, other)


def test_the_generator_is_left_alone(make):
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    make(augment="flip").fit(X, Y)
    assert torch.equal(torch.rand(3), expected)


def test_training_a_random_network_pays(make):
    frozen = make(freeze=True, max_epochs=40, lr=3e-3).fit(X, Y)
    trained = make(max_epochs=40, unfreeze_after=10, lr=3e-3, backbone_lr=3e-3).fit(X, Y)
    scores = [average_precision_score(Y_TEST, c.predict_proba(X_TEST)) for c in (frozen, trained)]
    assert scores[1] > scores[0]
    assert trained.history_["train_loss"].iloc[-1] < frozen.history_["train_loss"].iloc[-1]


@pytest.mark.parametrize("backbone", ["cnn4", "cnn3_bn", "cnn5_bn_avg"])
def test_networks_from_scratch(make, backbone):
    clf = make(backbone=backbone, image_size=32, max_epochs=2, freeze_batch_norm=False).fit(X, Y)
    assert clf.predict_proba(X_TEST).shape == (100, 3)


def test_counts_of_epochs(make):
    clf = make().fit(X, Y)
    assert clf.n_iter_ == len(clf.history_) == 4
    assert list(clf.history_.index) == [1, 2, 3, 4]
    assert count_head_epochs(make(max_epochs=8, unfreeze_after=None)) == 6


def test_weights_are_named(make):
    assert make().fit(X, Y).weights_name_ == "random, fine-tuned"


def test_pickle_and_clone(make):
    clf = make().fit(X, Y)
    expected = clf.predict_proba(X_TEST)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict_proba(X_TEST), expected)
    assert_array_equal(clone(clf).fit(X, Y).predict_proba(X_TEST), expected)


def test_searches_and_thresholds(make):
    search = GridSearchCV(
        TunedThresholdMultiLabelClassifierCV(make(max_epochs=2), cv=2),
        {"estimator__freeze": [True, "0"]},
        scoring=get_scorer("map"),
        cv=MultiLabelStratifiedKFold(2),
        error_score="raise",
    ).fit(X, Y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_paths_weights_and_unknown_labels(make, tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(len(X))]
    for path, image in zip(paths, X, strict=True):
        Image.fromarray(image).save(path)
    partial = Y.astype(float)
    partial[::3, 1] = np.nan
    weight = np.where(np.arange(len(X)) % 4 == 0, 0.0, 1.0)
    clf = make(augment="geometric").fit(paths, partial, sample_weight=weight)
    assert np.isfinite(clf.predict_proba(paths)).all()
    used = weight > 0
    rest = [path for path, is_used in zip(paths, used, strict=True) if is_used]
    same = make(augment="geometric").fit(rest, partial[used])
    assert_allclose(same.predict_proba(paths), clf.predict_proba(paths), atol=1e-5)


def test_features_of_new_weights_stay_off_the_disk(make, tmp_path):
    def size():
        return sum(file.stat().st_size for file in tmp_path.rglob("*") if file.is_file())

    clf = make(memory=tmp_path).fit(X, Y)
    before = size()
    assert before > 0
    clf.predict_proba(X_TEST)
    assert size() == before


@pytest.mark.skipif(
    not hasattr(TransferMultiLabelClassifier, "set_callbacks"),
    reason="scikit-learn has callbacks since 1.9",
)
def test_callbacks_that_score_see_the_head(make):
    from sklearn.callback import ScoringMonitor

    monitor = ScoringMonitor(scoring=get_scorer("map"))
    clf = make(max_epochs=4, unfreeze_after=2).set_callbacks(monitor).fit(X, Y)
    assert clf.n_iter_ == 4


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"freeze": "layer9"}, r"freeze='layer9': expected True, False.*\['0', '1', '2'\]"),
        ({"freeze": 7}, "freeze=7: expected True, False, a number from 0 to 3"),
        ({"freeze": True, "augment": "flip"}, "has no effect with a frozen backbone and one view"),
        ({"freeze": True, "mix": "cutmix"}, "mix='cutmix' changes.*expected mix=None"),
        ({"freeze": True, "erasing": 0.1}, "erasing=0.1 changes.*expected erasing=0.0"),
        ({"unfreeze_after": 9}, "unfreeze_after=9 is more than max_epochs=4"),
        ({"augment": "flop"}, "augment='flop'.*flip"),
    ],
)
def test_errors(make, parameters, message):
    with pytest.raises(ValueError, match=message):
        make(**parameters).fit(X, Y)


class Interrupt(Callback):
    """A user who presses Ctrl-C at the end of an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, net, **kwargs):
        if len(net.history) == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epoch", [1, 3])
def test_what_was_cut_off_is_not_fitted(make, epoch):
    clf = make(max_epochs=5, unfreeze_after=2).fit(X, Y)
    clf.set_params(net_params={"callbacks": [("interrupt", Interrupt(epoch))]})
    with pytest.raises(KeyboardInterrupt):
        clf.fit(X, Y)
    with pytest.raises(NotFittedError):
        clf.predict(X)
    frozen = make(freeze=True, net_params=clf.net_params, max_epochs=4)
    with pytest.raises(KeyboardInterrupt):
        frozen.fit(X, Y)
    with pytest.raises(NotFittedError):
        frozen.predict(X)


def test_nothing_to_train(make):
    with pytest.raises(ValueError, match="backbone='precomputed' has no network to train"):
        make(backbone="precomputed").fit(np.ones((60, 2)), Y)


def test_loader_gives_each_picture_once_in_order():
    preprocessing = load().preprocessing
    target = torch.arange(60)
    dataset = ImageDataset(list(X), target)
    loader = ImageLoader(dataset, 16, preprocessing=preprocessing, n_threads=2)
    batches = list(loader)
    assert len(batches) == len(loader) == 4
    assert torch.equal(torch.cat([rows for _, rows in batches]), target)
    expected = np.stack([preprocessing(image) for image in X])
    assert_array_equal(torch.cat([pixels for pixels, _ in batches]).numpy(), expected)


def test_modes_of_the_parts():
    extractor = load("resnet18").extractor
    head = torch.nn.Linear(extractor.n_features, 2)
    network = FineTunedModule(extractor, head, "layer3", True).train()
    parts = dict(extractor.network.named_modules())
    assert not parts["layer3.0.bn1"].training
    assert not parts["layer4.0.bn1"].training
    assert parts["layer4.0.conv1"].training
    assert not parts["layer3.0.conv1"].weight.requires_grad
    assert parts["layer4.0.conv1"].weight.requires_grad
    assert find_frozen(extractor, False) == ()
    assert not any(part.training for part in network.eval().modules())


# Rates by stage


def rates_of(extractor, layer_decay):
    """Return the rate of each of the backbone's parameters, by the groups of a net's optimizer."""
    head = torch.nn.Linear(extractor.n_features, 2)
    network = FineTunedModule(extractor, head, False, True)
    groups = make_rate_groups(extractor, 0.1, layer_decay)
    rates = {}
    for name, _ in network.named_parameters():
        matching = [options["lr"] for pattern, options in groups if fnmatch(name, pattern)]
        if matching:
            rates[name.removeprefix("extractor.network.")] = matching[0]
    assert not any(name.startswith("head.") for name in rates)
    assert len(rates) == len(list(extractor.network.parameters()))
    return rates


def test_rates_of_stages():
    rates = rates_of(load("resnet18").extractor, 0.5)
    expected = {
        "conv1.weight": 0.1 / 16,
        "bn1.bias": 0.1 / 16,
        "layer1.1.conv2.weight": 0.1 / 8,
        "layer2.0.conv1.weight": 0.1 / 4,
        "layer3.0.downsample.0.weight": 0.1 / 2,
        "layer4.0.conv1.weight": 0.1,
        "layer4.1.bn2.weight": 0.1,
    }
    assert {name: rates[name] for name in expected} == pytest.approx(expected)
    assert set(rates_of(load("resnet18").extractor, 1.0).values()) == {0.1}


def test_rates_of_a_transformers_blocks():
    rates = rates_of(load("timm/vit_tiny_patch16_224").extractor, 0.9)
    blocks = [rates[f"blocks.{number}.mlp.fc1.weight"] for number in range(12)]
    assert blocks == pytest.approx([0.1 * 0.9 ** (12 - number) for number in range(12)])
    assert rates["norm.weight"] == 0.1
    assert rates["pos_embed"] == rates["patch_embed.proj.weight"] == pytest.approx(0.1 * 0.9**13)


def test_the_optimizer_has_these_rates(make):
    seen = []

    class Rates(Callback):
        def on_train_begin(self, net, **kwargs):
            seen.append([group["lr"] for group in net.optimizer_.param_groups])

        def __deepcopy__(self, memo):
            return self

    clf = make(layer_decay=0.1, backbone_lr=1e-3, net_params={"callbacks": [Rates()]}).fit(X, Y)
    head, both = seen
    assert head == [clf.lr]
    assert sorted(set(both)) == pytest.approx([1e-5, 1e-4, 1e-3])
    assert both[-2:] == pytest.approx([1e-3, clf.lr])
    assert clf.history_["backbone_lr"].iloc[-1] == pytest.approx(1e-3)


def test_with_a_decay_early_stages_change_less(make):
    def find_changes(layer_decay):
        before = load().extractor.network.state_dict()
        clf = make(layer_decay=layer_decay, backbone_lr=1e-2, optimizer="sgd").fit(X, Y)
        after = weights_of(clf)
        return [(after[name] - before[name]).norm() for name in ("0.0.weight", "2.0.weight")]

    (first, last), (decayed, same) = find_changes(1.0), find_changes(0.01)
    assert decayed < first / 100
    assert same > last / 2


def test_what_is_in_no_part_is_frozen_with_the_first():
    extractor = load("timm/vit_tiny_patch16_224").extractor
    head = torch.nn.Linear(extractor.n_features, 2)
    network = FineTunedModule(extractor, head, "blocks.5", True)
    trained = {n for n, p in network.extractor.network.named_parameters() if p.requires_grad}
    assert not trained & {"pos_embed", "cls_token", "blocks.5.norm1.weight"}
    assert {"blocks.6.norm1.weight", "norm.weight"} <= trained


# Pictures changed at random


def test_erasing_makes_parts_grey():
    preprocessing = load().preprocessing
    images = [np.full((40, 40, 3), 200, np.uint8)] * 20
    loader = ImageLoader(ImageDataset(images, None), 10, preprocessing=preprocessing, erasing=0.5)
    pixels = torch.cat([pixels for pixels, _ in loader])
    assert pixels.unique().tolist() == [128, 200]
    erased = (pixels == 128).flatten(1).any(1)
    assert 0 < erased.sum() < 20
    assert (pixels[~erased] == 200).all()


@pytest.mark.parametrize("augment", [None, "flip"])
def test_erasing_is_determined_by_the_seed(make, augment):
    first, second = (
        make(augment=augment, erasing=0.5).fit(X, Y).predict_proba(X_TEST) for _ in range(2)
    )
    assert_array_equal(first, second)
    assert not np.array_equal(make(augment=augment).fit(X, Y).predict_proba(X_TEST), first)


# Memory and arithmetic


def test_the_tuned_network_is_an_ordinary_one(make):
    extractor = make().fit(X, Y).embedder_.backbone_.extractor
    assert all(p.is_contiguous() and not p.requires_grad for p in extractor.parameters())
    assert not any(module.training for module in extractor.modules())


def test_depthwise_convolutions_in_bf16():
    extractor = load("mobilenet_v3_small").extractor
    pixels = torch.randint(0, 256, (2, 224, 224, 3), dtype=torch.uint8)
    types = set()
    depthwise = [m for m in extractor.network.modules() if getattr(m, "groups", 1) > 1]
    handles = [m.register_forward_hook(lambda m, i, out: types.add(out.dtype)) for m in depthwise]

    def extract(precision):
        device = torch.device("cpu")
        types.clear()
        with (
            torch.no_grad(),
            depthwise_in_fp32(extractor.network, device, precision),
            autocast(device, precision),
        ):
            return extractor(pixels)

    expected = extract("fp32")
    features = extract("bf16")
    assert types == {torch.float32}
    assert_allclose(features, expected, atol=0.02 * expected.abs().max())
    assert not torch.equal(features, expected)
    assert not any("forward" in vars(m) for m in extractor.network.modules())
    assert len(handles) == len(depthwise) == 11


def test_a_tuned_network_in_bf16(make):
    clf = make(backbone="mobilenet_v3_small", weights=None, image_size=32, precision="bf16")
    clf.set_params(max_epochs=2, freeze=3).fit(X, Y)
    assert_array_equal(pickle.loads(pickle.dumps(clf)).predict(X_TEST), clf.predict(X_TEST))


def has_compiler():
    try:
        _check_compiler(torch.device("cpu"))
    except RuntimeError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("freeze", [False, "0"])
def test_compiled_training_is_the_same(make, freeze):
    if not has_compiler():
        pytest.skip("needs a C++ compiler")
    plain, compiled = (make(freeze=freeze, compile=flag).fit(X, Y) for flag in (False, True))
    assert_allclose(compiled.history_["train_loss"], plain.history_["train_loss"], rtol=1e-4)
    assert_allclose(compiled.predict_proba(X), plain.predict_proba(X), rtol=1e-3)
    expected = compiled.predict_proba(X_TEST)
    assert_array_equal(pickle.loads(pickle.dumps(compiled)).predict_proba(X_TEST), expected)
    extractor = compiled.embedder_.backbone_.extractor
    assert "_extract" not in vars(extractor)
    assert not any(module._forward_hooks for module in extractor.modules())


def test_where_nothing_compiles(make, monkeypatch):
    def fail(function):
        raise OSError("no g++")

    monkeypatch.setattr(torch, "compile", fail)
    with pytest.raises(RuntimeError, match=r"does not work here \(OSError: no g\+\+\)"):
        make(compile=True).fit(X, Y)
    make(compile=True, freeze=True).fit(X, Y)


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["auto", "fp32", "bf16", "fp16"])
@pytest.mark.parametrize("freeze", [False, "0"])
def test_on_a_gpu(make, precision, freeze):
    clf = make(device="cuda", precision=precision, freeze=freeze, gradient_clip=1.0).fit(X, Y)
    plain = make(device="cpu", freeze=freeze, gradient_clip=1.0).fit(X, Y)
    assert_allclose(clf.predict_proba(X_TEST), plain.predict_proba(X_TEST), atol=0.05)
    assert_allclose(clf.history_["train_loss"], plain.history_["train_loss"], rtol=0.05)


@pytest.mark.gpu
def test_what_float16_would_lose_is_scaled(make):
    clf = make(device="cuda", precision="fp16", mix="either", accumulation_steps=2, batch_size=8)
    before = load().extractor.network.state_dict()
    assert "0.0.weight" in changed(before, weights_of(clf.fit(X, Y)))
    assert np.isfinite(clf.predict_proba(X_TEST)).all()
