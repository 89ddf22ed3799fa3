"""Readers of labelled images, downloads of well-known data sets, and generators of small ones."""

from skmlic.datasets._coco import load_coco
from skmlic.datasets._description import describe_dataset
from skmlic.datasets._detect import choose_reader as choose_reader
from skmlic.datasets._detect import list_options as list_options
from skmlic.datasets._detect import load_dataset
from skmlic.datasets._fetchers import fetch_coco, fetch_voc2007, fetch_voc2012
from skmlic.datasets._formats._archives import is_archive as is_archive
from skmlic.datasets._formats._label_studio import find_task_images as find_task_images
from skmlic.datasets._generators import make_digit_scenes, make_multilabel_shapes
from skmlic.datasets._json_lines import load_json_lines
from skmlic.datasets._label_lists import load_label_lists
from skmlic.datasets._report import DatasetReport
from skmlic.datasets._tables import load_labelled_images
from skmlic.datasets._voc import load_voc

__all__ = [
    "DatasetReport",
    "describe_dataset",
    "fetch_coco",
    "fetch_voc2007",
    "fetch_voc2012",
    "load_coco",
    "load_dataset",
    "load_json_lines",
    "load_label_lists",
    "load_labelled_images",
    "load_voc",
    "make_digit_scenes",
    "make_multilabel_shapes",
]
