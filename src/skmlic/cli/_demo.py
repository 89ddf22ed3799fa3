"""``skmlic demo``: all commands on generated images."""

import argparse
import contextlib
import shlex
import tempfile
from pathlib import Path

from PIL import Image

from skmlic.cli._console import Console
from skmlic.datasets import make_digit_scenes

_N_TRAINING, _N_NEW = 600, 100

_COMMANDS = (
    "describe images images.csv",
    "train images images.csv -o model.skmlic",
    "evaluate model.skmlic new new.csv",
    "predict model.skmlic new -o predictions.tsv",
)


def run(args: argparse.Namespace, console: Console) -> int:
    """Run the command."""
    if args.folder is not None:
        folder = Path(args.folder)
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileExistsError(f"The folder {args.folder!r} is not empty; pass a new one.")
        return _show(folder, args, console)
    with tempfile.TemporaryDirectory(prefix="skmlic-demo-") as folder:
        code = _show(Path(folder), args, console)
    console.note("The files are deleted; to keep them, pass a folder: skmlic demo FOLDER")
    return code


def _show(folder, args, console):
    for name, n_images, seed in (("images", _N_TRAINING, 0), ("new", _N_NEW, 1)):
        _make_images(folder, name, n_images, seed)
    console.write("Photographs with handwritten digits in them; the labels are the digits.")
    console.write(f"\n$ cd {shlex.quote(str(folder))}")
    with contextlib.chdir(folder):
        for command in _COMMANDS:
            console.write(f"\n$ skmlic {command}")
            code = _run(command, args)
            if code:
                return code
        lines = Path("predictions.tsv").read_text(encoding="utf-8").splitlines()
    console.write("\n$ head -4 predictions.tsv | cut -f 1-5")
    for line in lines[:4]:
        console.write("\t".join(line.split("\t")[:5]))
    return 0


def _make_images(folder, name, n_images, seed):
    (folder / name).mkdir()
    images, Y = make_digit_scenes(n_images, random_state=seed)
    Y.insert(0, "file", [f"{number:03d}.jpg" for number in range(n_images)])
    Y.to_csv(folder / f"{name}.csv", index=False)
    for image, file in zip(images, Y["file"], strict=True):
        Image.fromarray(image).save(folder / name / file, quality=90)


def _run(command, args):
    # Imported here, since the module of `main` imports this one.
    from skmlic.cli import main

    flags = [flag for flag, given in (("--quiet", args.quiet), ("--debug", args.debug)) if given]
    return main([*shlex.split(command), *flags])
