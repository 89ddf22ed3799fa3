import copy
import pickle

import numpy as np
import pytest
import timm.loss
import torch
from torch import nn
from torch.nn import functional as F
from torch.testing import assert_close
from torchvision.ops import sigmoid_focal_loss

from skmlic.losses import (
    LOSSES,
    AssumedNegatives,
    AsymmetricLoss,
    BCELoss,
    DistributionBalancedLoss,
    FBetaLoss,
    FocalLoss,
    HammingLoss,
    L1Loss,
    MSELoss,
    SoftMarginLoss,
    TwoWayLoss,
    ZLPRLoss,
    make_loss,
)
from skmlic.losses._base import count_terms

NAN = float("nan")
ENTRYWISE = [name for name in LOSSES if name not in ("fbeta", "zlpr", "two_way")]
SAMPLE_WEIGHTED = [name for name in LOSSES if name != "two_way"]


def _make(name, n_labels=4, **options):
    counts = torch.arange(1, n_labels + 1)
    return make_loss(name, label_counts=counts, n_samples=50, options=options)


def _data(n=12, n_labels=4, seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    logits = 3 * torch.randn(n, n_labels, generator=generator, dtype=dtype)
    target = (torch.rand(n, n_labels, generator=generator) < 0.4).to(dtype)
    target[0] = 1
    target[1] = 0
    return logits, target


def _value_and_gradient(loss, logits, target):
    logits = logits.detach().clone().requires_grad_()
    value = loss(logits, target)
    assert value.shape == ()
    value.backward()
    return value.detach(), logits.grad


def _mask(target, seed=1):
    unknown = torch.rand(target.shape, generator=torch.Generator().manual_seed(seed)) < 0.3
    return target.masked_fill(unknown, NAN)


# What they equal


@pytest.mark.parametrize("label_weight", [None, torch.linspace(0.5, 2, 20)])
@pytest.mark.parametrize("sample_weight", [None, torch.linspace(0.3, 3, 64)])
def test_bce_is_torchs_to_the_last_bit(label_weight, sample_weight):
    logits, target = _data(64, 20)
    weight = torch.ones(20) if label_weight is None else label_weight
    given = target
    if sample_weight is not None:
        weight, given = weight * sample_weight[:, None], (target, sample_weight)
    reference = nn.BCEWithLogitsLoss(weight)
    expected = _value_and_gradient(reference, logits, target)
    actual = _value_and_gradient(BCELoss(label_weight=label_weight), logits, given)
    assert all(map(torch.equal, actual, expected))


@pytest.mark.parametrize("pos_weight", [3.0, [1.0, 2.0, 3.0, 0.5]])
def test_bce_with_pos_weight_and_smoothing_is_torchs(pos_weight):
    logits, target = _data()
    expected = F.binary_cross_entropy_with_logits(
        logits, target * 0.8 + 0.1, pos_weight=torch.tensor(pos_weight)
    )
    assert_close(BCELoss(pos_weight=pos_weight, label_smoothing=0.2)(logits, target), expected)


def test_soft_margin_is_torchs():
    logits, target = _data()
    assert_close(SoftMarginLoss()(logits, target), nn.MultiLabelSoftMarginLoss()(logits, target))
    assert SoftMarginLoss is BCELoss


@pytest.mark.parametrize("gamma", [0, 0.5, 2])
@pytest.mark.parametrize("alpha", [None, 0.25])
def test_focal_is_torchvisions(gamma, alpha):
    logits, target = _data()
    expected = sigmoid_focal_loss(logits, target, alpha or -1, gamma, "mean")
    assert_close(FocalLoss(gamma, alpha)(logits, target), expected)


@pytest.mark.parametrize("clip", [0, 0.05, 0.3])
@pytest.mark.parametrize("gammas", [(4, 0), (4, 1), (0, 0), (2.5, 0.5)])
def test_asymmetric_is_timms(clip, gammas):
    logits, target = _data()
    reference = timm.loss.AsymmetricLossMultiLabel(*gammas, clip)
    expected = reference(logits, target)
    if not hasattr(reference, "reduction"):  # Before 1.0.31 it summed over the batch, too.
        expected = expected / len(logits)
    assert_close(AsymmetricLoss(*gammas, clip)(logits, target) * 4, expected)


def test_asymmetric_without_asymmetry_is_focal():
    logits, target = _data()
    assert_close(AsymmetricLoss(2, 2, 0)(logits, target), FocalLoss(2)(logits, target))


@pytest.mark.parametrize(
    ("name", "of_timm", "arguments"),
    [
        ("two_way", "TwoWayLoss", ()),
        ("zlpr", "ZlprLoss", ()),
        ("db", "DistributionBalancedLoss", (torch.tensor([1, 2, 3, 4]), 50)),
    ],
)
def test_others_are_timms(name, of_timm, arguments):
    if not hasattr(timm.loss, of_timm):
        pytest.skip(f"this timm has no {of_timm}")
    logits, target = _data()
    reference = getattr(timm.loss, of_timm)(*arguments)
    for rows in (slice(None), slice(1, 2)):
        expected = _value_and_gradient(reference, logits[rows], target[rows])
        assert_close(_value_and_gradient(_make(name), logits[rows], target[rows]), expected)


def test_distribution_balanced_smoothing_is_timms():
    if not hasattr(timm.loss, "DistributionBalancedLoss"):
        pytest.skip("this timm has no DistributionBalancedLoss")
    logits, target = _data()
    reference = timm.loss.DistributionBalancedLoss([0, 50, 3, 4], 50, smoothing=0.1)
    loss = DistributionBalancedLoss([0, 50, 3, 4], [50] * 4, label_smoothing=0.1)
    assert_close(loss(logits, target), reference(logits, target))


def test_distribution_balanced_takes_samples_by_label():
    # A label of which nothing is known counts as one positive of two.
    logits, target = _data()
    by_label = DistributionBalancedLoss([0, 1, 1, 1], [0, 2, 20, 50])
    _, gradient = _value_and_gradient(by_label, logits, target)
    for label, n_samples in enumerate([2, 2, 20, 50]):
        loss = DistributionBalancedLoss([1, 1, 1, 1], n_samples)
        _, expected = _value_and_gradient(loss, logits, target)
        assert_close(gradient[:, label], expected[:, label])


def test_distances_are_torchs():
    logits, target = _data()
    p = logits.sigmoid()
    assert_close(MSELoss()(logits, target), F.mse_loss(p, target))
    assert_close(L1Loss()(logits, target), F.l1_loss(p, target))
    smoothed = target * 0.8 + 0.1
    assert_close(L1Loss(label_smoothing=0.2)(logits, target), F.l1_loss(p, smoothed))
    assert HammingLoss is L1Loss


def test_hamming_of_decisions_is_scikit_learns():
    from sklearn.metrics import hamming_loss

    logits, target = _data()
    expected = hamming_loss(target, logits > 0)
    assert_close(HammingLoss()(logits * 1e4, target), torch.tensor(expected, dtype=torch.float32))


@pytest.mark.parametrize("average", ["macro", "micro", "samples"])
@pytest.mark.parametrize("beta", [0.5, 1, 2])
def test_fbeta_of_decisions_is_scikit_learns(average, beta):
    from sklearn.metrics import fbeta_score

    logits, target = _data()
    has_positive = target.any(dim=1)
    logits, target = logits[has_positive] * 1e4, target[has_positive]
    weight = np.linspace(0.5, 2, len(target))
    score = fbeta_score(target, logits > 0, beta=beta, average=average)
    assert FBetaLoss(beta, average)(logits, target).item() == pytest.approx(1 - score, abs=1e-5)
    if average != "samples":
        score = fbeta_score(target, logits > 0, beta=beta, average=average, sample_weight=weight)
        value = FBetaLoss(beta, average)(logits, (target, torch.tensor(weight)))
        assert value.item() == pytest.approx(1 - score, abs=1e-5)


# Unknown entries


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dim", [0, 1])
def test_unknown_rows_and_columns_are_as_if_left_out(name, dim):
    # A label left out is left out of parameters, too.
    logits, target = _data(8, 4)
    kept = torch.tensor([1, 2, 3] if dim else [0, 2, 3, 5, 7])
    masked = torch.full_like(target, NAN).index_copy(dim, kept, target.index_select(dim, kept))
    counts = torch.tensor([5.0, 1, 2, 3])
    some = counts[kept] if dim else counts
    loss = make_loss(name, label_counts=counts, n_samples=9)
    loss_of_rest = make_loss(name, label_counts=some, n_samples=9)
    value, gradient = _value_and_gradient(loss, logits, masked)
    rest = logits.index_select(dim, kept), target.index_select(dim, kept)
    expected, gradient_of_rest = _value_and_gradient(loss_of_rest, *rest)
    assert_close(value, expected)
    assert_close(gradient, torch.zeros_like(logits).index_copy(dim, kept, gradient_of_rest))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_entries_of_a_mean_are_known_ones(name):
    logits, target = _data()
    masked = _mask(target)
    known = ~masked.isnan()
    if name == "db":  # Its weights depend on a row's known positives.
        loss, filled = _make(name), masked.nan_to_num(0)
        terms = torch.stack(
            [_only(loss, logits, filled, i, j) for i, j in known.nonzero().tolist()]
        )
    else:
        loss = _make(name, label_smoothing=0.1, pos_weight=2.0)
        terms = loss(logits[known][:, None], target[known][:, None])
    assert_close(loss(logits, masked), terms.mean())


def _only(loss, logits, target, i, j):
    weight = torch.zeros(logits.shape[1])
    weight[j] = logits.shape[1]
    weighted = copy.deepcopy(loss)
    weighted.label_weight = weight
    return weighted(logits[[i]], target[[i]])


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("weighted", [False, True])
def test_logits_of_unknown_entries_do_not_matter(name, weighted):
    logits, target = _data()
    masked = _mask(target)
    given = (masked, torch.ones(12)) if weighted else masked
    value, gradient = _value_and_gradient(_make(name), logits, given)
    assert (gradient[masked.isnan()] == 0).all()
    assert (gradient[~masked.isnan()] != 0).any()
    for other in (-50.0, float("inf"), NAN):
        changed = logits.masked_fill(masked.isnan(), other)
        assert_close(_value_and_gradient(_make(name), changed, given), (value, gradient))


@pytest.mark.parametrize("name", LOSSES)
def test_nothing_known_is_zero(name):
    logits, target = _data()
    value, gradient = _value_and_gradient(_make(name), logits, torch.full_like(target, NAN))
    assert value == 0
    assert (gradient == 0).all()


# Weights


@pytest.mark.parametrize("name", SAMPLE_WEIGHTED)
@pytest.mark.parametrize("masked", [False, True])
def test_weight_two_is_the_sample_twice(name, masked):
    # After normalisation: by the number of samples, as by that of known entries.
    logits, target = _data(10, 4)
    if masked:
        target[:, 1] = NAN
    weight = torch.ones(10)
    weight[[2, 5, 6]] = 2
    twice = torch.tensor([*range(10), 2, 5, 6])
    loss = _make(name)
    scale = 1 if name == "fbeta" else 10 / 13
    assert_close(
        loss(logits, (target, weight)) * scale,
        loss(logits[twice], target[twice]),
        rtol=1e-5,
        atol=0,
    )


@pytest.mark.parametrize("average", ["micro", "samples"])
def test_weight_two_is_the_sample_twice_in_other_averages(average):
    logits, target = _data(10, 4)
    target = torch.ones_like(target).triu()  # a positive in each of four samples
    weight = torch.ones(10)
    weight[[1, 3]] = 2
    twice = torch.tensor([*range(10), 1, 3])
    loss = FBetaLoss(average=average)
    scale = 4 / 6 if average == "samples" else 1
    value = loss(logits, (target, weight)) * scale
    assert_close(value, loss(logits[twice], target[twice]))


@pytest.mark.parametrize("name", SAMPLE_WEIGHTED)
def test_weight_zero_has_no_gradient(name):
    logits, target = _data()
    weight = torch.ones(12)
    weight[4] = 0
    _, gradient = _value_and_gradient(_make(name), logits, (target, weight))
    assert (gradient[4] == 0).all()
    assert gradient[5].any()


@pytest.mark.parametrize("name", [*ENTRYWISE, "fbeta"])
def test_label_weight_is_in_proportion(name):
    logits, target = _data()
    weights = torch.eye(4)
    total = sum(_make(name, label_weight=weight)(logits, target) for weight in weights)
    assert_close(total, _make(name)(logits, target))
    value, gradient = _value_and_gradient(_make(name, label_weight=[0, 2, 1, 1]), logits, target)
    assert (gradient[:, 0] == 0).all()
    assert value.isfinite()


@pytest.mark.parametrize("average", ["micro", "samples"])
def test_label_weight_zero_leaves_a_label_out_of_fbeta(average):
    logits, target = _data()
    value = FBetaLoss(average=average, label_weight=[0, 1, 1, 1])(logits, target)
    assert_close(value, FBetaLoss(average=average)(logits[:, 1:], target[:, 1:]))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_pos_weight_multiplies_positives(name):
    logits, target = _data()
    target = target.roll(1, 0)
    plain, heavy = _make(name), _make(name, pos_weight=3.0)
    by_label = _make(name, pos_weight=[3.0] * 4)
    _, gradient = _value_and_gradient(plain, logits, target)
    for loss in (heavy, by_label):
        _, actual = _value_and_gradient(loss, logits, target)
        assert_close(actual, gradient * (1 + 2 * target))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_smoothing_pulls_sure_logits_back(name):
    target = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    logits = 8 * (2 * target - 1)
    _, plain = _value_and_gradient(_make(name), logits, target)
    _, smooth = _value_and_gradient(_make(name, label_smoothing=0.2), logits, target)
    direction = 2 * target - 1
    assert (plain * direction <= 0).all()
    assert (smooth * direction > 0).all()


def test_two_way_ranks():
    logits, target = _data()
    assert_close(TwoWayLoss()(logits + 5, target), TwoWayLoss()(logits, target))


# Numbers


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("size", [100.0, 1e3])
def test_extreme_logits(name, size):
    signs = torch.tensor([1.0, -1.0])
    target = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]).repeat(1, 2)
    wrong = -size * (2 * target - 1)
    for logits in (wrong, -wrong, size * signs.repeat(4, 2), torch.zeros(4, 4)):
        value, gradient = _value_and_gradient(_make(name), logits, target)
        assert value.isfinite()
        assert value >= 0
        assert gradient.isfinite().all()
    right = _make(name)(-wrong, target)
    assert right < 1e-5
    assert _make(name)(wrong, target) > 0.2
    if name in ("bce", "focal", "zlpr", "two_way", "db"):
        _, gradient = _value_and_gradient(_make(name), wrong, target)
        assert (gradient.norm(dim=0) > 0.01).all()


