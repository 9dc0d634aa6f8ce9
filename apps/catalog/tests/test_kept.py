"""What is kept of each store: who waits for a reading, who does not, and how much is kept."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.understanding.kept import KeptByStore

LONG = 60.0


class Reader:
    """Reads 1, then 2, and so on; a reading ends when `may_end` is set."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.may_end.set()
        self.begun: list[str] = []
        self.fails = False

    def __call__(self, store_id: str) -> int:
        self.begun.append(store_id)
        number = len(self.begun)
        assert self.may_end.wait(LONG)
        if self.fails:
            raise CatalogError("index_unreachable", "away", retryable=True)
        return number


@pytest.fixture
def reader() -> Reader:
    return Reader()


def answers_at_last(kept: KeptByStore[int], value: int) -> bool:
    deadline = time.monotonic() + LONG
    while kept.of("s") != value and time.monotonic() < deadline:
        time.sleep(0.001)
    return kept.of("s") == value


def test_what_is_fresh_is_read_once(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=LONG, most=9)
    assert [kept.of("s") for _ in range(3)] == [1, 1, 1]
    assert reader.begun == ["s"]


def test_what_is_stale_answers_until_it_was_read_again_once(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=0.05, most=9)
    assert kept.of("s") == 1
    reader.may_end.clear()
    time.sleep(0.06)
    assert [kept.of("s") for _ in range(3)] == [1, 1, 1]
    reader.may_end.set()
    assert answers_at_last(kept, 2)


def test_what_is_too_old_is_waited_for(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=0.0, usable_s=0.02, most=9)
    assert kept.of("s") == 1
    time.sleep(0.03)
    assert kept.of("s") == 2


def test_many_who_come_at_once_wait_for_one_reading(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=LONG, most=9)
    reader.may_end.clear()
    with ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(kept.of, "s") for _ in range(8)]
        while pool._work_queue.qsize() or not reader.begun:
            time.sleep(0.001)
        reader.may_end.set()
        assert [answer.result() for answer in answers] == [1] * 8
    assert reader.begun == ["s"]


def test_what_was_being_read_when_the_store_changed_is_not_kept(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=LONG, most=9)
    reader.may_end.clear()
    with ThreadPoolExecutor(1) as pool:
        before = pool.submit(kept.of, "s")
        while not reader.begun:
            time.sleep(0.001)
        kept.forget("s")
        reader.may_end.set()
        assert before.result() == 1
    assert kept.of("s") == 2


def test_a_reading_that_fails_behind_leaves_the_old_and_says_so(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    kept = KeptByStore(reader, fresh_s=0.0, most=9)
    assert kept.of("s") == 1
    reader.fails = True
    assert kept.of("s") == 1
    while not caplog.messages:
        time.sleep(0.001)
    assert "could not be read again" in caplog.messages[0]
    assert kept.of("s") == 1


def test_where_no_thread_can_be_started_who_asks_reads_it(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = KeptByStore(reader, fresh_s=0.0, usable_s=0.02, most=9)
    assert kept.of("s") == 1

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert kept.of("s") == 1
    assert kept._readings == {}  # what is under way for ever would be waited for, for ever
    assert reader.begun == ["s", "s"]
    time.sleep(0.03)
    assert kept.of("s") == 3


def test_a_first_reading_that_fails_is_told_and_tried_again(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=LONG, most=9)
    reader.fails = True
    with pytest.raises(CatalogError, match="away"):
        kept.of("s")
    reader.fails = False
    assert kept.of("s") == 2


def test_the_store_that_was_read_longest_ago_makes_room(reader: Reader) -> None:
    kept = KeptByStore(reader, fresh_s=LONG, most=2)
    for store_id in ("a", "b", "c", "b", "c", "a"):
        kept.of(store_id)
    assert reader.begun == ["a", "b", "c", "a"]
