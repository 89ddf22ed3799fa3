"""Data sets that are fetched from the web the first time."""

from pathlib import Path
from typing import Literal

from sklearn.datasets import get_data_home
from sklearn.utils import Bunch

from skmlic._utils._typing import FilePath
from skmlic.datasets._coco import load_coco
from skmlic.datasets._download import Archive, fetch_archive
from skmlic.datasets._files import check_option
from skmlic.datasets._voc import load_voc

# MD5s of VOC as torchvision has them. COCO publishes none: these are what several other projects
# compare its files with.
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
    difficult: Literal["positive", "negative", "unknown"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> Bunch:
    """Load PASCAL VOC2007, which is downloaded the first time.

    ================ ====================
    Labels                             20
    Pictures         5011 and 4952 (test)
    Size of download 450 MB for each half
    ================ ====================

    Parameters
    ----------
    split : {"train", "val", "trainval", "test"}, default="trainval"
        Which pictures. Figures are commonly of training on "trainval" and scoring on "test", which
        is an archive of its own.

    difficult : {"positive", "negative", "unknown"}, default="positive"
        What a label is whose only objects in a picture are marked as difficult, as of
        :func:`load_voc`. Published figures leave such entries out: ``"unknown"``.

    data_home : str or path-like, default=None
        The folder for downloads. None is that of :func:`sklearn.datasets.get_data_home`, commonly
        ``~/scikit_learn_data``; a folder ``skmlic`` is made there.

    download_if_missing : bool, default=True
        If False, raise an OSError where the data are not there, instead of fetching them.

    n_retries : int, default=3
        How often to try again where the connection fails. A download that broke off goes on where
        it ended, in a later call, too.

    delay : float, default=1.0
        Seconds before the first of these, and twice as long before each further one.

    verbose : bool, default=True
        Show a progress bar of the download.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as of :func:`load_voc`.

    Raises
    ------
    OSError
        If the data can't be fetched; the message says which file to put where. Or if what came is
        not what it should be, by its MD5.

    See Also
    --------
    load_voc : Load a copy of your own.
    fetch_voc2012 : More pictures of the same labels.

    References
    ----------
    M. Everingham, L. Van Gool, C. K. I. Williams, J. Winn, A. Zisserman, "The PASCAL Visual Object
    Classes (VOC) Challenge", International Journal of Computer Vision 88, 2010.

    Examples
    --------
    >>> from skmlic.datasets import fetch_voc2007
    >>> train = fetch_voc2007(difficult="unknown")  # doctest: +SKIP
    >>> test = fetch_voc2007(split="test", difficult="unknown")  # doctest: +SKIP
    """
    check_option("split", split, ["train", "val", "trainval", "test"])
    half = "test" if split == "test" else "trainval"
    root = _fetch("voc2007", half, data_home, download_if_missing, n_retries, delay, verbose)
    return load_voc(root, split=split, difficult=difficult)


def fetch_voc2012(
    *,
    split: Literal["train", "val", "trainval"] = "trainval",
    difficult: Literal["positive", "negative", "unknown"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> Bunch:
    """Load PASCAL VOC2012, which is downloaded the first time.

    ================ ======
    Labels               20
    Pictures          11540
    Size of download   2 GB
    ================ ======

    The labels of its test pictures are not public.

    Parameters
    ----------
    split : {"train", "val", "trainval"}, default="trainval"
        Which pictures.

    difficult : {"positive", "negative", "unknown"}, default="positive"
        What a label is whose only objects in a picture are marked as difficult, as of
        :func:`load_voc`. Published figures leave such entries out: ``"unknown"``.

    data_home : str or path-like, default=None
        The folder for downloads. None is that of :func:`sklearn.datasets.get_data_home`, commonly
        ``~/scikit_learn_data``; a folder ``skmlic`` is made there.

    download_if_missing : bool, default=True
        If False, raise an OSError where the data are not there, instead of fetching them.

    n_retries : int, default=3
        How often to try again where the connection fails. A download that broke off goes on where
        it ended, in a later call, too.

    delay : float, default=1.0
        Seconds before the first of these, and twice as long before each further one.

    verbose : bool, default=True
        Show a progress bar of the download.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as of :func:`load_voc`.

    Raises
    ------
    OSError
        If the data can't be fetched; the message says which file to put where. Or if what came is
        not what it should be, by its MD5.

    See Also
    --------
    load_voc : Load a copy of your own.
    fetch_voc2007 : The year whose test pictures have public labels.

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
    crowd: Literal["positive", "negative", "unknown"] = "positive",
    data_home: FilePath | None = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
    verbose: bool = True,
) -> Bunch:
    """Load COCO, which is downloaded the first time.

    ================ ========================== ============================
    ..               2017                       2014
    ================ ========================== ============================
    Labels           80                         80
    Pictures         118287 (train), 5000 (val) 82783 (train), 40504 (val)
    Size of download 19.3 GB, 0.8 GB            13.5 GB, 6.6 GB
    ================ ========================== ============================

    The annotations of both splits are 0.25 GB more. Unpacking takes as much room again.

    Parameters
    ----------
    split : {"train", "val"}, default="val"
        Which pictures. The default is the smaller part.

    year : {2014, 2017}, default=2017
        Which division into train and val. Figures for labels are mostly of 2014.

    crowd : {"positive", "negative", "unknown"}, default="positive"
        What a label is whose only objects in a picture are crowds, as of :func:`load_coco`.

    data_home : str or path-like, default=None
        The folder for downloads. None is that of :func:`sklearn.datasets.get_data_home`, commonly
        ``~/scikit_learn_data``; a folder ``skmlic`` is made there.

    download_if_missing : bool, default=True
        If False, raise an OSError where the data are not there, instead of fetching them.

    n_retries : int, default=3
        How often to try again where the connection fails. A download that broke off goes on where
        it ended, in a later call, too.

    delay : float, default=1.0
        Seconds before the first of these, and twice as long before each further one.

    verbose : bool, default=True
        Show a progress bar of the download.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes ``paths``, ``Y``, ``label_names``, ``frame``, ``folder`` and
        ``missing``, as of :func:`load_coco`.

    Raises
    ------
    OSError
        If the data can't be fetched; the message says which file to put where. Or if what came is
        not what it should be, by its MD5.

    See Also
    --------
    load_coco : Load a copy of your own.

    Notes
    -----
    COCO publishes no checksums. The MD5s are those that other projects compare its files with, and
    each file of an archive is compared with the CRC in it.

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