@pytest.mark.parametrize("gamma", [0.0, 0.3, 1.0, 2.0])
@pytest.mark.parametrize("make", [FocalLoss, lambda g: AsymmetricLoss(g, g)])
def test_small_gamma_has_finite_gradients(gamma, make):
    logits = torch.tensor([[-200.0, -3.0, -2.9, 0.0, 200.0]])
    for target in (torch.zeros(1, 5), torch.ones(1, 5)):
        _, gradient = _value_and_gradient(make(gamma), logits, target)
        assert gradient.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_gradcheck(name):
    logits, target = _data(4, 3, dtype=torch.float64)
    target[2, 1] = NAN
    weight = None if name == "two_way" else torch.tensor([0.5, 2, 1, 1], dtype=torch.float64)
    loss = _make(name, n_labels=3)
    given = target if weight is None else (target, weight)
    assert torch.autograd.gradcheck(lambda x: loss(x, given), logits.requires_grad_())


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(name, dtype):
    logits, target = _data()
    logits = logits.to(dtype)
    expected = _make(name)(logits.float(), target)
    for given in (target, target.to(dtype), target.bool(), target.long()):
        assert torch.equal(_make(name)(logits, given), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(_make(name)(logits, target), expected)
    _, gradient = _value_and_gradient(_make(name), logits, target)
    assert gradient.dtype == dtype
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", LOSSES)
def test_inputs_are_left_alone_and_pickles_agree(name):
    logits, target = _data()
    target = _mask(target)
    before = logits.clone(), target.clone()
    loss = _make(name)
    value = loss(logits, target)
    assert_close((logits, target), before, rtol=0, atol=0, equal_nan=True)
    for other in (loss, pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), _make(name)):
        assert torch.equal(other(logits, target), value)


