"""Rows about embedding images, against the plain loop, its parts and other packages."""

import importlib.util
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from images import copy_images
from loops import embed_plainly, make_network
from measuring import (
    Contender,
    divide,
    format_rate,
    log,
    make_embedding,
    make_result,
    make_skipped,
    time_alternately,
)
from peers import find_peers

import skmlic
from skmlic._utils._compat import cpu_computes_in_bf16
from skmlic._utils._threads import count_threads
from skmlic.embedding._engines import get_engine

# Engine and precision of each row, and how many times faster than the plain loop it must be.
EMBED_ROWS = {
    "embed-fp32": ("openvino", "fp32", (">=", 7.5)),
    "embed-bf16": ("openvino", "bf16", (">=", 12)),
    "embed-torch-fp32": ("torch", "fp32", (">=", 3.5)),
    "embed-torch-bf16": ("torch", "bf16", None),
}
PLAIN = {f"plain loop, {n} workers": n for n in (0, 2)}
EFFICIENCIES = (("openvino", "bf16"), ("openvino", "fp32"), ("torch", "fp32"))
MIN_EFFICIENCY = 0.95
N_COPIES = 4000
MIN_COSINE = 0.95


def find_obstacle(engine, precision):
    """Return why this processor or installation can't run an engine, or None."""
    if engine == "openvino" and importlib.util.find_spec("openvino") is None:
        return "openvino is not installed"
    if precision == "bf16" and not cpu_computes_in_bf16():
        return "this processor does not compute in bf16"
    return None


def make_embedder(paths, engine="auto", precision="auto", **parameters):
    """Return a fitted embedder on the CPU, which the plain loop uses as well."""
    embedder = skmlic.ImageEmbedder(engine=engine, precision=precision, device="cpu", **parameters)
    return embedder.fit(paths)


def average_cosine(a, b):
    """Return the mean over rows of the cosine between two feature matrices."""
    lengths = np.linalg.norm(a, axis=1) * np.linalg.norm(b, axis=1)
    return float(np.mean(np.sum(a * b, axis=1) / lengths))


def check_same_network(network, paths, engine, precision):
    """Raise an error unless an embedder with the plain loop's preprocessing has its features."""
    embedder = make_embedder(paths, engine, precision, pooling="avg", resize="crop")
    cosine = average_cosine(embed_plainly(network, paths, 0), embedder.transform(paths))
    if cosine < MIN_COSINE:
        raise AssertionError(f"{engine} {precision}: the features differ from the plain loop's")


def name_embedder(embedder):
    """Return the engine and precision of a fitted embedder as text."""
    return f"{embedder.engine_} {embedder.precision_}"


def make_plain_loops(network, paths):
    """Return the plain loop as contenders, without worker processes and with two."""

    def make(n_workers):
        return Contender(
            lambda: embed_plainly(network, paths[:8], 0),
            lambda: embed_plainly(network, paths, n_workers),
        )

    return {name: make(n_workers) for name, n_workers in PLAIN.items()}


def take_fastest(seconds, names):
    """Return the seconds of the fastest of some contenders in each round."""
    return [min(times) for times in zip(*(seconds[name] for name in names), strict=True)]


def run_embedding_rows(names, paths, repeats):
    """Time the plain loop, the embedders of some rows and the peers alternately."""
    network = make_network()
    embedders, results = prepare_embedders(names, network, paths)
    peers, missing = find_peers(paths) if "peers" in names else ({}, {})
    if peers:
        embedders["peers"] = make_embedder(paths)
    if embedders:
        own = {name_embedder(e): make_embedding(e, paths) for e in embedders.values()}
        contenders = make_plain_loops(network, paths) | own | peers
        seconds = time_alternately(contenders, repeats)
        results += [
            describe_embedder(seconds, embedder, EMBED_ROWS[name], len(paths))
            for name, embedder in embedders.items()
            if name != "peers"
        ]
        results += [
            describe_peer(seconds, name, peer, embedders["peers"], network, paths)
            for name, peer in peers.items()
        ]
    return results + [make_skipped(describe_peer_row(name), why) for name, why in missing.items()]


