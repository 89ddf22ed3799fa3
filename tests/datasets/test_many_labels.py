"""The effort for tables with many labels grows as their number."""

import cProfile
import pstats
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from skmlic.datasets import describe_dataset, load_labelled_images


@pytest.fixture
def read_wide(folder, write):
    """A function that reads a table of the first three images with some of many labels."""

    def read_table(n_labels):
        values = np.zeros((3, n_labels), dtype=int)
        values[:, [0, n_labels // 2, -1]] = [[1, 1, 0], [0, 1, 1], [1, 0, 0]]
        table = pd.DataFrame(values, columns=[f"label {j}" for j in range(n_labels)])
        table.insert(0, "file", ["beach.jpg", "forest.jpg", "a.png"])
        return load_labelled_images(folder, write(table.to_csv(index=False)))

    return read_table


def test_calls_of_reading(read_wide):
    def count_calls(n_labels):
        with cProfile.Profile() as profile:
            data = read_wide(n_labels)
        assert data.Y.shape == (3, n_labels)
        assert data.Y.to_numpy().sum() == 5
        return pstats.Stats(profile).total_calls

    count_calls(10)
    assert count_calls(4000) < 5 * count_calls(1000)


def test_memory_of_descriptions(read_wide):
    def measure_peak(n_labels):
        data = read_wide(n_labels)
        tracemalloc.start()
        report = describe_dataset(data, n_jobs=1, verbose=False)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert report.pairs["count"].tolist() == [1, 1]
        return peak

    measure_peak(10)
    assert measure_peak(4000) < 5 * measure_peak(1000)
