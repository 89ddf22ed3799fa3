"""Random changes of a training image."""

import functools
import pickle
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from PIL import Image
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import load_sample_image
from torchvision.transforms import v2

from skmlic.augmentation import list_augmentations, make_augmentation
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


def seeded(augmentation, image=CHINA, seed=0):
    torch.manual_seed(seed)
    return augmentation(image)


def darker(image):
    return image // 2


def test_names():
    assert PRESETS == ["flip", "light", "geometric", "affine_color", "trivial", "randaugment"]
    PRESETS_AGAIN = list_augmentations()
    PRESETS_AGAIN.clear()
    assert list_augmentations() == PRESETS


@pytest.mark.parametrize("erasing", [0.0, 1])
@pytest.mark.parametrize("size", [64, (48, 80)])
@pytest.mark.parametrize("augment", [None, *PRESETS, darker])
def test_shape_and_type(augment, size, erasing):
    augmentation = make_augmentation(augment, size, erasing=erasing)
    before = CHINA.copy()
    for image in (CHINA, CHINA[:10, :20], CHINA[:64, :64], Image.fromarray(CHINA)):
        changed = augmentation(image)
        assert changed.dtype == torch.uint8
        assert changed.shape == (3, *((size, size) if isinstance(size, int) else size))
        assert changed.is_contiguous()
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


def test_none_resizes_without_random_numbers():
    augmentation = make_augmentation(None, (32, 64))
    state = torch.get_rng_state()
    image = augmentation(CHINA).permute(1, 2, 0).numpy()
    assert torch.equal(torch.get_rng_state(), state)
    # What prediction sees, but for rounding in two libraries.
    expected = Preprocessing((32, 64))(CHINA)
    assert np.abs(image.astype(int) - expected).max() <= 3
    assert_array_equal(augmentation(expected).permute(1, 2, 0), expected)


def test_flip_returns_the_image_or_its_mirror_image():
    image = CHINA[:40, :60]
    augmentation = make_augmentation("flip", (40, 60))
    seen = {augmentation(image).permute(1, 2, 0).numpy().tobytes() for _ in range(20)}
    assert seen == {image.tobytes(), image[:, ::-1].tobytes()}


def test_geometric_turns_upside_down():
    # Bright above, dark below: where it is brighter below, it was turned.
    image = np.zeros((64, 64, 3), dtype=np.uint8)
    image[:32] = 255
    augmentation = make_augmentation("geometric", 64)
    images = torch.stack([augmentation(image) for _ in range(200)]).float()
    turned = images[:, :, 40:].mean(dim=(1, 2, 3)) > images[:, :, :24].mean(dim=(1, 2, 3))
    assert 0.35 < turned.float().mean() < 0.65


@pytest.mark.parametrize("augment", ["geometric", "affine_color"])
def test_pixels_from_outside_are_gray(augment):
    white = np.full((64, 64, 3), 255, dtype=np.uint8)
    augmentation = make_augmentation(augment, 64)
    images = torch.stack([augmentation(white) for _ in range(20)])
    assert (images == 128).float().mean() > 0.02


def test_light_keeps_most_of_the_image():
    # Each pixel of a ramp tells where it was.
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    augmentation = make_augmentation("light", 64)
    heights = []
    for _ in range(50):
        image = augmentation(ramp).float()
        heights.append((image[0, -1].mean() - image[0, 0].mean()).item() / 255)
    assert 0.7 < min(heights) < 0.9
    assert max(heights) > 0.9


def test_erasing_makes_a_rectangle_gray():
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


def test_function_gets_the_original_image_and_may_resize():
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


def test_images_of_the_loader():
    # The arrays of PIL images may not be written to.
    image = np.asarray(load_rgb(Image.fromarray(CHINA)))
    assert not image.flags.writeable
    backwards = CHINA[:, ::-1]
    make_augmentation("flip", 32)(image)
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
def test_invalid_functions(augment, message):
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
def test_invalid_results_of_functions(function, shown):
    with pytest.raises(ValueError, match=rf"{shown}.*expected a torch.uint8 tensor"):
        make_augmentation(function, 32)(CHINA)


@pytest.mark.parametrize("image", [CHINA / 255, CHINA[:, :, 0], CHINA[None], CHINA[:, :, :2]])
def test_invalid_images(image):
    expected = re.escape(f"{image.dtype} of shape {image.shape}; expected uint8")
    with pytest.raises(ValueError, match=expected):
        make_augmentation("flip", 32)(image)


@pytest.mark.parametrize("size", [None, 0, 1.5, (3,), "224"])
def test_wrong_sizes(size):
    with pytest.raises(ValueError, match="image_size="):
        make_augmentation("flip", size)


@pytest.mark.parametrize("erasing", [-0.1, 1.1, "yes", True, None, float("nan")])
def test_wrong_probabilities(erasing):
    with pytest.raises(ValueError, match=r"erasing=.*probability from 0 to 1"):
        make_augmentation("flip", 32, erasing=erasing)
