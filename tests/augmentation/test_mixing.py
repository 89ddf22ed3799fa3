"""Mixing of the images of a batch."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch.nn.functional import binary_cross_entropy_with_logits

from skmlic.augmentation import mix


@pytest.fixture(autouse=True)
def _one_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(n_threads)


def generator_of(seed):
    return torch.Generator().manual_seed(seed)


def batch(n=6, n_labels=3, size=(20, 24)):
    generator = generator_of(0)
    images = torch.randn(n, 3, *size, generator=generator)
    return images, torch.randint(0, 2, (n, n_labels), generator=generator).float()


def find_partners(images, mixed, fraction, method):
    """Return which image each one was mixed with, from the pixels alone."""
    if method == "mixup":
        other = (mixed - fraction * images) / (1 - fraction)
        return [int((images - one).abs().amax(dim=(1, 2, 3)).argmin()) for one in other]
    partners = []
    for i, one in enumerate(mixed):
        foreign = (one != images[i]).any(dim=0)
        partners.append(int((images - one).abs()[:, :, foreign].amax(dim=(1, 2)).argmin()))
    return partners


def fraction_of(method, seed, images, alpha=1.0):
    """Return the own fraction, as the mixed labels of one-hot targets show it."""
    _, target = mix(
        images, torch.eye(len(images)), method, alpha=alpha, generator=generator_of(seed)
    )
    return target.diagonal()[0].item()


@pytest.mark.parametrize("n", [2, 3, 6])
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
@pytest.mark.parametrize("seed", range(5))
def test_labels_are_mixed_like_pixels(method, n, seed):
    images, target = batch(n)
    fraction = fraction_of(method, seed, images)
    mixed, labels = mix(images, target, method, alpha=1.0, generator=generator_of(seed))
    if fraction == 1:
        assert_array_equal(mixed, images)
        return
    if method == "cutmix":
        own = (mixed == images).all(dim=1).float().mean(dim=(1, 2))
        assert_allclose(own, fraction, atol=1e-6)
    partners = find_partners(images, mixed, fraction, method)
    assert sorted(partners) == list(range(n))
    assert all(i != partner for i, partner in enumerate(partners))
    assert_allclose(labels, fraction * target + (1 - fraction) * target[partners], atol=1e-6)


def test_cutmix_pastes_a_rectangle():
    images = torch.arange(2.0)[:, None, None, None].expand(2, 3, 30, 40).contiguous()
    for seed in range(20):
        mixed, _ = mix(images, torch.zeros(2, 1), "cutmix", generator=generator_of(seed))
        foreign = (mixed[0, 0] == 1).nonzero()
        if len(foreign):
            (top, left), (bottom, right) = foreign.amin(dim=0), foreign.amax(dim=0)
            assert len(foreign) == (bottom - top + 1) * (right - left + 1)


@pytest.mark.parametrize("method", ["mixup", "cutmix", "either"])
def test_a_seed_reproduces_the_mixing(method):
    images, target = batch()
    first, second = (mix(images, target, method, generator=generator_of(3)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert_array_equal(one, other)
    state = torch.get_rng_state()
    mix(images, target, method, generator=generator_of(3))
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(3)
    assert_array_equal(mix(images, target, method)[0], first[0])


@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_nothing_given_is_changed(method):
    images, target = batch()
    weight = torch.rand(6)
    before = images.clone(), target.clone(), weight.clone()
    for seed in range(5):
        mix(images, (target, weight), method, alpha=1.0, generator=generator_of(seed))
    for given, copied in zip((images, target, weight), before, strict=True):
        assert_array_equal(given, copied)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_missing_in_either_is_missing(method, weighted):
    images, target = batch()
    target[1, 2] = torch.nan
    given = (target, torch.ones(6)) if weighted else target
    for seed in range(5):
        _, labels = mix(images, given, method, alpha=1.0, generator=generator_of(seed))
        labels = labels[0] if weighted else labels
        rows, columns = labels.isnan().nonzero(as_tuple=True)
        assert 1 in rows.tolist()
        assert len(rows) == 2
        assert columns.tolist() == [2, 2]


@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_unmixed_images_keep_their_labels(method):
    # Small alpha: the fraction is often 1 to the last digit.
    images, target = batch()
    target[1, 2] = torch.nan
    results = [
        mix(images, target, method, alpha=1e-3, generator=generator_of(seed)) for seed in range(20)
    ]
    unmixed = [labels for mixed, labels in results if torch.equal(mixed, images)]
    assert len(unmixed) > 3
    assert all(labels.isnan().sum() == 1 for labels in unmixed)


@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_loss_is_that_of_both_targets(method):
    images, target = batch()
    weight = torch.tensor([1.0, 0.0, 3.0, 0.5, 2.0, 0.0])
    fraction = fraction_of(method, 5, images)
    mixed, (labels, mixed_weight) = mix(
        images, (target, weight), method, alpha=1.0, generator=generator_of(5)
    )
    partners = find_partners(images, mixed, fraction, method)
    logits = torch.randn(6, 3, generator=generator_of(1))

    def loss(target, weight):
        return binary_cross_entropy_with_logits(logits, target, weight[:, None])

    expected = fraction * loss(target, weight) + (1 - fraction) * loss(
        target[partners], weight[partners]
    )
    assert loss(labels, mixed_weight).item() == pytest.approx(expected.item(), rel=1e-5)
    assert mixed_weight.mean().item() == pytest.approx(weight.mean().item())


def test_equal_weights_change_nothing_and_no_weights_give_no_nan():
    images, target = batch()
    mixed, plain = mix(images, target, generator=generator_of(0))
    same, (labels, weight) = mix(images, (target, torch.ones(6)), generator=generator_of(0))
    assert_array_equal(mixed, same)
    assert_allclose(labels, plain, atol=1e-6)
    assert_allclose(weight, 1, atol=1e-6)
    _, (labels, weight) = mix(images, (target, torch.zeros(6)), generator=generator_of(0))
    assert labels.isfinite().all()
    assert not weight.any()


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_fractions_follow_the_beta_distribution(alpha):
    images = torch.zeros(2, 1, 1, 1)
    generator = generator_of(0)
    shares = [
        mix(images, torch.eye(2), alpha=alpha, generator=generator)[1][0, 0].item()
        for _ in range(2000)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)
    assert np.var(shares) == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_either_samples_both():
    images, target = batch()
    n_blended = 0
    for seed in range(40):
        mixed, _ = mix(images, target, "either", alpha=1.0, generator=generator_of(seed))
        n_blended += not (mixed == images).any()
    assert 10 < n_blended < 30


@pytest.mark.parametrize("method", ["mixup", "cutmix", "either"])
def test_a_single_image_stays_as_it_is(method):
    images, target = batch(1)
    mixed, labels = mix(images, target, method)
    assert_array_equal(mixed, images)
    assert_array_equal(labels, target)


@pytest.mark.gpu
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_the_same_on_a_gpu(method):
    images, target = batch()
    expected = mix(images, (target, torch.rand(6)), method, generator=generator_of(1))
    got = mix(
        images.cuda(), (target.cuda(), torch.rand(6).cuda()), method, generator=generator_of(1)
    )
    assert_allclose(got[0].cpu(), expected[0], atol=1e-6)
    assert got[1][0].is_cuda


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"method": "mix_up"}, ValueError, "method='mix_up': Did you mean 'mixup'"),
        ({"method": "blend"}, ValueError, "The names are 'mixup', 'cutmix', 'either'"),
        ({"alpha": 0}, ValueError, "alpha=0: expected a number above 0"),
        ({"alpha": float("nan")}, ValueError, "alpha=nan"),
        ({"alpha": "1"}, ValueError, "alpha='1'"),
        ({"images": torch.zeros(6, 3, 4, 4, dtype=torch.uint8)}, TypeError, "torch.uint8 tensor"),
        ({"images": torch.zeros(3, 4, 4)}, TypeError, r"\(3, 4, 4\); expected a batch of floats"),
        ({"images": np.zeros((6, 3, 4, 4))}, TypeError, "images is ndarray"),
        ({"target": torch.zeros(5, 2)}, ValueError, r"\(5, 2\); expected floats .* \(6, n_labels"),
        ({"target": torch.zeros(6)}, ValueError, r"shape \(6,\); expected floats"),
        ({"target": torch.zeros(6, 2).long()}, ValueError, "torch.int64 tensor.*expected floats"),
        (
            {"target": (torch.zeros(6, 2), torch.ones(5))},
            ValueError,
            r"sample weights have shape \(5,\); expected \(6,\)",
        ),
    ],
)
def test_wrong_batches(parameters, error, message):
    images, target = batch()
    with pytest.raises(error, match=message):
        mix(**{"images": images, "target": target, **parameters})
