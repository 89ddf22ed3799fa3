"""Fuzz the readers of the package with atheris (``pip install -e ".[test,fuzz]"``).

``python tests/fuzz/run.py --target images --runs 10000`` mutates the seeds and the corpus of a
target, guided by coverage. It prints the number of inputs and each fault: an exception that no
docstring announces, more than 5 seconds, or more than 1.5 GB. The inputs of faults are written to
``--output``; add those of corrected ones to ``tests/fuzz/corpus``, which the tests run.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
import traceback
from hashlib import sha1
from pathlib import Path
from tempfile import TemporaryDirectory

from fuzz_targets.harness import TARGETS, check

_CORPUS = Path(__file__).parent / "corpus"
_SECONDS, _MEGABYTES = 5, 1500


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--target", choices=TARGETS, help="default: all")
    parser.add_argument("--runs", type=int, default=10_000, help="inputs per target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, default=Path("fuzz-findings"))
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        return _fuzz(args)
    n_faults = sum(_start(name, args) for name in ([args.target] if args.target else TARGETS))
    return min(n_faults, 1)


def _start(target, args):
    """Fuzz a target in a process of its own, and return the number of faults."""
    output = args.output / target
    output.mkdir(parents=True, exist_ok=True)
    before = set(output.iterdir())
    options = ["--target", target, "--runs", args.runs, "--seed", args.seed, "--output", output]
    done = subprocess.run(
        [sys.executable, __file__, "--worker", *map(str, options)],
        stderr=subprocess.PIPE,
        errors="replace",
    )
    faults = sorted(set(output.iterdir()) - before)
    counts = re.findall(r"stat::(?:number_of_executed_units|peak_rss_mb):\s*(\d+)", done.stderr)
    done_text = "{} inputs, at most {} MB".format(*counts) if counts else "ended early"
    print(f"{target}: {done_text}, {len(faults)} faults")
    for path in faults:
        print(f"  {path}")
    if faults or done.returncode:
        print(done.stderr[-20_000:])
    return len(faults) or int(done.returncode != 0)


def _fuzz(args):
    import atheris

    with atheris.instrument_imports(include=["skmlic", "PIL"]):
        importlib.import_module("skmlic")
        target = importlib.import_module(f"fuzz_targets.{args.target}")
    seen = set()

    def test_one_input(data):
        error = check(target.run, data)
        if error is None:
            return
        frames = traceback.extract_tb(error.__traceback__)
        kind = type(error).__name__, frames[-1].filename, frames[-1].lineno
        if kind not in seen:
            seen.add(kind)
            name = f"{type(error).__name__}-{sha1(data).hexdigest()[:8]}"
            (args.output / name).write_bytes(data)
            print(name, "".join(traceback.format_exception(error, limit=-6)), file=sys.stderr)

    folder = _CORPUS / args.target
    known = [path.read_bytes() for path in folder.iterdir()] if folder.is_dir() else []
    with TemporaryDirectory() as corpus:
        for number, data in enumerate([*target.seeds(), *known]):
            Path(corpus, str(number)).write_bytes(data)
        options = {
            "runs": args.runs,
            "seed": args.seed,
            "timeout": _SECONDS,
            "rss_limit_mb": _MEGABYTES,
            "max_len": getattr(target, "MAX_LENGTH", 4096),
            "artifact_prefix": f"{args.output}{os.sep}",
            "print_final_stats": 1,
            "verbosity": 0,
        }
        flags = [f"-{name}={value}" for name, value in options.items()]
        hooks = {"custom_mutator": target.mutate} if hasattr(target, "mutate") else {}
        atheris.Setup([sys.argv[0], *flags, corpus], test_one_input, **hooks)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
