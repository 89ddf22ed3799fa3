"""Tasks of Label Studio whose images are predicted."""

import argparse
from dataclasses import dataclass, field
from typing import Any

from skmlic.datasets import find_task_images

# The names of the tags in Label Studio's template "Image Classification".
_TEMPLATE = ("choice", "image")


@dataclass
class Tasks:
    """Tasks of Label Studio, and the tags of the project.

    Parameters
    ----------
    by_path : dict of str to list of dict
        The tasks of each image; empty if there is no file of tasks.
    control, image : str
        The names of the tags Choices and Image.
    """

    by_path: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    control: str = _TEMPLATE[0]
    image: str = _TEMPLATE[1]


def read_tasks(args: argparse.Namespace) -> Tasks:
    """Return the tasks of the option ``--tasks``, and the tags of ``--tags`` or of their results.

    Parameters
    ----------
    args : Namespace
        Arguments with ``tasks``, ``tags`` and ``images``.
    """
    by_path: dict[str, list[dict[str, Any]]] = {}
    tags = args.tags
    if args.tasks is not None:
        for path, task in find_task_images(args.tasks, args.images[0]):
            by_path.setdefault(path, []).append(task)
            tags = tags or _find_tags(task)
    return Tasks(by_path, *(tags or _TEMPLATE))


def _find_tags(task):
    """Return the names of the tags in the first result with choices, or None."""
    for given in (*(task.get("annotations") or ()), *(task.get("predictions") or ())):
        for item in given.get("result") or ():
            if item.get("type") == "choices":
                return item["from_name"], item["to_name"]
    return None