def test_weights_are_copied():
    weight = np.ones(4, dtype=np.float32)
    loss = BCELoss(label_weight=weight)
    weight[:] = 0
    assert (loss.label_weight == 1).all()


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("n_labels", [1, 2, 20])
def test_a_linear_model_learns(name, n_labels):
    generator = torch.Generator().manual_seed(n_labels)
    X = torch.randn(300, 30, generator=generator)
    plane = torch.linalg.qr(torch.randn(30, n_labels, generator=generator)).Q
    scores = X @ plane
    X = X + 0.5 * scores.sign() @ plane.T
    target = (scores > 0).float()
    weight = torch.zeros(30, n_labels, requires_grad=True)
    bias = torch.zeros(n_labels, requires_grad=True)
    optimizer = torch.optim.Adam([weight, bias], lr=0.1)
    loss = make_loss(name, label_counts=target.sum(0), n_samples=300)
    values = []
    for _ in range(200):
        optimizer.zero_grad()
        value = loss(X @ weight + bias, target)
        value.backward()
        optimizer.step()
        values.append(value.item())
    assert values[-1] < values[0] / 2
    decisions = X @ weight + bias > 0
    assert (decisions == target.bool()).all(dim=1).float().mean() > 0.9


# The registry, and errors


def test_make_loss_of_name_class_and_instance():
    weight = np.array([0.5, 1.5])
    by_name = make_loss("focal", label_weight=weight, options={"gamma": 1})
    by_class = make_loss(FocalLoss, label_weight=weight, options={"gamma": 1})
    instance = FocalLoss(1, label_weight=weight)
    by_instance = make_loss(instance, label_weight=np.ones(2))
    assert by_instance is not instance
    logits, target = _data(n_labels=2)
    for loss in (by_name, by_class, by_instance):
        assert torch.equal(loss(logits, target), instance(logits, target))
    db = make_loss("db", label_counts=np.array([3, 4]), n_samples=9, options={"n_samples": 5})
    assert torch.equal(db(logits, target), DistributionBalancedLoss([3, 4], 5)(logits, target))
    assert isinstance(make_loss("zlpr", label_weight=[1.0, 1.0 + 1e-15]), ZLPRLoss)


