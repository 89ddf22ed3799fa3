"""Tests of skmlic.augmentation."""

import functools
import pickle
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from PIL import Image
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_sample_image
from torch.nn.functional import binary_cross_entropy_with_logits
from torchvision.transforms import v2

from skmlic.augmentation import list_augmentations, list_views, make_augmentation, mix
from skmlic.images import Preprocessing, load_rgb

CHINA = load_sample_image("china.jpg")
PRESETS = list_augmentations()


@pytest.fixture(autouse=True)
def _one_thread():
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.random.fork_rng(devices=[]):
        yield
    torch.set_num_threads(n_threads)


def seeded(augmentation, picture=CHINA, seed=0):
    torch.manual_seed(seed)
    return augmentation(picture)


def darker(image):
    return image // 2


# One picture


def test_names():
    assert PRESETS == ["flip", "light", "geometric", "affine_color", "trivial", "randaugment"]
    PRESETS_AGAIN = list_augmentations()
    PRESETS_AGAIN.clear()
    assert list_augmentations() == PRESETS


@pytest.mark.parametrize("erasing", [0.0, 0.5, 1])
@pytest.mark.parametrize("size", [64, (48, 80)])
@pytest.mark.parametrize("augment", [None, *PRESETS, darker])
def test_shape_and_type(augment, size, erasing):
    augmentation = make_augmentation(augment, size, erasing=erasing)
    before = CHINA.copy()
    for picture in (CHINA, CHINA[:10, :20], CHINA[:64, :64], Image.fromarray(CHINA)):
        image = augmentation(picture)
        assert image.dtype == torch.uint8
        assert image.shape == (3, *((size, size) if isinstance(size, int) else size))
        assert image.is_contiguous()
    assert_array_equal(before, CHINA)


@pytest.mark.parametrize("augment", PRESETS)
def test_torchs_seed_reproduces_it(augment):
    augmentation = make_augmentation(augment, 48, erasing=0.5)
    first = [seeded(augmentation, seed=seed) for seed in range(12)]
    np.random.seed(7)  # noqa: NPY002
    again = [seeded(make_augmentation(augment, 48, erasing=0.5), seed=s) for s in range(12)]
    for one, other in zip(first, again, strict=True):
        assert_array_equal(one, other)
    assert len({image.numpy().tobytes() for image in first}) > 6
    torch.manual_seed(0)
    drawn_on = [augmentation(CHINA) for _ in range(12)]
    assert len({image.numpy().tobytes() for image in drawn_on}) > 6


def test_none_is_the_resized_picture_and_draws_nothing():
    augmentation = make_augmentation(None, (32, 64))
    state = torch.get_rng_state()
    image = augmentation(CHINA).permute(1, 2, 0).numpy()
    assert torch.equal(torch.get_rng_state(), state)
    # What prediction sees, but for rounding in two libraries.
    expected = Preprocessing((32, 64))(CHINA)
    assert np.abs(image.astype(int) - expected).max() <= 3
    assert_array_equal(augmentation(expected).permute(1, 2, 0), expected)


def test_flip_gives_the_picture_or_its_mirror_image():
    picture = CHINA[:40, :60]
    augmentation = make_augmentation("flip", (40, 60))
    seen = {augmentation(picture).permute(1, 2, 0).numpy().tobytes() for _ in range(20)}
    assert seen == {picture.tobytes(), picture[:, ::-1].tobytes()}


def test_geometric_turns_upside_down():
    # Bright above, dark below: where it is brighter below, it was turned.
    picture = np.zeros((64, 64, 3), dtype=np.uint8)
    picture[:32] = 255
    augmentation = make_augmentation("geometric", 64)
    images = torch.stack([augmentation(picture) for _ in range(200)]).float()
    turned = images[:, :, 40:].mean(dim=(1, 2, 3)) > images[:, :, :24].mean(dim=(1, 2, 3))
    assert 0.35 < turned.float().mean() < 0.65


@pytest.mark.parametrize("augment", ["geometric", "affine_color"])
def test_what_comes_into_view_is_grey(augment):
    white = np.full((64, 64, 3), 255, dtype=np.uint8)
    augmentation = make_augmentation(augment, 64)
    images = torch.stack([augmentation(white) for _ in range(20)])
    assert (images == 128).float().mean() > 0.02


def test_light_keeps_most_of_the_picture():
    # Each pixel of a ramp tells where it was.
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    augmentation = make_augmentation("light", 64)
    heights = []
    for _ in range(50):
        image = augmentation(ramp).float()
        heights.append((image[0, -1].mean() - image[0, 0].mean()).item() / 255)
    assert 0.7 < min(heights) < 0.9
    assert max(heights) > 0.9


