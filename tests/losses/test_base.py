"""The contract of all losses."""

import copy
import pickle

import pytest
import timm.loss
import torch
from torch import nn
from torch.testing import assert_close

from skmlic.losses import (
    LOSSES,
    BCELoss,
    FBetaLoss,
    TwoWayLoss,
    ZLPRLoss,
    count_terms,
    make_loss,
)

NAN = float("nan")
ENTRYWISE = ("bce", "focal", "asl", "db", "mse", "l1")
SAMPLE_WEIGHTED = (*ENTRYWISE, "fbeta", "zlpr")
NAMES = (*SAMPLE_WEIGHTED, "two_way")


def test_every_loss_is_tested_once():
    assert sorted(LOSSES[name].__name__ for name in NAMES) == sorted(
        loss.__name__ for loss in set(LOSSES.values())
    )


@pytest.mark.parametrize(
    ("name", "name_in_timm", "arguments"),
    [
        ("two_way", "TwoWayLoss", ()),
        ("zlpr", "ZlprLoss", ()),
        ("db", "DistributionBalancedLoss", (torch.tensor([1, 2, 3, 4]), 50)),
    ],
)
def test_losses_as_timm(name, name_in_timm, arguments, make_named, make_data, differentiate):
    if not hasattr(timm.loss, name_in_timm):
        pytest.skip(f"this timm has no {name_in_timm}")
    logits, target = make_data()
    reference = getattr(timm.loss, name_in_timm)(*arguments)
    for rows in (slice(None), slice(1, 2)):
        expected = differentiate(reference, logits[rows], target[rows])
        assert_close(differentiate(make_named(name), logits[rows], target[rows]), expected)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dim", [0, 1])
def test_missing_rows_and_columns_are_as_if_left_out(name, dim, make_data, differentiate):
    # Parameters per label leave out the same labels.
    logits, target = make_data(8, 4)
    kept = torch.tensor([1, 2, 3] if dim else [0, 2, 3, 5, 7])
    masked = torch.full_like(target, NAN).index_copy(dim, kept, target.index_select(dim, kept))
    counts = torch.tensor([5.0, 1, 2, 3])
    some = counts[kept] if dim else counts
    loss = make_loss(name, label_counts=counts, n_samples=9)
    loss_of_rest = make_loss(name, label_counts=some, n_samples=9)
    value, gradient = differentiate(loss, logits, masked)
    rest = logits.index_select(dim, kept), target.index_select(dim, kept)
    expected, gradient_of_rest = differentiate(loss_of_rest, *rest)
    assert_close(value, expected)
    assert_close(gradient, torch.zeros_like(logits).index_copy(dim, kept, gradient_of_rest))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_means_are_over_known_entries(name, make_named, make_data, hide):
    logits, target = make_data()
    masked = hide(target)
    known = ~masked.isnan()
    if name == "db":  # Its weights depend on the known positives of the row.
        loss, filled = make_named(name), masked.nan_to_num(0)
        terms = torch.stack(
            [_only(loss, logits, filled, i, j) for i, j in known.nonzero().tolist()]
        )
    else:
        loss = make_named(name, label_smoothing=0.1, pos_weight=2.0)
        terms = loss(logits[known][:, None], target[known][:, None])
    assert_close(loss(logits, masked), terms.mean())


def _only(loss, logits, target, i, j):
    weight = torch.zeros(logits.shape[1])
    weight[j] = logits.shape[1]
    weighted = copy.deepcopy(loss)
    weighted.label_weight = weight
    return weighted(logits[[i]], target[[i]])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("weighted", [False, True])
def test_logits_of_missing_labels_do_not_matter(
    name, weighted, make_named, make_data, differentiate, hide
):
    logits, target = make_data()
    masked = hide(target)
    given = (masked, torch.ones(12)) if weighted else masked
    value, gradient = differentiate(make_named(name), logits, given)
    assert (gradient[masked.isnan()] == 0).all()
    assert (gradient[~masked.isnan()] != 0).any()
    for other in (-50.0, float("inf"), NAN):
        changed = logits.masked_fill(masked.isnan(), other)
        assert_close(differentiate(make_named(name), changed, given), (value, gradient))


@pytest.mark.parametrize("name", NAMES)
def test_loss_is_zero_without_known_labels(name, make_named, make_data, differentiate):
    logits, target = make_data()
    value, gradient = differentiate(make_named(name), logits, torch.full_like(target, NAN))
    assert value == 0
    assert (gradient == 0).all()


@pytest.mark.parametrize("name", SAMPLE_WEIGHTED)
@pytest.mark.parametrize("masked", [False, True])
def test_weight_two_is_the_sample_twice(name, masked, make_named, make_data):
    # The scale accounts for the division by the number of terms.
    logits, target = make_data(10, 4)
    if masked:
        target[:, 1] = NAN
    weight = torch.ones(10)
    weight[[2, 5, 6]] = 2
    twice = torch.tensor([*range(10), 2, 5, 6])
    loss = make_named(name)
    scale = 1 if name == "fbeta" else 10 / 13
    assert_close(
        loss(logits, (target, weight)) * scale,
        loss(logits[twice], target[twice]),
        rtol=1e-5,
        atol=0,
    )