class _Anything(nn.Module):
    def __init__(self, **options):
        super().__init__()
        self.options = options


def test_make_loss_of_a_class_of_ones_own():
    assert make_loss(_Anything, label_weight=[1.0], options={"a": 1}).options == {"a": 1}
    assert make_loss(nn.SmoothL1Loss, options={"beta": 2.0}).beta == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": "focl"}, "Did you mean 'focal'.*Names are bce, "),
        ({"loss": "ASL"}, "Did you mean 'asl'"),
        ({"loss": 3}, "loss=3: expected a name, or a subclass"),
        ({"loss": dict}, "expected a name, or a subclass"),
        ({"loss": "focal", "options": {"gama": 1}}, "'gama'. Did you mean 'gamma'.*label_weight"),
        ({"loss": "zlpr", "options": {"pos_weight": 2}}, "ZLPRLoss has no option.*takes none"),
        ({"loss": "zlpr", "label_weight": [1, 2]}, "ZLPRLoss takes none"),
        ({"loss": "two_way", "label_weight": [1, 2]}, "TwoWayLoss takes none"),
        ({"loss": _Anything, "label_weight": [1, 2]}, "_Anything takes none"),
        ({"loss": "bce", "label_weight": [1, 2], "options": {"label_weight": [2, 1]}}, "its own"),
        ({"loss": BCELoss(), "label_weight": [1, 2]}, "instance of BCELoss"),
        ({"loss": BCELoss(), "options": {"pos_weight": 2}}, "instance of BCELoss"),
        ({"loss": "db"}, "needs both class_freq and n_samples"),
        ({"loss": "db", "label_counts": [3, 9], "n_samples": 8}, "no more positives than samples"),
        ({"loss": "fbeta", "options": {"average": "weighted"}}, "expected 'macro'"),
        ({"loss": "fbeta", "options": {"beta": 0}}, "beta == 0"),
        ({"loss": "two_way", "options": {"tp": 0}}, "tp == 0"),
        ({"loss": "asl", "options": {"clip": 1}}, "clip == 1"),
        ({"loss": "focal", "options": {"gamma": -1}}, "gamma == -1"),
        ({"loss": "focal", "options": {"alpha": 2}}, "alpha == 2"),
        ({"loss": "mse", "options": {"label_smoothing": 1}}, "label_smoothing == 1"),
        ({"loss": "bce", "options": {"pos_weight": -1.0}}, "pos_weight=-1.0: expected finite"),
        ({"loss": "bce", "label_weight": [[1.0, 2.0]]}, "label_weight=.*one per label"),
        ({"loss": "bce", "options": {"label_weight": 2.0}}, "label_weight=2.0.*one per label"),
    ],
)
def test_make_loss_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_loss(**arguments)


