"""Tests of the file format: damaged and foreign files, and failures of writing."""

import os
import pickle
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import save_file

from skmlic import load_model, save_model
from skmlic.exceptions import FileRefusedError, ModelFileError


@pytest.mark.parametrize("place", [0, 0.001, 0.02, 0.1, 0.5, 0.9, 1])
def test_flipped_bits_are_found(place, whole, tmp_path):
    path = tmp_path / "model.skmlic"
    damaged = bytearray(whole)
    position = round(place * (len(whole) - 1))
    for bit in (0, 5, 7):
        damaged[position] = whole[position] ^ (1 << bit)
        path.write_bytes(damaged)
        with pytest.raises(ModelFileError, match=re.escape(str(path))):
            load_model(path)


@pytest.mark.parametrize("kept", [1, 8, 9, 100, 0.5, -1])
def test_truncated_files_are_found(kept, whole, tmp_path):
    kept = int(kept * len(whole)) if isinstance(kept, float) else kept
    (tmp_path / "model.skmlic").write_bytes(whole[:kept])
    with pytest.raises(ModelFileError, match=r"model.skmlic is (damaged|not a model file)"):
        load_model(tmp_path / "model.skmlic")


def test_longer_files_are_found(whole, tmp_path):
    (tmp_path / "model.skmlic").write_bytes(whole + b"\0")
    with pytest.raises(ModelFileError, match="damaged"):
        load_model(tmp_path / "model.skmlic")


def test_errors_of_other_files_name_the_remedy(head_classifier, tmp_path):
    path = tmp_path / "file"
    with pytest.raises(FileNotFoundError):
        load_model(path)
    with pytest.raises(OSError, match=r"irectory|ermission"):
        load_model(tmp_path)
    path.write_bytes(b"")
    with pytest.raises(ModelFileError, match="is empty"):
        load_model(path)
    path.write_bytes(pickle.dumps(head_classifier))
    with pytest.raises(ModelFileError, match=r"is not a model file.*pickle"):
        load_model(path)
    path.write_text("a text of some length, which is no model", encoding="utf-8")
    with pytest.raises(ModelFileError, match="is not a model file"):
        load_model(path)
    for metadata in (None, {"format": "pt"}):
        save_file({"weight": torch.zeros(2)}, path, metadata=metadata)
        with pytest.raises(ModelFileError, match=r"holds tensors but no model.*weights=path"):
            load_model(path)


def test_pipes_and_devices_are_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(os.devnull)
    for name, kind in (("pipe", "a named pipe"), ("link", "a device")):
        with pytest.raises(FileRefusedError, match=f"{kind}, not a regular file"):
            load_model(tmp_path / name)


def test_pickles_are_not_loaded(tmp_path):
    class Hostile:
        def __reduce__(self):
            return (tmp_path / "done").touch, ()

    path = tmp_path / "model.skmlic"
    path.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(ModelFileError):
        load_model(path)
    torch.save(Hostile(), path)
    with pytest.raises(ModelFileError):
        load_model(path)
    assert not (tmp_path / "done").exists()


def test_later_formats_are_named(load_forged):
    with pytest.raises(ModelFileError, match=r"is of format 3.*up to 2.*pip install -U skmlic"):
        load_forged(lambda document, tensors: document.update(format=3))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "NaN", '{"format": NaN}', '{"format": "1"}', "[" * 100_000],
    ids=["empty", "list", "no format", "NaN", "format NaN", "format text", "nested"],
)  # fmt: skip
def test_documents_that_are_not_json_or_have_no_format(text, tmp_path, forge):
    forge(tmp_path / "model", text, {})
    with pytest.raises(ModelFileError, match=r"model does not (hold|name)"):
        load_model(tmp_path / "model")


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("function", ["os.fsync", "os.replace"])
def test_failures_leave_an_existing_file_unchanged(
    function, error, head_classifier, assert_same, tmp_path, monkeypatch
):
    path = tmp_path / "model.skmlic"
    path.write_bytes(b"before")

    def fail(*args, **kwargs):
        raise error("no space left")

    monkeypatch.setattr(f"skmlic._utils._atomic_file.{function}", fail)
    with pytest.raises(error, match="no space left"):
        save_model(head_classifier, path)
    monkeypatch.undo()
    assert [file.name for file in tmp_path.iterdir()] == ["model.skmlic"]
    assert path.read_bytes() == b"before"
    save_model(head_classifier, str(path))
    assert_same(load_model(str(path)), head_classifier)
    assert [file.name for file in tmp_path.iterdir()] == ["model.skmlic"]


def test_files_have_the_permissions_of_other_new_files(head_classifier, tmp_path):
    (tmp_path / "other").touch()
    save_model(head_classifier, tmp_path / "model")
    assert (tmp_path / "model").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_missing_folders_are_named(head_classifier, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere"):
        save_model(head_classifier, tmp_path / "nowhere" / "model.skmlic")
    with pytest.raises(IsADirectoryError, match=r"is a folder; .*model\.skmlic"):
        save_model(head_classifier, tmp_path)
    assert not list(tmp_path.iterdir())


def test_longest_file_names(head_classifier, tmp_path):
    path = tmp_path / ("m" * 255)
    save_model(head_classifier, path)
    assert load_model(path).n_labels_ == 3


def test_threads_load_at_the_same_time(classifier, images, whole, tmp_path):
    X, _, _ = images
    (tmp_path / "model").write_bytes(whole)
    with ThreadPoolExecutor(4) as pool:
        loaded = list(pool.map(load_model, [tmp_path / "model"] * 4))
    for one in loaded:
        assert_array_equal(one.predict_proba(X), classifier.predict_proba(X))


def test_loaded_models_do_not_depend_on_their_files(classifier, images, whole, tmp_path):
    X, _, _ = images
    path = tmp_path / "model.skmlic"
    path.write_bytes(whole)
    loaded = load_model(path)
    with open(path, "rb+") as file:
        file.write(b"\0" * path.stat().st_size)
    path.unlink()
    assert_array_equal(loaded.predict_proba(X), classifier.predict_proba(X))
