"""Predictions of a model, chunk by chunk."""

import itertools
from pathlib import Path

from skmlic.cli import _predictions
from skmlic.cli._models import open_model


def test_paths_are_consumed_chunk_by_chunk(data, model, monkeypatch):
    monkeypatch.setattr(_predictions, "_CHUNK", 7)
    estimator, label_names = open_model(model)
    images = [str(path) for path in sorted(Path(data.images).iterdir())]
    taken = []

    def paths():
        for path in itertools.cycle(images):
            taken.append(path)
            yield path

    predictions = _predictions.predict_chunks(estimator, paths(), label_names)
    assert len(next(predictions).paths) == len(taken) == 7
    assert len(next(predictions).paths) == 7
    assert len(taken) == 14
