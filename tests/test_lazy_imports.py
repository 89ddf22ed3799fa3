"""The public names of the package, which are imported on first use."""

import subprocess
import sys


def test_public_names_are_imported_on_first_use():
    code = """
import sys, skmlic
assert "torch" not in sys.modules
assert set(skmlic.__all__) <= set(dir(skmlic))
assert set(skmlic._HOMES) == set(skmlic.__all__)
for name in skmlic.__all__:
    assert getattr(skmlic, name).__module__.startswith(skmlic._HOMES[name]), name
assert skmlic.metrics.f1_score
try:
    skmlic.nothing
except AttributeError as error:
    assert str(error) == "module 'skmlic' has no attribute 'nothing'"
else:
    raise AssertionError
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
