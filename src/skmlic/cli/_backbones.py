"""``skmlic backbones``: the pretrained networks."""

import argparse

from skmlic.backbones import describe_backbone, list_backbones
from skmlic.cli._console import Console

_TIMM = "timm/"
_MOST_COUNTED = 20


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    names = list_backbones(args.pattern)
    if not names:
        raise ValueError(f"No network matches {args.pattern!r}; try a part of a name.")
    n_all = len(names)
    if args.pattern is None:
        names = [name for name in names if not name.startswith(_TIMM)]
    # Counting the parameters takes about a fifth of a second per network of timm.
    count = len(names) <= _MOST_COUNTED
    facts = [describe_backbone(name, count=count) for name in names]
    rows = [
        (
            name,
            fact.pixels,
            *([fact.parameters] if count else []),
            fact.weights,
            fact.license,
        )
        for name, fact in zip(names, facts, strict=True)
    ]
    header = ["name", "pixels", *(["parameters"] if count else []), "weights", "license"]
    console.table(header, rows)
    if len(names) < n_all:
        console.write(f"And {n_all - len(names):,} of timm: skmlic backbones {_TIMM}")
    return 0
