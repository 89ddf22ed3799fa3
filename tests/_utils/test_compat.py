"""Tests of skmlic._utils._compat."""

import pytest
import torch

from skmlic._utils import _compat


@pytest.mark.parametrize(
    ("vendor", "has_amx", "has_avx512", "expected"),
    [
        pytest.param("GenuineIntel", True, True, True, id="Sapphire Rapids"),
        pytest.param("GenuineIntel", False, True, False, id="AMX hidden by a virtual machine"),
        pytest.param("GenuineIntel", False, False, False, id="Ice Lake"),
        pytest.param("AuthenticAMD", False, True, True, id="Zen 4"),
        pytest.param("AuthenticAMD", False, False, False, id="Zen 3"),
    ],
)
def test_processors_that_are_fast_in_bf16(monkeypatch, vendor, has_amx, has_avx512, expected):
    monkeypatch.setattr(_compat.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: has_amx)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: has_avx512)
    monkeypatch.setattr(_compat, "_describe_cpu", lambda: f"vendor_id : {vendor}")
    assert _compat.cpu_computes_in_bf16() is expected


def test_the_processor_is_described():
    assert _compat._describe_cpu()
