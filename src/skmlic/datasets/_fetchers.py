"""Data sets that are downloaded when they are used for the first time."""

from pathlib import Path
from typing import Literal

from sklearn.datasets import get_data_home

from skmlic._utils._typing import FilePath
from skmlic.datasets._coco import load_coco
from skmlic.datasets._data import LabelledImages
from skmlic.datasets._download import Archive, fetch_archive
from skmlic.datasets._parameter_checks import check_option
from skmlic.datasets._voc import load_voc

# The MD5 digests of VOC are those of torchvision. COCO publishes no digests; these are the ones
# that several other projects use.
ARCHIVES = {
    "voc2007-trainval": Archive(
        "https://thor.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtrainval_06-Nov-2007.tar",
        "c52e279531787c972589f7e41ab4ae64",
    ),
    "voc2007-test": Archive(
        "https://thor.robots.ox.ac.uk/pascal/VOC/voc2007/VOCtest_06-Nov-2007.tar",
        "b6e924de25625d8de591ea690078ad9f",
    ),
    "voc2012-trainval": Archive(
        "https://thor.robots.ox.ac.uk/pascal/VOC/voc2012/VOCtrainval_11-May-2012.tar",
        "6cd6e144f989b92b3379bac3b3de84fd",
    ),
    "coco2014-train": Archive(
        "http://images.cocodataset.org/zips/train2014.zip", "0da8c0bd3d6becc4dcb32757491aca88"
    ),
    "coco2014-val": Archive(
        "http://images.cocodataset.org/zips/val2014.zip", "a3d79f5ed8d289b7a7554ce06a5782b3"
    ),
    "coco2014-annotations": Archive(
        "http://images.cocodataset.org/annotations/annotations_trainval2014.zip",
        "0a379cfc70b0e71301e0f377548639bd",
    ),
    "coco2017-train": Archive(
        "http://images.cocodataset.org/zips/train2017.zip", "cced6f7f71b7629ddf16f17bbcfab6b2"
    ),
    "coco2017-val": Archive(
        "http://images.cocodataset.org/zips/val2017.zip", "442b8da7639aecaf257c1dceb8ba8c80"
    ),
    "coco2017-annotations": Archive(
        "http://images.cocodataset.org/annotations/annotations_trainval2017.zip",
        "f4bbac642086de4f52a3fdda2de5fa2c",
    ),
}


