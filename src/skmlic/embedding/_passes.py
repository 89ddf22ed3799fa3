"""Passes of images through a backbone, for features that are not in the store."""

import contextlib
import itertools
import time
from collections import deque

from skmlic.embedding._feature_store import content_digest
from skmlic.images import describe_read_error, describe_source, is_url, prefetch

# Files behind URLs and on network disks are read by many threads, which wait most of the time; such
# a disk is recognized by the time that the first files take.
_N_READERS = 16
_N_FIRST = 8
_SECONDS_PER_FILE = 0.002
# Stored features are in memory twice while they are copied.
_N_ROWS_AT_ONCE = 4096


def digest_images(images):
    """Return the digests of images, and the images that can't be read.

    Parameters
    ----------
    images : list
        As :func:`skmlic.images.as_image_list` returns it.

    Returns
    -------
    rows : dict of bytes to list of int
        The digest of each distinct image, and its positions.
    problems : list of tuple (int, str, str)
        Position, source and reason for each unreadable image.
    n_readers : int
        Number of threads to read the images in again, before they are decoded; 0 if reading takes
        little time.
    """
    rows, problems = {}, []
    start = time.perf_counter()
    digests = list(map(_digest, images[:_N_FIRST]))
    seconds = time.perf_counter() - start
    rest, n_readers = images[_N_FIRST:], 0
    if seconds > _SECONDS_PER_FILE * len(digests) or any(map(is_url, images)):
        n_readers = _N_READERS
        more = prefetch(_digest, rest, n_threads=n_readers, n_ahead=n_readers)
    else:
        more = map(_digest, rest)
    digests = itertools.chain(digests, more)
    for row, (image, digest) in enumerate(zip(images, digests, strict=True)):
        if isinstance(digest, Exception):
            problems.append((row, describe_source(image), describe_read_error(digest)))
        else:
            rows.setdefault(digest, []).append(row)
    return rows, problems, n_readers


def _digest(image):
    """Return the digest of an image, or the error raised when it was read."""
    try:
        return content_digest(image)
    except Exception as error:  # The entries may be objects of any kind.
        return error


def fill_from_store(features, rows, store, suffix):
    """Write stored features into a matrix, and return the images that are not stored.

    Parameters
    ----------
    features : ndarray of shape (n_samples, n_features)
        Changed in place.
    rows : dict of bytes to list of int
        The digest of each distinct image, and its positions.
    store : object with get_many
        As `get_store` returns it.
    suffix : bytes
        Completes a digest to a key of the store.

    Returns
    -------
    missing : dict of bytes to list of int
        Those of ``rows`` whose features are not stored.
    """
    missing, digests = {}, list(rows)
    for start in range(0, len(digests), _N_ROWS_AT_ONCE):
        part = digests[start : start + _N_ROWS_AT_ONCE]
        known = store.get_many([digest + suffix for digest in part])
        for digest in part:
            values = known.get(digest + suffix)
            if values is None or len(values) != features.shape[1]:
                missing[digest] = rows[digest]
            else:
                features[rows[digest]] = values
    return missing


def compute_features(tasks, backbone, engine, view, *, ranges, n_readers, n_threads):
    """Yield the features of images, which threads decode while others pass through the network.

    Parameters
    ----------
    tasks : iterable of tuple (bytes, image)
        Digest and image.
    backbone : Backbone
        Its preprocessing turns images into pixels.
    engine : TorchEngine or OpenVINOEngine
        Runs the backbone.
    view : View
        How images are changed.
    ranges : UsedRanges
        Collects the values that the images use.
    n_readers : int
        Number of threads that read files in advance; 0: the threads that decode read them.
    n_threads : int
        Number of threads that decode.

    Yields
    ------
    digest : bytes
        The digest of an image, in any order.
    features : ndarray of shape (n_features,) or Exception
        Its features, or the error raised when it was read.
    """
    unreadable = deque()

    def read(task):
        digest, image = task
        try:
            return digest, content_digest.verified(image, digest)
        except Exception as error:
            return digest, error

    def decode(task):
        digest, content = task if n_readers else read(task)
        if isinstance(content, Exception):
            return digest, content
        try:
            return digest, view.decode(content, backbone.preprocessing, ranges.add)
        except Exception as error:  # Pillow raises errors of many kinds for damaged files.
            return digest, error

    def finish(decoded):
        for digest, pixels in decoded:
            if isinstance(pixels, Exception):
                unreadable.append((digest, pixels))
            else:
                yield digest, view.finish(pixels, backbone.preprocessing, digest)

    with contextlib.ExitStack() as stack:
        if n_readers:
            tasks = prefetch(read, tasks, n_threads=n_readers, n_ahead=n_readers)
            stack.enter_context(contextlib.closing(tasks))
        decoded = prefetch(decode, tasks, n_threads=n_threads, n_ahead=engine.n_ahead)
        stack.enter_context(contextlib.closing(decoded))
        yield from engine.run(finish(decoded))
        yield from unreadable
