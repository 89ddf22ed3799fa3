"""kill -9: the next run finds nothing half-written, and computes the same numbers."""

import shutil

import pytest
from processes import kill_at_random
from workloads import WORKLOADS


@pytest.mark.parametrize("workload", WORKLOADS, ids=str)
def test_a_killed_process(workload, inputs, undisturbed, try_often):
    expected = undisturbed(workload)

    def attempt(folder, rng):
        shutil.copytree(inputs, folder, dirs_exist_ok=True)
        kill_at_random(workload, folder, expected, rng)
        expected.check(folder)
        assert expected.repeat(folder).warnings == expected.warnings

    try_often(f"kill -9: {workload}", attempt)
