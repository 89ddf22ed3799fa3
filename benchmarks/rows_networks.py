"""Rows about embedding images with larger networks, against the plain loop."""

import timm
import torch
from measuring import (
    divide,
    format_rate,
    make_embedding,
    make_result,
    make_skipped,
    time_alternately,
)
from rows_embedding import (
    PLAIN,
    find_obstacle,
    make_embedder,
    make_plain_loops,
    take_fastest,
)

NETWORKS = ("resnet50", "vit_small_patch16_224")
KINDS = (("openvino", "fp32"), ("openvino", "bf16"), ("torch", "fp32"), ("torch", "bf16"))
# These networks take long.
N_IMAGES = 96


def run_networks(paths, repeats):
    """Compare each engine and precision with the plain loop; the weights are random."""
    paths = paths[:N_IMAGES]
    return [result for name in NETWORKS for result in compare_engines(name, paths, repeats)]


def compare_engines(name, paths, repeats):
    """Return a row for each engine and precision of one network."""
    torch.manual_seed(0)
    network = timm.create_model(name, pretrained=False, num_classes=0).eval()
    obstacles = {kind: find_obstacle(*kind) for kind in KINDS}
    own = {
        kind: make_embedding(make_embedder(paths, *kind, backbone=network), paths)
        for kind, obstacle in obstacles.items()
        if obstacle is None
    }
    seconds = time_alternately(make_plain_loops(network, paths) | own, repeats)
    plain = take_fastest(seconds, PLAIN)
    results = []
    for kind, obstacle in obstacles.items():
        what = f"`ImageEmbedder`, {name}, {' '.join(kind)}, against the plain loop: times faster"
        if obstacle:
            results.append(make_skipped(what, obstacle))
            continue
        rates = f"skmlic {format_rate(len(paths), seconds[kind])}"
        details = f"{rates}; plain loop {format_rate(len(paths), plain)}"
        results.append(make_result(what, divide(plain, seconds[kind]), None, details))
    return results