@pytest.mark.parametrize("name", SAMPLE_WEIGHTED)
def test_weight_zero_has_no_gradient(name, make_named, make_data, differentiate):
    logits, target = make_data()
    weight = torch.ones(12)
    weight[4] = 0
    _, gradient = differentiate(make_named(name), logits, (target, weight))
    assert (gradient[4] == 0).all()
    assert gradient[5].any()


@pytest.mark.parametrize("name", [*ENTRYWISE, "fbeta"])
def test_label_weight_is_in_proportion(name, make_named, make_data, differentiate):
    logits, target = make_data()
    weights = torch.eye(4)
    total = sum(make_named(name, label_weight=weight)(logits, target) for weight in weights)
    assert_close(total, make_named(name)(logits, target))
    value, gradient = differentiate(make_named(name, label_weight=[0, 2, 1, 1]), logits, target)
    assert (gradient[:, 0] == 0).all()
    assert value.isfinite()


@pytest.mark.parametrize("name", ENTRYWISE)
def test_pos_weight_multiplies_positives(name, make_named, make_data, differentiate):
    logits, target = make_data()
    target = target.roll(1, 0)
    plain, heavy = make_named(name), make_named(name, pos_weight=3.0)
    by_label = make_named(name, pos_weight=[3.0] * 4)
    _, gradient = differentiate(plain, logits, target)
    for loss in (heavy, by_label):
        _, actual = differentiate(loss, logits, target)
        assert_close(actual, gradient * (1 + 2 * target))


@pytest.mark.parametrize("name", ENTRYWISE)
def test_smoothing_pulls_extreme_logits_back(name, make_named, differentiate):
    target = torch.tensor([[1.0, 0.0, 1.0, 0.0]])
    logits = 8 * (2 * target - 1)
    _, plain = differentiate(make_named(name), logits, target)
    _, smooth = differentiate(make_named(name, label_smoothing=0.2), logits, target)
    direction = 2 * target - 1
    assert (plain * direction <= 0).all()
    assert (smooth * direction > 0).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [100.0, 1e3])
def test_extreme_logits(name, size, make_named, differentiate):
    signs = torch.tensor([1.0, -1.0])
    target = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]).repeat(1, 2)
    wrong = -size * (2 * target - 1)
    for logits in (wrong, -wrong, size * signs.repeat(4, 2), torch.zeros(4, 4)):
        value, gradient = differentiate(make_named(name), logits, target)
        assert value.isfinite()
        assert value >= 0
        assert gradient.isfinite().all()
    assert make_named(name)(-wrong, target) < 1e-5
    assert make_named(name)(wrong, target) > 0.2
    if name in ("bce", "focal", "zlpr", "two_way", "db"):
        _, gradient = differentiate(make_named(name), wrong, target)
        assert (gradient.norm(dim=0) > 0.01).all()


@pytest.mark.parametrize("name", NAMES)
def test_gradcheck(name, make_named, make_data):
    logits, target = make_data(4, 3, dtype=torch.float64)
    target[2, 1] = NAN
    weight = None if name == "two_way" else torch.tensor([0.5, 2, 1, 1], dtype=torch.float64)
    loss = make_named(name, n_labels=3)
    given = target if weight is None else (target, weight)
    assert torch.autograd.gradcheck(lambda x: loss(x, given), logits.requires_grad_())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(name, dtype, make_named, make_data, differentiate):
    logits, target = make_data()
    logits = logits.to(dtype)
    expected = make_named(name)(logits.float(), target)
    for given in (target, target.to(dtype), target.bool(), target.long()):
        assert torch.equal(make_named(name)(logits, given), expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(make_named(name)(logits, target), expected)
    _, gradient = differentiate(make_named(name), logits, target)
    assert gradient.dtype == dtype
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_not_changed_and_pickles_agree(name, make_named, make_data, hide):
    logits, target = make_data()
    target = hide(target)
    before = logits.clone(), target.clone()
    loss = make_named(name)
    value = loss(logits, target)
    assert_close((logits, target), before, rtol=0, atol=0, equal_nan=True)
    for other in (loss, pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), make_named(name)):
        assert torch.equal(other(logits, target), value)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
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
    predicted = X @ weight + bias > 0
    assert (predicted == target.bool()).all(dim=1).float().mean() > 0.9


def test_errors_of_forward(make_data):
    logits, target = make_data()
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


@pytest.mark.parametrize(
    ("loss", "expected"), [("bce", 4), ("zlpr", 2), ("fbeta", 3), ("two_way", 3)]
)
def test_count_terms(loss, expected):
    target = torch.tensor([[1.0, 0, NAN], [NAN] * 3, [0, NAN, 1]])
    assert count_terms(make_loss(loss), target) == expected
    assert count_terms(make_loss(loss), (target, torch.ones(3))) == expected


def test_count_terms_of_another_module_is_the_number_of_known_labels():
    assert count_terms(nn.BCEWithLogitsLoss(), torch.tensor([[1.0, NAN, 0.0]])) == 2
