"""Try a network of each family of timm and torchvision, and write the table of the guide.

``python docs/backbone_families.py`` reads the first four columns of ``backbone_families.csv`` and
computes the others: the smallest network of each family, with random weights, at the smallest of a
few sizes that it takes. Its features with ``pooling="native"`` have to be the library's own.
"""

import csv
import gc
import sys
import warnings
from collections import Counter
from pathlib import Path

import timm
import torch
import torchvision

from skmlic.backbones import load_network, make_backbone
from skmlic.backbones._input_sizes import find_patch, takes_size
from skmlic.backbones._stages import is_map

TABLE = Path(__file__).with_name("backbone_families.csv")
LIST_COLUMNS = ("library", "module", "network", "family")
COLUMNS = (*LIST_COLUMNS, "pooling", "sizes", "tokens", "tried at", "native")
SIDES = (32, 64, 96, 128, 160, 192, 224, 256)
VERSIONS = {"timm": "1.0.31", "torchvision": "0.29.1"}


def read_table():
    """Return the rows of the table, as dicts."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def try_network(row):
    """Return a row with all columns computed from the first ones."""
    row = {name: row[name] for name in LIST_COLUMNS}
    name = f"timm/{row['network']}" if row["library"] == "timm" else row["network"]
    network = load_network(name, None, "native")
    row |= {"pooling": "", "tokens": "", "sizes": describe_sizes(network), "tried at": ""}
    backbone, problem = None, None
    for size in list_sizes(network):
        try:
            backbone = make_backbone(network, pooling="native", image_size=size, resize="squash")
            break
        except ValueError as error:
            problem = error
            if "pooling=" in str(error):
                break
    if backbone is None:
        return row | {"native": f"refused: {describe_problem(problem)}"}
    row["tried at"] = f"{size[0]} x {size[1]}"
    if row["sizes"].endswith(" only") and size != network.preprocessing.size:
        row["sizes"] = f"some up to {row['sizes'].removesuffix(' only')}"
    is_equal = compare(backbone.extractor, row, size)
    row["native"] = "equal" if is_equal else "different"
    del backbone
    network = load_network(name, None)
    stages = make_backbone(network, pooling="stages", image_size=size, resize="squash").extractor
    with torch.inference_mode():
        row["pooling"] = describe_pooling(stages, size)
    if stages.pools_tokens:
        row["tokens"] = describe_tokens(stages)
    return row


def list_sizes(network):
    """Return sizes that a network may take, the smallest first, its own last."""
    patch = find_patch(network.module) or (1, 1)
    own = network.preprocessing.size
    small = [(side // patch[0] * patch[0], side // patch[1] * patch[1]) for side in SIDES]
    small = [size for size in small if min(size) > 0 and size < own]
    return [*(size for size in small if takes_size(network, size)), own]


def describe_sizes(network):
    """Return the sizes of images that a network takes, in words."""
    own = network.preprocessing.size
    step, _ = find_patch(network.module) or (32, 32)
    # Images that are one pixel larger may have as many patches.
    if all(takes_size(network, tuple(side + by for side in own)) for by in (1, step)):
        return "any"
    for multiple in (step, 2 * step, 3 * step, 4 * step):
        larger = tuple(side + multiple for side in own)
        if own[0] % multiple == 0 and takes_size(network, larger):
            return f"multiples of {multiple}"
    return f"{own[0]} only" if own[0] == own[1] else f"{own[0]} x {own[1]} only"


def describe_pooling(extractor, size):
    """Return how the last features of ``pooling="stages"`` are pooled."""
    if not extractor.pools_tokens:
        images = torch.zeros(1, 3, *size)
        output = extractor.run_network(images, (), None)
        has_map = extractor.final is not None or is_map(output)
        return "average of the map" if has_map else "the network's own"
    own = getattr(extractor.network, "global_pool", None) or "avg"
    if isinstance(extractor.network, torchvision.models.VisionTransformer):
        own = "token"
    if extractor.token_pooling == "native":
        return {"map": "attention", "prr": "attention"}.get(own, own)
    return f"{extractor.token_pooling} (the library: {own})"


def describe_tokens(extractor):
    """Return the number of prefix tokens and whether there is a class token."""
    n_prefix = extractor.layout.n_prefix or 0
    if not n_prefix:
        return "patches"
    n_registers = n_prefix - int(extractor.layout.has_class_token)
    parts = ["class"] if extractor.layout.has_class_token else []
    return " + ".join([*parts, *([f"{n_registers} more"] if n_registers else []), "patches"])


def describe_problem(error):
    """Return the reason of an error, without the name of the pooling."""
    return str(error).removeprefix("pooling='native': ").partition(" Use pooling")[0].rstrip(".")


@torch.inference_mode()
def compare(extractor, row, size):
    """Return whether native features are those of the library, with the same weights."""
    pixels = torch.randint(0, 256, (2, *size, 3), dtype=torch.uint8)
    reference = make_reference(extractor.network, row, size)
    expected = reference(extractor.normalise(pixels))
    features = extractor(pixels)
    return features.shape == expected.shape and torch.allclose(features, expected, 1e-4, 1e-5)


def make_reference(network, row, size):
    """Return the library's own function of normalised images to pooled features."""
    state = network.state_dict()
    if row["library"] == "timm":
        reference = timm.create_model(row["network"], num_classes=0).eval()
        if hasattr(reference, "set_input_size"):
            reference.set_input_size(img_size=size)
        reference.load_state_dict(state, assign=True)
        return reference
    options = {"image_size": size[0]} if row["module"] == "vision_transformer" else {}
    if row["network"] in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    reference = torchvision.models.get_model(row["network"], weights=None, **options).eval()
    missing = set(reference.state_dict()) - set(state)
    reference.load_state_dict(state, strict=False, assign=True)
    last = [name for name, layer in reference.named_modules() if f"{name}.weight" in missing]
    last = [name for name in last if not name.startswith(("aux", "Aux"))]
    assert len(last) == 1, last
    kept = []
    reference.get_submodule(last[0]).register_forward_pre_hook(
        lambda _, given: kept.append(given[0])
    )

    def run(images):
        reference(images)
        (given,) = kept
        # The classifier of SqueezeNet is a convolution before the global average.
        return given.mean((2, 3)) if given.ndim == 4 else given

    return run


def main():
    """Compute the table, and print the number of families by their result."""
    rows = []
    for row in read_table():
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            rows.append(try_network(row))
        sys.stdout.write(f"{' | '.join(rows[-1].values())}\n")
        gc.collect()
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    results = Counter(row["native"].partition(":")[0] for row in rows)
    sys.stdout.write(f"{len(rows)} families: {dict(results)}\n")


if __name__ == "__main__":
    main()
