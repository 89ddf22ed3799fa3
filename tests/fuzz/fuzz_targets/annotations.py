"""Annotations in XML (CVAT, PASCAL VOC), and YOLO's text and YAML."""

from fuzz_targets.harness import check_data, make_folder, written

from skmlic.datasets import load_dataset

_CVAT = b"""<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>sea</name></label>
<label><name>sky</name></label></labels></task></meta>
<image id="0" name="a.jpg" width="4" height="4"><tag label="sea" source="manual"/>
<box label="sky" xtl="1" ytl="1" xbr="2" ybr="2" occluded="0"/></image></annotations>"""
_VOC = b"""<annotation><filename>a.jpg</filename><size><width>4</width></size><object><name>sea
</name><difficult>0</difficult><bndbox><xmin>1</xmin></bndbox></object></annotation>"""
_YAML = (
    b"train: images\nnc: 2\nnames: [sea, 'sky']\n",
    b"names:\n  0: sea\n  1: sky\n",
    b'names:\n- sea\n- "s\\u006by"\n# comment\npath: ../x\n',
)
_BOXES = b"0 .5 .5 .1 .1\n1 0.25 1e-1 .1 .1 .2 .3\n"


def seeds():
    """Return annotations, with the number of their format before them."""
    return [
        b"\0" + _CVAT,
        b"\1" + _VOC,
        b"\1" + _VOC.decode().encode("utf-16"),
        *(b"\2" + names + b"\0" + _BOXES for names in _YAML),
        b"\3sea\nsky\n\0" + _BOXES,
    ]


def run(data):
    """Load annotations; the first byte chooses the format, and a zero byte separates files."""
    if not data:
        return
    folder = make_folder()
    images = folder / "images"
    first, _, second = data[1:].partition(b"\0")
    match data[0] % 4:
        case 0:
            labels, files = folder / "labels.xml", {folder / "labels.xml": data[1:]}
        case 1:
            labels, files = None, {images / "a.xml": data[1:]}
        case 2:
            labels, files = None, {images / "data.yaml": first, images / "a.txt": second}
        case _:
            labels, files = None, {images / "classes.txt": first, images / "a.txt": second}
    with written(files):
        check_data(load_dataset(images, labels, missing="drop"), folder)
