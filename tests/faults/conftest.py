"""Trials of faults, and the table of what skmlic made of them.

Each test disturbs a workload in one way: it kills the process, fills the disk, damages a file. By
default, the first test of each module is tried once. The long form tries all tests many times, at
random moments that depend on the number of the trial alone, and prints a table::

    pytest tests/faults --fault-rounds 50
"""

import functools
import os
import shutil
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose
from processes import Process
from workloads import Workload, write_inputs

# Kills, signals and permissions are those of POSIX.
collect_ignore_glob = ["test_*.py"] if os.name == "nt" else []

_HEADER = ("kind", "tried", "survived", "lost", "wrong")


class Reference(NamedTuple):
    """A run of a workload that nothing disturbed: its folder, result and seconds."""

    workload: Workload
    folder: Path
    value: np.ndarray
    warnings: list
    seconds: float
    n_operations: int

    def check(self, folder):
        """Raise an AssertionError if a disturbed run has left wrong files."""
        self.workload.inspect(folder, self.folder)

    def compare(self, value):
        """Raise an AssertionError if a run has returned other numbers."""
        assert_allclose(value, self.value, rtol=0, atol=self.workload.tolerance)

    def finish(self, process):
        """Let a disturbed process end: with the same numbers or, if it needs a disk, an OSError.

        Warnings are of one kind: they tell what can't be used.
        """
        try:
            outcome = process.get()
        except (OSError, *self.workload.errors):
            if self.workload.needs_no_disk:
                raise
        else:
            self.compare(outcome.value)
            assert len({message[:30] for message in outcome.warnings}) <= 1, outcome.warnings

    def repeat(self, folder):
        """Run the workload again; raise an error if it fails or differs."""
        outcome = Process(self.workload.run, folder).get()
        self.compare(outcome.value)
        self.check(folder)
        return outcome


def pytest_addoption(parser):
    parser.addoption(
        "--fault-rounds",
        type=int,
        metavar="N",
        help="try each fault on each workload N times (default: a few of them once)",
    )


def pytest_collection_modifyitems(config, items):
    n_rounds = config.getoption("fault_rounds", None)
    modules, left_out = set(), []
    for item in list(items):
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.faults)
        item.add_marker(pytest.mark.slow)
        if n_rounds is not None:
            # Hundreds of trials take minutes; each of their processes has a limit of its own.
            item.add_marker(pytest.mark.timeout(0))
        elif item.path in modules:
            items.remove(item)
            left_out.append(item)
        modules.add(item.path)
    config.hook.pytest_deselected(items=left_out)


@pytest.fixture
def try_often(request, tmp_path):
    """Return a function that tries a fault a number of times, and counts what came of it.

    It takes the name of the kind, and a function of a folder and a random generator, which

    - returns if everything was as it has to be (survived),
    - raises an AssertionError if there was a wrong number (wrong),
    - raises any other error if work was lost or could not go on (lost).
    """

    def run(kind, attempt):
        counts, failures = Counter(), []
        for number in range(request.config.getoption("fault_rounds", None) or 1):
            folder = tmp_path / str(number)
            folder.mkdir()
            rng = np.random.default_rng([zlib.crc32(kind.encode()), number])
            try:
                attempt(folder, rng)
            except Exception as error:
                outcome = "wrong" if isinstance(error, AssertionError) else "lost"
                failures.append(error)
                error.add_note(f"{kind}: trial {number} in {folder} ({outcome})")
            else:
                outcome = "survived"
                shutil.rmtree(folder)
            counts[outcome] += 1
        request.node.user_properties.append(("fault", (kind, dict(counts))))
        if failures:
            raise ExceptionGroup(f"{kind}: {dict(counts)}", failures)

    return run


def pytest_terminal_summary(terminalreporter, config):
    if config.getoption("fault_rounds", None) is None:
        return
    counts = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, value in getattr(report, "user_properties", ()):
                if name == "fault" and report.when == "call":
                    kind, outcomes = value
                    counts.setdefault(kind, Counter()).update(outcomes)
    rows = [_make_row(kind, counts[kind]) for kind in sorted(counts)]
    rows.append(_make_row("all", sum(counts.values(), Counter())))
    width = max(len(row[0]) for row in rows)
    terminalreporter.section("faults")
    for kind, *numbers in (_HEADER, *rows):
        cells = (f"{number:>9}" for number in numbers)
        terminalreporter.write_line(f"{kind:<{width}} {' '.join(cells)}")


def _make_row(kind, counts):
    return kind, counts.total(), *(counts[outcome] for outcome in _HEADER[2:])


@pytest.fixture(scope="session")
def inputs(tmp_path_factory):
    """Return a folder with the files that all workloads need."""
    folder = tmp_path_factory.mktemp("inputs")
    Process(write_inputs, folder).get()
    return folder


@pytest.fixture(scope="session")
def undisturbed(inputs, tmp_path_factory):
    """Return a function that runs a workload undisturbed, once, and returns the folder and more."""

    @functools.cache
    def run(workload):
        folder = tmp_path_factory.mktemp("undisturbed")
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        outcome = Process(workload.run, folder).get()
        copy = tmp_path_factory.mktemp("counted")
        shutil.copytree(inputs, copy, dirs_exist_ok=True)
        counted = Process(workload.run, copy, signal_at=(0, None)).get()
        outcome = outcome._replace(n_operations=counted.n_operations)
        return Reference(workload, folder, *outcome)

    return run