def test_erasing_makes_a_rectangle_grey():
    black = np.zeros((50, 50, 3), dtype=np.uint8)
    assert not make_augmentation("flip", 50)(black).any()
    always = make_augmentation("flip", 50, erasing=1.0)
    parts = []
    for _ in range(50):
        image = always(black)
        assert set(image.unique().tolist()) == {0, 128}
        parts.append((image[0] == 128).float().mean().item())
    assert 0.01 < min(parts) < max(parts) < 0.4
    sometimes = make_augmentation(None, 50, erasing=0.25)
    n_erased = sum(bool(sometimes(black).any()) for _ in range(400))
    assert 70 < n_erased < 130


def test_a_function_sees_the_picture_as_it_is_and_may_resize():
    seen = []

    def record(image):
        seen.append(image.clone())
        image[:] = 7  # and may write
        return image[:, :5]

    before = CHINA.copy()
    image = make_augmentation(record, 32)(CHINA)
    assert_array_equal(seen[0].permute(1, 2, 0), before)
    assert_array_equal(CHINA, before)
    assert (image == 7).all()
    assert image.shape == (3, 32, 32)


def test_transforms_of_torchvision_inside_a_function():
    transform = v2.Compose([v2.RandomRotation(10), v2.ColorJitter(0.1)])
    augmentation = make_augmentation(lambda image: transform(image), 32)
    assert_array_equal(seeded(augmentation), seeded(augmentation))


@pytest.mark.parametrize("augment", [None, *PRESETS, darker, functools.partial(darker)])
def test_it_pickles(augment):
    augmentation = make_augmentation(augment, 32, erasing=0.5)
    assert_array_equal(seeded(pickle.loads(pickle.dumps(augmentation))), seeded(augmentation))


def test_in_a_data_loader():
    class Pictures(torch.utils.data.Dataset):
        augmentation = make_augmentation("affine_color", 32)

        def __len__(self):
            return 6

        def __getitem__(self, index):
            return self.augmentation(CHINA)

    batches = []
    for _ in range(2):
        torch.manual_seed(0)
        # No worker processes: they are forked, which OpenVINO's threads don't survive.
        loader = torch.utils.data.DataLoader(Pictures(), batch_size=3)
        batches.append(torch.cat(list(loader)))
    assert_array_equal(*batches)
    assert batches[0].shape == (6, 3, 32, 32)
    assert len(batches[0].unique(dim=0)) == 6


def test_pictures_as_the_loader_gives_them():
    # The arrays of PIL images may not be written to.
    picture = np.asarray(load_rgb(Image.fromarray(CHINA)))
    assert not picture.flags.writeable
    backwards = CHINA[:, ::-1]
    make_augmentation("flip", 32)(picture)
    image = make_augmentation(None, (427, 640))(backwards)
    assert_array_equal(image.permute(1, 2, 0), backwards)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("lite", "augment='lite': Did you mean 'light'"),
        ("Flip", "augment='Flip': Did you mean 'flip'"),
        ("rand_augment", "Did you mean 'randaugment'"),
        ("xyz", "augment='xyz': The names are 'flip', 'light', 'geometric', "),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(ValueError, match=message):
        make_augmentation(name, 32)


@pytest.mark.parametrize(
    ("augment", "message"),
    [
        (v2.RandomRotation(10), r"(?s)a RandomRotation, whose get_params.*return transform\(image"),
        (v2.ColorJitter(0.1), "could be cloned. Wrap it in a function"),
        (v2.RandomHorizontalFlip, r"is a class.*\ntransform = RandomHorizontalFlip\(\)"),
        (3, "augment is int; expected None, one of 'flip'"),
        (["flip"], "augment is list"),
    ],
)
def test_what_is_no_function(augment, message):
    with pytest.raises(TypeError, match=message):
        make_augmentation(augment, 32)


def test_the_advice_about_transforms_is_good():
    class Estimator(BaseEstimator):
        def __init__(self, augment=None):
            self.augment = augment

    transform = v2.RandomRotation(10)
    with pytest.raises(TypeError):
        clone(Estimator(transform))
    with pytest.raises(TypeError, match="Wrap it in a function") as caught:
        make_augmentation(transform, 32)
    names = {"transform": transform}
    exec(str(caught.value).partition(":\n")[2], names)
    make_augmentation(clone(Estimator(names["augment"])).augment, 32)(CHINA)


@pytest.mark.parametrize(
    ("function", "shown"),
    [
        (lambda image: image.float(), "a torch.float32 tensor"),
        (lambda image: image[0], r"tensor of shape \(427, 640\)"),
        (lambda image: image.permute(1, 2, 0), r"tensor of shape \(427, 640, 3\)"),
        (lambda image: image.numpy(), "returned ndarray"),
        (lambda image: None, "returned NoneType"),
    ],
)
def test_what_functions_may_not_return(function, shown):
    with pytest.raises(ValueError, match=rf"{shown}.*expected a torch.uint8 tensor"):
        make_augmentation(function, 32)(CHINA)