def test_forward_says_what_is_wrong():
    logits, target = _data()
    with pytest.raises(ValueError, match=r"logits have shape \(12, 4\), the target \(12, 3\)"):
        BCELoss()(logits, target[:, :3])
    with pytest.raises(ValueError, match="for both"):
        BCELoss()(logits[0], target[0])
    with pytest.raises(ValueError, match=r"sample_weight has shape \(4,\), not \(12,\)"):
        ZLPRLoss()(logits, (target, torch.ones(4)))
    with pytest.raises(ValueError, match="label_weight has 3 numbers, the logits 4 labels"):
        FBetaLoss(label_weight=[1, 2, 3])(logits, target)
    with pytest.raises(ValueError, match="TwoWayLoss contrasts"):
        TwoWayLoss()(logits, (target, torch.full((12,), 2.0)))
    expected = TwoWayLoss()(logits, target)
    assert torch.equal(TwoWayLoss()(logits, (target, torch.ones(12))), expected)


# Missing labels as negatives


@pytest.mark.parametrize("weighted", [False, True])
def test_assumed_negatives_is_a_weighted_mean(weighted):
    logits, target = _data()
    masked = _mask(target)
    missing = masked.isnan()
    sample_weight = torch.linspace(0.5, 2, 12)
    given = (masked, sample_weight) if weighted else masked
    terms = F.binary_cross_entropy_with_logits(logits, masked.nan_to_num(0), reduction="none")
    if weighted:
        terms = terms * sample_weight[:, None]
    entry_weight = torch.where(missing, 0.3, 1.0)
    loss = AssumedNegatives(BCELoss(), 0.3)
    assert_close(loss(logits, given), (terms * entry_weight).sum() / entry_weight.sum())
    assert_close(loss.count_terms(given), entry_weight.sum())


