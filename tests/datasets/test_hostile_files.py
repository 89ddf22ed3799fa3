"""Tables, annotations and archives that would hang, crash or fill the memory."""

import gzip
import io
import os
import tarfile
import zipfile

import pytest
from PIL import Image

from skmlic.datasets import load_dataset
from skmlic.datasets._unpack import unpack
from skmlic.exceptions import FileRefusedError

NAMES = ("x.csv", "x.tsv", "x.jsonl", "x.json", "x.xml", "data.yaml", "x.zip", "x.tar")


@pytest.fixture
def images(root):
    """A folder with an image."""
    (root / "images").mkdir()
    Image.new("L", (4, 4)).save("images/a.png")
    return root / "images"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("make", [os.mkfifo, lambda name: os.symlink("/dev/zero", name)])
def test_pipes_and_devices_are_refused(make, name, images):
    make(name)
    data = [name] if name.endswith(("zip", "tar")) else ["images", name]
    with pytest.raises(FileRefusedError, match=r"is a (named pipe|device), not a regular file"):
        load_dataset(*data)


@pytest.mark.parametrize("form", ["voc", "yolo", "webdataset", "lists", "class_folders"])
def test_pipes_in_folders_are_left_alone(form, images):
    """Files that readers find by themselves are regular ones."""
    folder = {"voc": "images", "lists": "lists"}.get(form, "images")
    os.makedirs(folder, exist_ok=True)
    for name in ("a.xml", "a.txt", "a.json", "sea.txt", "annotations.xml", "_classes.csv", "b.png"):
        os.mkfifo(f"{folder}/{name}")
    labels = ["lists"] if form == "lists" else []
    with pytest.raises((OSError, ValueError)):
        load_dataset("images", *labels, **({"format": form} if form in ("yolo",) else {}))


DEEP = 100_000
COCO = b'{"categories": [{"id": 1, "name": "sea"}], "annotations": [], "images": '
CONTENTS = {
    "deep.json": b"[" * DEEP + b"]" * DEEP,
    "deep object.json": b'{"images": ' * DEEP + b"1" + b"}" * DEEP,
    "deep in an object.json": b'{"data": {"image": ' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "deep.jsonl": b'{"file": "a.png", "labels": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "digits.json": COCO + b'[{"id": ' + b"9" * 10_000 + b', "file_name": "a.png"}]}',
    "digits.jsonl": b'{"file": "a.png", "sea": ' + b"9" * 10_000 + b"}",
    "nan.json": COCO + b'[{"id": NaN, "file_name": "a.png"}, {"id": NaN, "file_name": "b.png"}]}',
    "infinite.json": COCO + b'[{"id": 1, "file_name": Infinity}]}',
    "twice.json": b'{"classes": ["sea"], "labels": {"a.png": [0], "a.png": []}}',
    "twice.jsonl": b'{"file": "a.png", "sea": 1, "sea": 0}',
    "laughs.xml": b'<!DOCTYPE a [<!ENTITY b "'
    + b"ha" * 100
    + b'">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, b"&b%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><annotations><image name='&b9;'/></annotations>",
    "external.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
    b"<annotations><image name='a.png'><tag label='sea'/>&b;</image></annotations>",
    "deep.xml": b"<annotations>" + b"<image>" * DEEP + b"</image>" * DEEP + b"</annotations>",
    "long field.csv": b'file,labels\na.png,"' + b"x" * 10**7 + b'"\n',
    "quote.csv": b'file,labels\na.png,"' + b"x,\n" * 10**5,
    "zeros.csv": b"file,labels\na.png,sea\0tide\n",
    "bytes.csv": bytes(range(256)) * 10,
}


@pytest.mark.parametrize("name", CONTENTS)
def test_one_error_names_what_is_wrong(name, images):
    (images.parent / name).write_bytes(CONTENTS[name])
    with pytest.raises((OSError, ValueError), match=r"\w{4} ") as caught:
        load_dataset("images", name)
    assert len(str(caught.value)) < 3000


def test_aliases_of_yaml_do_not_multiply(images):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (images / "data.yaml").write_text("\n".join([*lines, "names: *a8"]))
    (images / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n")
    with pytest.raises(ValueError, match="has no 'names', expected a list of labels"):
        load_dataset("images")
    (images / "data.yaml").write_text("names: " + "[" * 2000)
    with pytest.raises(ValueError, match="is not valid YAML"):
        load_dataset("images")


def _pack_tar(names, mode):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, compresslevel=1) as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return stream.getvalue()


def _pack_zip(names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return stream.getvalue()


def test_archives_of_many_empty_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("skmlic.datasets._unpack._LARGE", 1 << 20)
    names = [f"{number}.png" for number in range(1000)]
    for name, content in (("a.tgz", _pack_tar(names, "w:gz")), ("a.zip", _pack_zip(names))):
        (tmp_path / name).write_bytes(content)
        if name == "a.zip":
            # An entry of a zip file takes a hundred bytes, so that this is less than a hundredfold.
            unpack(tmp_path / name, tmp_path / "content")
            continue
        with pytest.raises(OSError, match="but its content would have"):
            unpack(tmp_path / name, tmp_path / "content")


def test_archives_in_archives_are_not_unpacked(root, images):
    inner = _pack_zip(["deep.png"])
    with zipfile.ZipFile("a.zip", "w") as archive:
        archive.writestr("inner.zip", inner)
        archive.writestr("a.png", (images / "a.png").read_bytes())
        archive.writestr("labels.csv", "file,sea\na.png,1\n")
    data = load_dataset("a.zip")
    assert len(data.paths) == 1
    assert sorted(os.listdir(data.folder)) == ["a.png", "inner.zip", "labels.csv"]


def test_a_compressed_table_is_not_expanded(images):
    with gzip.open("labels.csv.gz", "wb") as file:
        file.write(bytes(10**6))
    with pytest.raises(ValueError, match="is not a text file"):
        load_dataset("images", "labels.csv.gz")


@pytest.mark.slow
def test_many_columns(images):
    header = ",".join(map(str, range(10**5)))
    (images.parent / "wide.csv").write_text(f"file,{header}\na.png{',1' * 10**5}\n")
    assert load_dataset("images", "wide.csv").Y.shape == (1, 10**5)
