"""Build the wheel and the source distribution, and check that they can be reproduced.

They are built from the repository, and again from the unpacked source distribution in another
folder: both times, all bytes must be the same. The wheel is installed in a new environment, whose
packages are listed in a bill of materials (CycloneDX) beside the distributions.

Usage: python tools/build_distributions.py FOLDER
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*command, **environment):
    """Run a command, whose failure ends this script."""
    subprocess.run(list(map(str, command)), check=True, env={**os.environ, **environment})


def find_epoch():
    """Return the time that files in the distributions get: that of the commit."""
    command = ["git", "-C", ROOT, "log", "-1", "--format=%ct"]
    return (
        os.environ.get("SOURCE_DATE_EPOCH") or subprocess.check_output(command, text=True).strip()
    )


def build(source, folder, epoch):
    """Build both distributions of a source tree, and return ``{name: bytes}``."""
    options = ["--no-isolation", "--sdist", "--wheel", "--outdir", folder]
    run(sys.executable, "-m", "build", *options, source, SOURCE_DATE_EPOCH=epoch)
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def build_from_sdist(sdist, epoch):
    """Build both distributions of an unpacked source distribution."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (source,) = Path(folder).iterdir()
        return build(source, Path(folder, "dist"), epoch)


def check_contents(wheel, sdist):
    """Raise an error if a distribution lacks a file or has one that does not belong there."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    information = f"{wheel.stem.removesuffix('-py3-none-any')}.dist-info"
    places = {name.partition("/")[0] for name in names}
    if places != {"skmlic", information}:
        sys.exit(f"{wheel.name} contains {sorted(places)}, expected skmlic and {information} only.")
    with tarfile.open(sdist) as archive:
        sources = {name.partition("/")[2] for name in archive.getnames()}
    needed = {wheel: ["skmlic/py.typed", f"{information}/licenses/LICENSE"]}
    needed[sdist] = ["LICENSE", "README.md", "SECURITY.md", "tests/conftest.py", "tox.ini"]
    for path, found in ((wheel, names), (sdist, sources)):
        if missing := set(needed[path]).difference(found):
            sys.exit(f"{path.name} lacks {', '.join(sorted(missing))}.")
        print(f"{path.name}: {len(found)} files, {path.stat().st_size:,} bytes")
        print(f"  sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


def install(wheel, bill):
    """Install the wheel in a new environment, run it, and list the packages of the environment."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=False)
        python = Path(
            folder, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python"))
        )
        run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", wheel)
        run(python, "-m", "skmlic", "--version")
        options = ["--output-reproducible", "--output-format", "JSON", "--output-file", bill]
        run(sys.executable, "-m", "cyclonedx_py", "environment", *options, python)


def main(folder):
    """Build, compare, check and install the distributions."""
    folder = Path(folder)
    epoch = find_epoch()
    first = build(ROOT, folder, epoch)
    wheel, sdist = (next(folder.glob(pattern)) for pattern in ("*.whl", "*.tar.gz"))
    again = build_from_sdist(sdist, epoch)
    if different := [name for name in first | again if first.get(name) != again.get(name)]:
        sys.exit(f"Built from the source distribution, {', '.join(different)} is different.")
    check_contents(wheel, sdist)
    install(wheel, folder / f"{sdist.name.removesuffix('.tar.gz')}.cdx.json")


if __name__ == "__main__":
    main(sys.argv[1])