def fetch_voc2007(
    *,
    split: Literal["train", "val", "trainval", "test"] = "trainval",
    difficult: Literal["positive", "negative", "missing"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> LabelledImages:
    """Load PASCAL VOC2007, and download it first if necessary.

    ================ ====================
    Labels                             20
    Images           5011 and 4952 (test)
    Size of download 450 MB for each half
    ================ ====================

    Parameters
    ----------
    split : {"train", "val", "trainval", "test"}, default="trainval"
        The part of the data set. Published results are usually obtained by training on "trainval"
        and scoring on "test", which is a separate download.

    difficult : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are marked as difficult, as for
        :func:`load_voc`. Published results leave such entries out: ``"missing"``.

    data_home : str or path-like, default=None
        The folder for downloads. None means that of :func:`sklearn.datasets.get_data_home`, usually
        ``~/scikit_learn_data``. The data are stored in its folder ``skmlic``.

    download_if_missing : bool, default=True
        If False, an OSError is raised instead of downloading data that are not there.

    n_retries : int, default=3
        Number of retries if the connection fails. An interrupted download is resumed, also by a
        later call.

    delay : float, default=1.0
        Number of seconds before the first retry. It is doubled before each further one.

    verbose : bool, default=True
        Whether a progress bar of the download is shown.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    OSError
        If the data cannot be downloaded, in which case the message names the file to download by
        hand and where to put it, or if a downloaded file does not have the expected MD5 digest.

    See Also
    --------
    load_voc : Read a copy that has been downloaded already.
    fetch_voc2012 : More images of the same labels.

    References
    ----------
    M. Everingham, L. Van Gool, C. K. I. Williams, J. Winn, A. Zisserman, "The PASCAL Visual Object
    Classes (VOC) Challenge", International Journal of Computer Vision 88, 2010.

    Examples
    --------
    >>> from skmlic.datasets import fetch_voc2007
    >>> train = fetch_voc2007(difficult="missing")  # doctest: +SKIP
    >>> test = fetch_voc2007(split="test", difficult="missing")  # doctest: +SKIP
    """
    check_option("split", split, ["train", "val", "trainval", "test"])
    half = "test" if split == "test" else "trainval"
    root = _fetch("voc2007", half, data_home, download_if_missing, n_retries, delay, verbose)
    return load_voc(root, split=split, difficult=difficult)


def fetch_voc2012(
    *,
    split: Literal["train", "val", "trainval"] = "trainval",
    difficult: Literal["positive", "negative", "missing"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> LabelledImages:
    """Load PASCAL VOC2012, and download it first if necessary.

    ================ ======
    Labels               20
    Images            11540
    Size of download   2 GB
    ================ ======

    The labels of its test images are not public.

    Parameters
    ----------
    split : {"train", "val", "trainval"}, default="trainval"
        The part of the data set.

    difficult : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are marked as difficult, as for
        :func:`load_voc`. Published results leave such entries out: ``"missing"``.

    data_home, download_if_missing, n_retries, delay, verbose : see :func:`fetch_voc2007`

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    OSError
        If the data cannot be downloaded; see :func:`fetch_voc2007`.

    See Also
    --------
    load_voc : Read a copy that has been downloaded already.
    fetch_voc2007 : The year whose test images have public labels.

    Examples
    --------
    >>> from skmlic.datasets import fetch_voc2012
    >>> train = fetch_voc2012(split="train")  # doctest: +SKIP
    """
    check_option("split", split, ["train", "val", "trainval"])
    root = _fetch("voc2012", "trainval", data_home, download_if_missing, n_retries, delay, verbose)
    return load_voc(root, split=split, difficult=difficult)


def fetch_coco(
    *,
    split: Literal["train", "val"] = "val",
    year: Literal[2014, 2017] = 2017,
    crowd: Literal["positive", "negative", "missing"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> LabelledImages:
    """Load COCO, and download it first if necessary.

    ================ ========================== ============================
    ..               2017                       2014
    ================ ========================== ============================
    Labels           80                         80
    Images           118287 (train), 5000 (val) 82783 (train), 40504 (val)
    Size of download 19.3 GB, 0.8 GB            13.5 GB, 6.6 GB
    ================ ========================== ============================

    The annotations of both splits are another 0.25 GB. Unpacking takes the same space again.

    Parameters
    ----------
    split : {"train", "val"}, default="val"
        The part of the data set. The default is the smaller one.

    year : {2014, 2017}, default=2017
        The year of the division into train and val. Most published multi-label results are on 2014.

    crowd : {"positive", "negative", "missing"}, default="positive"
        The value of a label if all its objects in an image are crowds, as for :func:`load_coco`.

    data_home, download_if_missing, n_retries, delay, verbose : see :func:`fetch_voc2007`

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as for :func:`load_labelled_images`.

    Raises
    ------
    OSError
        If the data cannot be downloaded; see :func:`fetch_voc2007`.

    See Also
    --------
    load_coco : Read a copy that has been downloaded already.

    Notes
    -----
    COCO publishes no checksums. The MD5 digests are those that other projects use, and each file of
    an archive is compared with its CRC.

    References
    ----------
    T.-Y. Lin et al., "Microsoft COCO: Common Objects in Context", ECCV 2014.

    Examples
    --------
    >>> from skmlic.datasets import fetch_coco
    >>> test = fetch_coco(split="val", year=2014)  # doctest: +SKIP
    """
    check_option("split", split, ["train", "val"])
    check_option("year", year, [2014, 2017])
    options = (data_home, download_if_missing, n_retries, delay, verbose)
    annotations = _fetch(f"coco{year}", "annotations", *options)
    images = _fetch(f"coco{year}", split, *options)
    return load_coco(
        images / f"{split}{year}",
        annotations / "annotations" / f"instances_{split}{year}.json",
        crowd=crowd,
    )


def _fetch(name, part, data_home, download_if_missing, n_retries, delay, verbose):
    """Return the folder with the content of an archive."""
    return fetch_archive(
        ARCHIVES[f"{name}-{part}"],
        Path(get_data_home(data_home), "skmlic", name),
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
        verbose=verbose,
    )
