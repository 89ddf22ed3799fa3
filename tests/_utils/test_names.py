"""Patterns that select names, and suggestions for mistyped ones."""

import pytest

from skmlic._utils._names import did_you_mean, filter_names

NAMES = ["resnet18", "resnet50", "timm/resnet18", "vgg16"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (None, NAMES),
        ("", NAMES),
        ("ResNet", NAMES[:3]),
        ("resnet?8", ["resnet18"]),
        ("*18", ["resnet18", "timm/resnet18"]),
        ("vgg[0-9]*", ["vgg16"]),
        ("inception", []),
    ],
)
def test_filter_names(pattern, expected):
    assert filter_names(NAMES, pattern) == expected


def test_suggestions():
    assert did_you_mean("resnt18", NAMES, n=1) == " Did you mean 'resnet18'?"
    assert did_you_mean("resnt18", NAMES, n=2, spell=str) == (
        " Did you mean resnet18 or timm/resnet18?"
    )
    assert did_you_mean("nothing", NAMES) == ""
