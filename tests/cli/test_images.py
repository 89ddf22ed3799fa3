"""Paths of images, found one by one."""

import itertools
import os
from types import SimpleNamespace

from skmlic.cli._images import find_images


def test_folders_are_searched_with_their_subfolders(tmp_path):
    wanted = ["a.JPG", "z.png", "b/c.png", "b/d/e.webp", "g/h.tif"]
    unwanted = ["notes.md", ".hidden.jpg", "b/.thumbnails/f.jpg"]
    for name in [*wanted, *unwanted]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "b" / "circle").symlink_to(tmp_path)
    found = find_images([str(tmp_path)])
    assert list(found) == [str(tmp_path / name) for name in wanted]


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
