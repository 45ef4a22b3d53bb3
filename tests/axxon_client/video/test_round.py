"""Rounds: pictures of several feeds become visible together, whatever thread is last."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from axxon_client.video.round import Round


class Stage:
    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.seen: list[str] = []

    def __call__(self, reveals: Sequence[Callable[[], None]]) -> None:
        before = len(self.seen)
        for reveal in reveals:
            reveal()
        self.calls.append(self.seen[before:])

    def shows(self, name: str) -> Callable[[], None]:
        return lambda: self.seen.append(name)


@given(st.permutations(["a", "b", "c", "d", "close"]), st.sets(st.sampled_from("abcd")))
def test_whatever_the_order_all_are_seen_at_once_and_the_end_is_told_once(
    order: list[str], fails: set[str]
) -> None:
    stage, ends = Stage(), list[bool]()
    made = Round(stage, lambda: ends.append(True))
    for name in "abcd":
        made.join(name)
    for name in order:
        assert stage.calls == []
        assert not made.done
        if name == "close":
            made.close()
        elif name in fails:
            made.leave(name)
        else:
            made.ready(name, stage.shows(name))
    assert made.done
    assert ends == [True]
    wanted = [name for name in order if name != "close" and name not in fails]
    assert stage.calls == ([wanted] if wanted else [])


def test_words_are_told_with_the_pictures() -> None:
    stage = Stage()
    made = Round(stage, lambda: None)
    made.say(stage.shows("hole"))
    made.join("a")
    made.close()
    assert stage.seen == []
    made.ready("a", stage.shows("a"))
    assert stage.calls == [["hole", "a"]]


def test_words_without_pictures_are_told_at_once_and_nobody_is_woken() -> None:
    stage, ends = Stage(), list[bool]()
    made = Round(stage, lambda: ends.append(True))
    made.say(stage.shows("hole"))
    made.close()
    assert made.done
    assert stage.calls == [["hole"]]
    assert ends == []


def test_a_feed_that_leaves_twice_ends_nothing_twice() -> None:
    ends: list[bool] = []
    made = Round(Stage(), lambda: ends.append(True))
    made.join("a")
    made.close()
    made.leave("a")
    made.leave("a")
    assert ends == [True]


def test_threads_that_are_ready_together_end_it_once() -> None:
    ends: list[bool] = []
    stage = Stage()
    made = Round(stage, lambda: ends.append(True))
    names = [str(number) for number in range(16)]
    for name in names:
        made.join(name)
    made.close()
    barrier = threading.Barrier(len(names))

    def work(name: str) -> None:
        barrier.wait()
        made.ready(name, stage.shows(name))

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [True]
    assert sorted(stage.seen) == sorted(names)
