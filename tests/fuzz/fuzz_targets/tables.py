"""Tables of labels as text, in each format that is one."""

from fuzz_targets.harness import check_data, make_folder, written

from skmlic.datasets import load_dataset

_FORMATS = (None, "table", "long", "chest_xray14", "celeba", "nus_wide")
_ENDINGS = (".csv", ".tsv", ".txt")
_SEEDS = (
    "file,sea,sky\na.jpg,1,0\nb.png,0,1\nc d.jpg,,1\n",
    "file;labels\r\na.jpg;sea,sky\r\nb.png;\r\n",
    'sep=|\nfile|labels\n"a.jpg"|"sea ""x"""\n',
    "\ufefffile\tlabels\na.jpg\t['sea', 'sky']\nb.png\t[1, 0, 1]\n",
    "file,label,value\na.jpg,sea,1\na.jpg,sky,0\nb.png,sea,true\n",
    "a.jpg sea sky\nb.png sky\n",
    "Image Index,Finding Labels,Follow-up #\na.jpg,Mass|Hernia,0\nb.png,No Finding,1\n",
    "2\nSmiling Young\na.jpg  1 -1\nb.png -1  1\n",
    "file,labels\na.jpg,1 0\nb.png,0 1\n",
    "path,x,y\nimages/a.jpg,yes,no\nimages/b.png,no,yes\n",
)


def seeds():
    """Return tables, with the numbers of their format and ending before them."""
    return [bytes([0, n % 3]) + text.encode() for n, text in enumerate(_SEEDS)] + [
        bytes([n % 6, 0]) + text.encode("utf-16" if n == 1 else "utf-8")
        for n, text in enumerate(_SEEDS)
    ]


def run(data):
    """Load a table; the first two bytes choose its format and ending."""
    if len(data) < 2:
        return
    name = _FORMATS[data[0] % len(_FORMATS)]
    folder = make_folder()
    labels = folder / f"labels{_ENDINGS[data[1] % len(_ENDINGS)]}"
    options = {"missing": "drop"} if data[0] < 128 else {}
    with written({labels: data[2:]}):
        check_data(load_dataset(folder / "images", labels, format=name, **options), folder)
