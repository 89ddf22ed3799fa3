"""Timing of methods that run alternately, and the ratios of their times."""

import sys
import time
from collections import namedtuple
from statistics import median

import skmlic

# A line of the table: `ratios` has one number per round, and `target` is (">=" or "<=", number) or
# None; `reason` says why there are no ratios.
Result = namedtuple("Result", ["what", "ratios", "target", "details", "reason"])

# A method that is timed: `run` is timed, `prepare` is called right before it and is not.
Contender = namedtuple("Contender", ["prepare", "run"])


def make_result(what, ratios, target=None, details=""):
    """Return a line of the table with ratios."""
    return Result(what, list(ratios), target, details, "")


def make_skipped(what, reason):
    """Return a line of the table that gives the reason why there are no ratios."""
    return Result(what, [], None, "", reason)


def log(text):
    """Print a line of progress to the standard error."""
    print(text, file=sys.stderr, flush=True)


def time_once(contender):
    """Prepare a contender, run it, and return the seconds of the run."""
    contender.prepare()
    start = time.perf_counter()
    contender.run()
    return time.perf_counter() - start


def time_alternately(contenders, repeats):
    """Time the contenders alternately, A B C A B C …, and return a list of seconds for each."""
    seconds = {name: [] for name in contenders}
    for number in range(repeats):
        for name, contender in contenders.items():
            seconds[name].append(time_once(contender))
            log(f"  round {number + 1} of {repeats}: {name}: {seconds[name][-1]:.2f} s")
    return seconds


def make_embedding(embedder, paths):
    """Return a contender that embeds all images with a fitted embedder and an empty store."""

    def prepare():
        # This compiles the network, unless it is already compiled.
        embedder.transform(paths[:8])
        skmlic.clear_cache()

    return Contender(prepare, lambda: embedder.transform(paths))


def divide(numerators, denominators):
    """Return the ratios of two lists, one per round."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def format_spread(values, pattern="{:.2f}"):
    """Return the median as text, followed by the smallest and largest value in brackets."""
    middle, low, high = (pattern.format(v) for v in (median(values), min(values), max(values)))
    return f"{middle} ({low} – {high})"


def format_rate(n_images, seconds):
    """Return the number of images per second as text."""
    return format_spread([n_images / s for s in seconds], "{:.0f}") + " images/s"


def is_reached(result):
    """Return whether the median reaches the target; None if there is no target."""
    if not result.ratios or result.target is None:
        return None
    comparison, number = result.target
    if comparison == ">=":
        return median(result.ratios) >= number
    return median(result.ratios) <= number