def prepare_embedders(names, network, paths):
    """Return a dict row -> fitted embedder, and results of rows that this machine can't run."""
    embedders, results = {}, []
    for name in names:
        if name not in EMBED_ROWS:
            continue
        engine, precision, _ = EMBED_ROWS[name]
        if obstacle := find_obstacle(engine, precision):
            results.append(make_skipped(describe_embed_row(engine, precision), obstacle))
            continue
        check_same_network(network, paths[:8], engine, precision)
        embedders[name] = make_embedder(paths, engine, precision)
    return embedders, results


def describe_embed_row(engine, precision):
    """Return the first cell of a row."""
    return f"`ImageEmbedder`, {engine} {precision}, against the plain loop: times faster"


def describe_peer_row(name):
    """Return the first cell of a row."""
    return f"`ImageEmbedder` with its defaults against {name}: times faster"


def describe_embedder(seconds, embedder, row, n_images):
    """Return the result of one embedder against the plain loop, the faster one of each round."""
    engine, precision, target = row
    own = seconds[name_embedder(embedder)]
    rates = {"skmlic": own, **{name: seconds[name] for name in PLAIN}}
    return make_result(
        describe_embed_row(engine, precision),
        divide(take_fastest(seconds, PLAIN), own),
        target,
        "; ".join(f"{name} {format_rate(n_images, times)}" for name, times in rates.items()),
    )


def describe_peer(seconds, name, peer, default, network, paths):
    """Return the result of the default embedder against a peer."""
    own = seconds[name_embedder(default)]
    few = paths[:8]
    cosine = average_cosine(embed_plainly(network, few, 0), np.asarray(peer.run(few)))
    return make_result(
        describe_peer_row(name),
        divide(seconds[name], own),
        None,
        f"{name} {format_rate(len(paths), seconds[name])}; skmlic {name_embedder(default)} "
        f"{format_rate(len(paths), own)}; mean cosine of {name}'s features with the plain loop's: "
        f"{cosine:.2f}",
    )


def run_efficiency(paths, repeats):
    """Compare embedders with the rates of the network and of the decoder alone."""
    results = [measure_efficiency(paths, repeats, *kind) for kind in EFFICIENCIES]
    with tempfile.TemporaryDirectory() as folder:
        copies = copy_images(paths, folder, N_COPIES)
        kinds = [kind for kind in EFFICIENCIES if kind[0] == "openvino"]
        return results + [measure_efficiency(copies, repeats, *kind) for kind in kinds]


def measure_efficiency(paths, repeats, engine, precision):
    """Compare the rate of one embedder with 1 / (1 / forward + 1 / decode)."""
    what = (
        f"`ImageEmbedder`, {engine} {precision}, {len(paths)} images: its rate / "
        "(1 / (1/forward + 1/decode))"
    )
    if obstacle := find_obstacle(engine, precision):
        return make_skipped(what, obstacle)
    log(f"  efficiency of {engine} {precision}")
    embedder = make_embedder(paths, engine, precision)
    n_threads = count_threads(embedder.n_jobs)
    forward = get_engine(
        embedder.backbone_,
        engine=embedder.engine_,
        device=embedder.device_,
        precision=embedder.precision_,
        batch_size=embedder.batch_size,
        n_threads=n_threads,
    )
    pixels = list(enumerate(decode_all(embedder, paths, n_threads)))
    contenders = {
        "forward": Contender(
            lambda: list(forward.run(iter(pixels[:8]))), lambda: list(forward.run(iter(pixels)))
        ),
        "decode": Contender(
            lambda: decode_all(embedder, paths[:8], n_threads),
            lambda: decode_all(embedder, paths, n_threads),
        ),
        "embed": make_embedding(embedder, paths),
    }
    seconds = time_alternately(contenders, repeats)
    parts = [f + d for f, d in zip(seconds["forward"], seconds["decode"], strict=True)]
    return make_result(
        what,
        divide(parts, seconds["embed"]),
        (">=", MIN_EFFICIENCY),
        "; ".join(f"{name} {format_rate(len(paths), times)}" for name, times in seconds.items()),
    )


def decode_all(embedder, paths, n_threads):
    """Return the preprocessed pixels of files, decoded in the embedder's number of threads."""
    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(embedder.backbone_.preprocessing, paths))