def test_assumed_negatives_with_a_weight_of_one_fills_with_zeros():
    logits, target = _data()
    masked = _mask(target)
    expected = FocalLoss()(logits, masked.nan_to_num(0))
    assert_close(make_loss("focal", missing_weight=1.0)(logits, masked), expected)


def test_missing_weight_wraps_the_loss():
    assert isinstance(make_loss("bce", missing_weight=0.0), BCELoss)
    loss = make_loss("focal", label_weight=[1.0, 2.0], missing_weight=0.2)
    assert isinstance(loss, AssumedNegatives)
    assert loss.weight == 0.2
    assert loss.loss.label_weight.tolist() == [1, 2]
    with pytest.raises(ValueError, match="missing_weight == -1"):
        make_loss("bce", missing_weight=-1)


@pytest.mark.parametrize(
    ("loss", "expected"), [("bce", 4), ("zlpr", 2), ("fbeta", 3), ("two_way", 3)]
)
def test_count_terms(loss, expected):
    target = torch.tensor([[1.0, 0, NAN], [NAN] * 3, [0, NAN, 1]])
    assert count_terms(make_loss(loss), target) == expected
    assert count_terms(make_loss(loss), (target, torch.ones(3))) == expected


def test_count_terms_of_another_module_is_the_number_of_known_labels():
    assert count_terms(nn.BCEWithLogitsLoss(), torch.tensor([[1.0, NAN, 0.0]])) == 2