@pytest.mark.parametrize("picture", [CHINA / 255, CHINA[:, :, 0], CHINA[None], CHINA[:, :, :2]])
def test_what_is_no_picture(picture):
    expected = re.escape(f"{picture.dtype} of shape {picture.shape}; expected uint8")
    with pytest.raises(ValueError, match=expected):
        make_augmentation("flip", 32)(picture)


@pytest.mark.parametrize("size", [None, 0, 1.5, (3,), "224"])
def test_wrong_sizes(size):
    with pytest.raises(ValueError, match="image_size="):
        make_augmentation("flip", size)


@pytest.mark.parametrize("erasing", [-0.1, 1.1, "yes", True, None, float("nan")])
def test_wrong_probabilities(erasing):
    with pytest.raises(ValueError, match=r"erasing=.*probability from 0 to 1"):
        make_augmentation("flip", 32, erasing=erasing)


# Batches


def generator_of(seed):
    return torch.Generator().manual_seed(seed)


def batch(n=6, n_labels=3, size=(20, 24)):
    generator = generator_of(0)
    images = torch.randn(n, 3, *size, generator=generator)
    return images, torch.randint(0, 2, (n, n_labels), generator=generator).float()


def find_partners(images, mixed, share, method):
    """Return which image each one was mixed with, from the pixels alone."""
    if method == "mixup":
        other = (mixed - share * images) / (1 - share)
        return [int((images - one).abs().amax(dim=(1, 2, 3)).argmin()) for one in other]
    partners = []
    for i, one in enumerate(mixed):
        foreign = (one != images[i]).any(dim=0)
        partners.append(int((images - one).abs()[:, :, foreign].amax(dim=(1, 2)).argmin()))
    return partners


def share_of(method, seed, images, alpha=1.0):
    """Return the own share, as the mixed labels of one-hot targets show it."""
    _, target = mix(
        images, torch.eye(len(images)), method, alpha=alpha, generator=generator_of(seed)
    )
    return target.diagonal()[0].item()


@pytest.mark.parametrize("n", [2, 3, 6])
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
@pytest.mark.parametrize("seed", range(5))
def test_labels_are_mixed_as_the_pixels_are(method, n, seed):
    images, target = batch(n)
    share = share_of(method, seed, images)
    mixed, labels = mix(images, target, method, alpha=1.0, generator=generator_of(seed))
    if share == 1:
        assert_array_equal(mixed, images)
        return
    if method == "cutmix":
        own = (mixed == images).all(dim=1).float().mean(dim=(1, 2))
        assert_allclose(own, share, atol=1e-6)
    partners = find_partners(images, mixed, share, method)
    assert sorted(partners) == list(range(n))
    assert all(i != partner for i, partner in enumerate(partners))
    assert_allclose(labels, share * target + (1 - share) * target[partners], atol=1e-6)


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
def test_unknown_in_either_is_unknown(method, weighted):
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
def test_what_is_not_mixed_in_leaves_labels_known(method):
    # Small alpha: the share is often 1 to the last digit.
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
    share = share_of(method, 5, images)
    mixed, (labels, mixed_weight) = mix(
        images, (target, weight), method, alpha=1.0, generator=generator_of(5)
    )
    partners = find_partners(images, mixed, share, method)
    logits = torch.randn(6, 3, generator=generator_of(1))

    def loss(target, weight):
        return binary_cross_entropy_with_logits(logits, target, weight[:, None])

    expected = share * loss(target, weight) + (1 - share) * loss(target[partners], weight[partners])
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
def test_shares_are_of_the_beta_distribution(alpha):
    images = torch.zeros(2, 1, 1, 1)
    generator = generator_of(0)
    shares = [
        mix(images, torch.eye(2), alpha=alpha, generator=generator)[1][0, 0].item()
        for _ in range(2000)
    ]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.03)
    assert np.var(shares) == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_either_draws_both():
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


# Views


def test_views():
    pixels = np.stack([CHINA[:30, :40], CHINA[30:60, :40]])
    before = pixels.copy()
    assert [view(pixels).shape for view in list_views(None)] == [pixels.shape]
    as_it_is, mirrored = (view(pixels) for view in list_views("flip"))
    assert_array_equal(as_it_is, pixels)
    assert_array_equal(mirrored, pixels[:, :, ::-1])
    assert_array_equal(list_views("flip")[1](mirrored), pixels)
    assert torch.from_numpy(mirrored).dtype == torch.uint8
    assert_array_equal(pixels, before)
    pickle.loads(pickle.dumps(list_views("flip")))
    assert list_views("flip") is not list_views("flip")


@pytest.mark.parametrize("tta", ["rotate", True, 2])
def test_unknown_views(tta):
    with pytest.raises(ValueError, match=r"expected None or 'flip'"):
        list_views(tta)
