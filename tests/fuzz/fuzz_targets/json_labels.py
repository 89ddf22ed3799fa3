"""Labels in JSON, in each format that is one."""

import json

from fuzz_targets.harness import check_data, make_folder, mutate_json, written

from skmlic.datasets import load_dataset

_FORMATS = (None, "json_lines", "coco", "label_studio", "fiftyone", "create_ml")
_CHOICES = {
    "from_name": "choice",
    "to_name": "image",
    "type": "choices",
    "value": {"choices": ["sea"]},
}
_BOX = {"type": "rectanglelabels", "value": {"rectanglelabels": ["sky"], "x": 1, "y": 2}}
_DOCUMENTS = (
    {
        "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": 7, "name": "sea"}, {"id": 9, "name": "sky"}],
        "annotations": [{"image_id": 1, "category_id": 7}, {"image_id": 2, "category_id": 9}],
    },
    [
        {
            "id": 1,
            "data": {"image": "/data/upload/1/12345678-a.jpg"},
            "annotations": [{"was_cancelled": False, "result": [_CHOICES, _BOX]}],
        }
    ],
    [{"image": "a.jpg", "choice": {"choices": ["sea", "sky"]}, "annotation_id": 1}],
    {"classes": ["sea", "sky"], "labels": {"a": ["sea"], "b": None}},
    [{"image": "a.jpg", "annotations": [{"label": "sea", "coordinates": {"x": 1}}]}],
    {"samples": [{"filepath": "a.jpg", "labels": {"classifications": [{"label": "sea"}]}}]},
    {"file": "a.jpg", "labels": ["sea", "sky"]},
    {"file_name": "a.jpg", "sea": 1, "sky": 0},
    {"a.jpg": ["sea"], "b.png": []},
)


def seeds():
    """Return documents, with the numbers of their format and ending before them."""
    return [
        bytes([name, ending]) + json.dumps(document).encode()
        for document in _DOCUMENTS
        for name in range(len(_FORMATS))
        for ending in range(2)
    ]


def run(data):
    """Load a document; the first two bytes choose its format and ending."""
    if len(data) < 2:
        return
    name = _FORMATS[data[0] % len(_FORMATS)]
    folder = make_folder()
    labels = folder / f"labels{('.json', '.jsonl')[data[1] % 2]}"
    options = {"missing": "drop"} if data[0] < 128 else {}
    with written({labels: data[2:]}):
        check_data(load_dataset(folder / "images", labels, format=name, **options), folder)


def mutate(data, max_size, seed):
    """Change a part of a document, if it is one, and otherwise its bytes."""
    import atheris

    if seed % 4:
        try:
            document = json.loads(data[2:])
        except ValueError:
            document = None
        if document is not None:
            changed = json.dumps(mutate_json(document, seed), ensure_ascii=False)
            return (data[:2] + changed.encode(errors="replace"))[:max_size]
    return atheris.Mutate(data, max_size)
