"""Description of the machine that the benchmarks run on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

from skmlic._utils._compat import cpu_computes_in_bf16

PACKAGES = (
    "skmlic",
    "torch",
    "torchvision",
    "timm",
    "openvino",
    "scikit-learn",
    "skorch",
    "numpy",
    "pillow",
    "embetter",
    "fastai",
)


def find_cpu_model():
    """Return the processor's name as the system reports it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def find_version(package):
    """Return the version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def describe_memory():
    """Return the size of the main memory as text."""
    try:
        n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "unknown"
    return f"{n_bytes / 2**30:.0f} GiB"


def describe_load():
    """Return the mean number of runnable processes in the last minute as text."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    return f"{os.getloadavg()[0]:.1f}"


def describe_machine():
    """Return the lines of a markdown list."""
    versions = [(package, find_version(package)) for package in PACKAGES]
    bf16 = "yes" if cpu_computes_in_bf16() else "no"
    return [
        f"- Processor: {find_cpu_model()}, {os.cpu_count()} cores, "
        f"{torch.backends.cpu.get_cpu_capability()}, computes in bf16: {bf16}",
        f"- Memory: {describe_memory()}",
        f"- System: {platform.system()}, Python {platform.python_version()}, "
        f"{torch.get_num_threads()} torch threads",
        f"- Load in the minute before the start: {describe_load()} (should be near 0)",
        "- Versions: "
        + ", ".join(f"{package} {number or 'not installed'}" for package, number in versions),
    ]
