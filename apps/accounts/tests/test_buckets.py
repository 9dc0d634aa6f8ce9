"""Token buckets: a burst, a refill, and no memory without end."""

from __future__ import annotations

import time

import pytest

from apps.accounts.buckets import Bucket, Buckets


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def test_a_burst_is_allowed_and_no_more(clock: list[float]) -> None:
    bucket = Bucket(per_second=1, burst=3)
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_time_refills_it_but_not_beyond_the_burst(clock: list[float]) -> None:
    bucket = Bucket(per_second=2, burst=3)
    for _ in range(3):
        bucket.take()
    clock[0] += 0.5
    assert [bucket.take() for _ in range(2)] == [True, False]
    clock[0] += 1000
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_refused_try_costs_nothing(clock: list[float]) -> None:
    bucket = Bucket(per_second=1, burst=1)
    bucket.take()
    for _ in range(10):
        clock[0] += 0.09
        assert not bucket.take()
    clock[0] += 0.11
    assert bucket.take()


def test_it_says_how_long_to_wait(clock: list[float]) -> None:
    buckets = Buckets(per_second=0.5, burst=1)
    assert buckets.take("a") == 0
    assert buckets.take("a") == pytest.approx(2.0)
    clock[0] += 1.5
    assert buckets.take("a") == pytest.approx(0.5)
    clock[0] += 0.51
    assert buckets.take("a") == 0


def test_keys_are_apart_and_the_longest_unused_is_forgotten(clock: list[float]) -> None:
    buckets = Buckets(per_second=0.001, burst=1, keys=2)
    assert [buckets.take(key) == 0 for key in ("a", "a", "b")] == [True, False, True]
    assert buckets.take("a") > 0
    assert buckets.take("c") == 0
    assert buckets.take("a") > 0
    assert buckets.take("b") == 0
