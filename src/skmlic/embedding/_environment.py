"""What features depend on in this environment, for bug reports."""

import os
import platform
import re
import sqlite3
import sys
from importlib import metadata
from typing import Any

import joblib
import torch
from threadpoolctl import threadpool_info

from skmlic._utils._compat import list_cpu_features
from skmlic._utils._config import get_config
from skmlic.embedding._devices import resolve_setup
from skmlic.embedding._feature_store import cache_info
from skmlic.images import JPEG_DECODER


def show_versions() -> None:
    """Print versions and facts about the machine, for bug reports.

    These are the versions of Python, of skmlic and of the packages that it uses (optional ones if
    they are installed), what ``device="auto"``, ``engine="auto"`` and ``precision="auto"`` mean on
    this machine, and the state of the feature store. Nothing is downloaded, and no path of a file
    other than Python's own is shown.

    See Also
    --------
    sklearn.show_versions : The same for scikit-learn.

    Examples
    --------
    >>> import skmlic
    >>> skmlic.show_versions()  # doctest: +SKIP
    """
    sections = {
        "System": _describe_system(),
        "Packages": _list_packages(),
        "Computation": _describe_computation(),
        "Feature store": _describe_store(),
        "Thread pools": _describe_thread_pools(),
    }
    for title, facts in sections.items():
        width = max(map(len, facts), default=0)
        lines = [f"{name:>{width + 2}}: {value}" for name, value in facts.items()]
        print("", f"{title}:", *lines, sep="\n")  # noqa: T201 printing is its purpose


def _describe_system() -> dict[str, Any]:
    return {
        "python": sys.version.replace("\n", " "),
        "executable": sys.executable,
        "platform": platform.platform(),
        "SQLite": sqlite3.sqlite_version,
    }


def _list_packages() -> dict[str, str]:
    """Return the versions of required packages, and of optional ones that are installed."""
    from skmlic import __version__

    versions = {"skmlic": __version__}
    try:
        requirements = metadata.requires("skmlic") or []
    except metadata.PackageNotFoundError:
        # The source is on Python's path, and its metadata is not.
        return {"skmlic": f"{__version__} (not installed)"}
    for requirement in requirements:
        name = re.split(r"[^\w.-]", requirement, maxsplit=1)[0]
        version = _find_version(name)
        if version or "extra ==" not in requirement:
            versions[name] = version or "not installed"
    return versions


def _find_version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _describe_computation() -> dict[str, Any]:
    device, engine, precision = resolve_setup("auto", "auto", "auto")
    facts = {
        "device": device,
        "engine": f"{engine} {_find_version(engine) or ''}".rstrip(),
        "precision": precision,
        "JPEG decoder": JPEG_DECODER,
        "processor": ", ".join(list_cpu_features()),
        "cores": f"{os.cpu_count()}, of which this process may use {joblib.cpu_count()}",
        "torch threads": torch.get_num_threads(),
        "CUDA": f"torch is built for {torch.version.cuda or 'CPUs only'}",
    }
    for index in range(torch.cuda.device_count()):
        facts[f"cuda:{index}"] = torch.cuda.get_device_name(index)
    return facts


def _describe_store() -> dict[str, Any]:
    return {**get_config(), **cache_info()._asdict()}


def _describe_thread_pools() -> dict[str, str]:
    return {
        f"{pool['prefix']} {pool['version'] or ''}".rstrip(): (
            f"{pool['num_threads']} threads"
            + "".join(
                f", {pool[key]}" for key in ("threading_layer", "architecture") if key in pool
            )
        )
        for pool in threadpool_info()
    }
