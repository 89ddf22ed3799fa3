"""Tests of skmlic.images._prefetch."""

import contextlib
import threading

import pytest

from skmlic.images import prefetch


@pytest.mark.parametrize(("n_threads", "n_ahead"), [(1, 0), (1, 3), (3, 0), (3, 20)])
def test_results_come_in_the_order_of_the_tasks(n_threads, n_ahead):
    results = prefetch(lambda task: task**2, range(10), n_threads=n_threads, n_ahead=n_ahead)
    assert list(results) == [task**2 for task in range(10)]


@pytest.mark.parametrize(("n_threads", "n_ahead"), [(1, 0), (1, 3), (3, 0), (2, 3)])
def test_tasks_are_taken_no_further_ahead_than_allowed(n_threads, n_ahead):
    taken = []

    def tasks():
        for number in range(10):
            assert threading.current_thread() is threading.main_thread()
            taken.append(number)
            yield number

    with contextlib.closing(
        prefetch(str, tasks(), n_threads=n_threads, n_ahead=n_ahead)
    ) as results:
        next(results)
        assert len(taken) == 1 + max(n_ahead, n_threads - 1)


def test_an_exception_is_raised_at_the_turn_of_its_task():
    results = prefetch(lambda task: 1 / task, [1, 2, 0, 4], n_threads=2, n_ahead=4)
    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_closing_cancels_what_has_not_started():
    begun, release = [], threading.Event()

    def work(task):
        begun.append(task)
        if task:
            release.wait(5)

    with contextlib.closing(prefetch(work, range(9), n_threads=1, n_ahead=8)) as results:
        next(results)
        threading.Timer(0.1, release.set).start()
    assert len(begun) <= 2
