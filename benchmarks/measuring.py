"""How long things take, in turn, and the ratios that come of it."""

import sys
import time
from collections import namedtuple
from statistics import median

import skmlic

# A line of the table: `ratios` has one number a round; `target` is (">=" or "<=", number) or None.
# `reason` says why there are no ratios.
Result = namedtuple("Result", ["what", "ratios", "target", "details", "reason"])

# What is measured: `run` is timed, `prepare` comes right before it and is not.
Contender = namedtuple("Contender", ["prepare", "run"])


def make_result(what, ratios, target=None, details=""):
    """Return a line of the table with numbers in it."""
    return Result(what, list(ratios), target, details, "")


def left_out(what, reason):
    """Return a line of the table that says why there is no number."""
    return Result(what, [], None, "", reason)


def say(text):
    """Tell the one who waits what is going on."""
    print(text, file=sys.stderr, flush=True)


def time_once(contender):
    """Prepare a contender, run it, and return the seconds of the run."""
    contender.prepare()
    start = time.perf_counter()
    contender.run()
    return time.perf_counter() - start


def take_turns(contenders, repeats):
    """Time the contenders in turn, A B C A B C ..., and return the seconds of each as a list."""
    seconds = {name: [] for name in contenders}
    for number in range(repeats):
        for name, contender in contenders.items():
            seconds[name].append(time_once(contender))
            say(f"  round {number + 1} of {repeats}: {name}: {seconds[name][-1]:.2f} s")
    return seconds


def make_embedding(embedder, paths):
    """Return a contender: all pictures through a fitted embedder that has seen none of them."""

    def prepare():
        # The network is compiled here, if it was not, or if other engines pushed it out.
        embedder.transform(paths[:8])
        skmlic.clear_cache()

    return Contender(prepare, lambda: embedder.transform(paths))


def divide(numerators, denominators):
    """Return the ratios of two lists, round by round."""
    return [a / b for a, b in zip(numerators, denominators, strict=True)]


def format_spread(values, pattern="{:.2f}"):
    """Return a text: the median, and the least and largest value in brackets."""
    middle, low, high = (pattern.format(v) for v in (median(values), min(values), max(values)))
    return f"{middle} ({low} – {high})"


def format_rate(n_pictures, seconds):
    """Return a text: pictures a second."""
    return format_spread([n_pictures / s for s in seconds], "{:.0f}") + " pictures/s"


def is_reached(result):
    """Tell whether the median reaches the target; None if there is no target."""
    if not result.ratios or result.target is None:
        return None
    comparison, number = result.target
    if comparison == ">=":
        return median(result.ratios) >= number
    return median(result.ratios) <= number
