"""Paths of images, found one by one."""

import itertools
import os
from types import SimpleNamespace

import pytest

from skmlic._utils._image_files import list_image_extensions
from skmlic.cli._images import LeftOut, find_images
from skmlic.exceptions import FileRefusedError


def test_folders_are_searched_with_their_subfolders(tmp_path):
    wanted = ["a.JPG", "z.png", "b/c.png", "b/d/e.webp", "g/h.tif"]
    unwanted = ["notes.md", ".hidden.jpg", "b/.thumbnails/f.jpg"]
    for name in [*wanted, *unwanted]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "circle").symlink_to(tmp_path)
    found = find_images([str(tmp_path)])
    assert list(found) == [str(tmp_path / name) for name in wanted]


def test_what_is_left_out_is_counted_and_named(tmp_path):
    for name in [
        "a.jpg",
        ".a.jpg",
        "b/.hidden/c.jpg",
        "1.TXT",
        "b/2.csv",
        "3",
        "4.json",
        "d/e.png",
    ]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to(tmp_path / "d")
    left_out = LeftOut()
    assert left_out.describe() == ""
    found = list(find_images([str(tmp_path)], left_out))
    assert found == [str(tmp_path / name) for name in ("a.jpg", "d/e.png")]
    others = ", ".join(str(tmp_path / name) for name in ["1.TXT", "3", "4.json"])
    hidden = ", ".join(str(tmp_path / name) for name in [".a.jpg", "b/.hidden"])
    assert left_out.describe() == (
        f"Left out in the folders: 5 of other types ({others} and 2 more), 2 hidden ({hidden})"
    )


def test_urls_are_not_searched():
    urls = ["s3://bucket/a.jpg", "https://example.com/list.txt"]
    assert list(find_images(urls)) == urls


@pytest.mark.parametrize("extension", list_image_extensions())
def test_all_formats_that_are_decoded_are_found(tmp_path, extension):
    (tmp_path / f"a{extension.upper()}").touch()
    assert len(list(find_images([str(tmp_path)]))) == 1


def test_first_image_is_found_before_the_folder_is_listed(monkeypatch, tmp_path):
    class Endless:
        """An open folder with infinitely many files."""

        def __init__(self, folder):
            self.numbers = itertools.count()

        def __enter__(self):
            return self

        def __exit__(self, *error):
            pass

        def __iter__(self):
            return self

        def __next__(self):
            name = f"{next(self.numbers)}.jpg"
            return SimpleNamespace(name=name, path=name, is_dir=lambda follow_symlinks: False)

    monkeypatch.setattr(os, "scandir", Endless)
    found = itertools.islice(find_images([str(tmp_path)]), 3)
    assert list(found) == ["0.jpg", "1.jpg", "10.jpg"]


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="the system has no /dev/fd")
def test_a_pipe_of_the_shell_is_a_list(tmp_path):
    reader, writer = os.pipe()
    with open(writer, "w") as lines:
        lines.write("a.png\n\nb c.png\n")
    assert list(find_images([f"/dev/fd/{reader}"])) == ["a.png", "b c.png"]
    os.close(reader)


def test_a_named_pipe_is_no_list(tmp_path):
    os.mkfifo(tmp_path / "list.txt")
    with pytest.raises(FileRefusedError, match="a named pipe, not a regular file"):
        list(find_images([str(tmp_path / "list.txt")]))


@pytest.mark.parametrize("line", ["predict pipe x", "export pipe -o x.onnx", "train x pipe -o m"])
def test_named_pipes_as_inputs_do_not_block(line, tmp_path, monkeypatch, fail):
    monkeypatch.chdir(tmp_path)
    os.mkdir("x")
    os.mkfifo("pipe")
    assert fail(*line.split()) == "skmlic: error: pipe: a named pipe, not a regular file"
