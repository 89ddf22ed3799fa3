"""Replacement of images by their features."""

from dataclasses import replace

from skmlic.embedding import ORIGINAL, RandomView


def embed(embedder, data, validation, augment=None, n_views=1):
    """Return data with stored features in place of images.

    Parameters
    ----------
    embedder : ImageEmbedder
        A fitted embedder.
    data : TrainingData
        Images to train on.
    validation : TrainingData or None
        Images to validate on.
    augment : str, callable or None
        How the additional views of training images are changed.
    n_views : int, default=1
        Number of views of each training image, the image itself included.

    Returns
    -------
    data : TrainingData
        Longer by the factor ``n_views``.
    validation : TrainingData or None
    """
    images = [*data.X, *(validation.X if validation is not None else ())]
    (features,) = embedder.transform_views(images, [ORIGINAL])
    n_samples = len(data.X)
    views = [features[:n_samples]]
    if n_views > 1:
        changes = [RandomView(augment, number) for number in range(1, n_views)]
        views += embedder.transform_views(data.X, changes)
    return data.repeat(views), validation and replace(validation, X=features[n_samples:])
