"""Tests of skmlic._utils._torch_files."""

import io
import pickle
import zipfile
from collections import Counter, OrderedDict

import pytest
import torch
from torch import nn

from skmlic._utils._torch_files import load_torch_file


def load(content):
    return load_torch_file(io.BytesIO(content), len(content))


def to_bytes(value, **options):
    file = io.BytesIO()
    torch.save(value, file, **options)
    return file.getvalue()


@pytest.mark.parametrize("is_new", [True, False], ids=["archive", "before 1.6"])
def test_all_kinds_of_states_are_read(is_new):
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))
    optimizer = torch.optim.Adam(network.parameters())
    network(torch.ones(2, 3, 4, 4)).sum().backward()
    optimizer.step()
    saved = {
        "state_dict": network.state_dict(),
        "parameters": dict(network.named_parameters()),
        "optimizer": optimizer.state_dict(),
        "epoch": 3,
        "device": torch.device("cpu"),
        "half": torch.ones(3, dtype=torch.bfloat16),
        "part": torch.arange(10)[2:5],
    }
    found = load(to_bytes(saved, _use_new_zipfile_serialization=is_new))
    assert found.keys() == saved.keys()
    for name, tensor in network.state_dict().items():
        assert torch.equal(found["state_dict"][name], tensor)
    assert found["state_dict"]._metadata == network.state_dict()._metadata
    assert torch.equal(found["parameters"]["0.bias"], network[0].bias)
    state, expected = found["optimizer"]["state"][0], optimizer.state_dict()["state"][0]
    assert all(torch.equal(state[name], expected[name]) for name in expected)
    assert torch.equal(found["part"], torch.arange(2, 5))


def replace_pickle(text, compression=zipfile.ZIP_STORED, name="archive/data.pkl"):
    """Return the archive of a dict whose pickle is replaced."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(to_bytes({}))) as source,
        zipfile.ZipFile(target, "w", compression) as archive,
    ):
        for entry in source.infolist():
            is_pickle = entry.filename == "archive/data.pkl"
            archive.writestr(
                name if is_pickle else entry, text if is_pickle else source.read(entry)
            )
    return target.getvalue()


PUT_A_LIST = b"\x80\x02]q\x00K\x01a"  # A list of one number, which can be taken again by h\x00.
HOSTILE = {
    "bytearray": b"\x80\x02cbuiltins\nbytearray\nJ\xff\xff\xff\x7f\x85R.",
    "tensor": b"\x80\x02ctorch\nTensor\nJ\xff\xff\xff\x7f\x85R.",
    "set": PUT_A_LIST + b"cbuiltins\nset\nh\x00\x85R.",
    "counter": PUT_A_LIST + b"ccollections\nCounter\nh\x00\x85R.",
    "dict of pairs": PUT_A_LIST + b"ccollections\nOrderedDict\nq\x01h\x00\x85R.",
    "dict from the memo": PUT_A_LIST + b"ccollections\nOrderedDict\nq\x010h\x01h\x00\x85R.",
    "new tuple": PUT_A_LIST + b"ctorch\nSize\nh\x00\x85\x81.",
    "attributes": b"\x80\x02}q\x00ccollections\nOrderedDict\n)Rh\x00b.",
    "changed attributes": b"\x80\x02}q\x00ccollections\nOrderedDict\n)Rh\x00NNsb.",
    "encoded text": b"\x80\x02X\x01\x00\x00\x00aq\x00c_codecs\nencode\nh\x00\x85R.",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("name", ["archive/data.pkl", "archive/DATA.PKL"])
def test_pickles_that_copy_objects_are_refused(kind, name):
    with pytest.raises(ValueError, match=r"it (calls .* with arguments|copies an object)"):
        load(replace_pickle(HOSTILE[kind], name=name))


def test_old_pickles_that_copy_objects_are_refused():
    content = to_bytes({"a": Counter([1])}, _use_new_zipfile_serialization=False)
    with pytest.raises(ValueError, match="calls collections Counter with arguments"):
        load(content)


def test_inflating_archives_are_refused():
    text = pickle.dumps({"a": "b" * 10**5}, protocol=2)
    assert load(replace_pickle(text)) == {"a": "b" * 10**5}
    with pytest.raises(ValueError, match="entries are larger than the file"):
        load(replace_pickle(text, zipfile.ZIP_DEFLATED))


def test_entries_that_share_bytes_are_refused():
    content = bytearray(to_bytes({"a": torch.ones(100), "b": torch.zeros(2000)}))
    whole = bytes(content)
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        places = {entry.filename: entry.header_offset for entry in archive.infolist()}
        sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    assert sizes["archive/data/1"] == 8000
    # The directory states that the small entry is as large as the file.
    record = whole.rindex(b"archive/data/0") - 46
    for start in (record + 20, record + 24):
        content[start : start + 4] = len(whole).to_bytes(4, "little")
    assert places["archive/data/0"] < places["archive/data/1"]
    with pytest.raises(ValueError, match="entries are larger than the file"):
        load(bytes(content))


def test_a_comment_behind_the_directory_is_refused():
    with pytest.raises(ValueError, match="truncated"):
        load(to_bytes(OrderedDict(a=torch.ones(2))) + b"comment")
