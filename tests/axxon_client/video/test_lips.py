"""Live pictures wait for their sound, and no longer than that."""

from __future__ import annotations

import queue
import threading
import time
from typing import Any, cast

import pytest

from axxon_client.video.frame import VideoPicture
from axxon_client.video.lips import _MOST_US, AHEAD_US, PAINT_US, Lips, Shelf

MS_US = 1_000
SERVER_US = 5_000_000_000_000  # its clock less ours


class Camera:
    """Pictures come `picture_us` after their moment, sound `sound_us`; both every 40 ms."""

    def __init__(self, picture_us: int, sound_us: int) -> None:
        self.lips = Lips()
        self.picture_us, self.sound_us = picture_us, sound_us
        self.seen: list[int] = []  # after its moment
        self.heard: list[int | None] = []
        self._number = 0

    def run(self, count: int) -> None:
        for _ in range(count):
            true_us = self._number * 40 * MS_US
            self._number += 1
            pts_us = true_us + SERVER_US
            came_us = true_us + self.picture_us
            self.seen.append(self.lips.picture_us(pts_us, came_us) + PAINT_US - true_us)
            heard_us = self.lips.sound_us(pts_us, true_us + self.sound_us)
            self.heard.append(None if heard_us is None else heard_us - true_us)


def test_picture_and_sound_have_the_same_moment() -> None:
    camera = Camera(30 * MS_US, 55 * MS_US)
    camera.run(100)
    assert camera.seen[20:] == camera.heard[20:] == [55 * MS_US + AHEAD_US] * 80


def test_what_the_server_had_kept_is_shown_at_once_and_not_heard() -> None:
    lips = Lips()
    for number in range(50):
        assert lips.picture_us(number * 40 * MS_US, SERVER_US + number) == SERVER_US + number
        assert lips.sound_us(number * 40 * MS_US, SERVER_US + number) is None


def test_a_hiccup_moves_nothing_and_lasting_lateness_everything() -> None:
    camera = Camera(30 * MS_US, 50 * MS_US)
    camera.run(100)
    camera.sound_us = 200 * MS_US
    camera.run(2)
    assert camera.seen[-1] == 50 * MS_US + AHEAD_US
    camera.run(50)
    assert camera.seen[-1] == camera.heard[-1] == 200 * MS_US + AHEAD_US
    camera.sound_us = 50 * MS_US
    camera.run(200)
    assert camera.seen[-1] == camera.heard[-1] == 50 * MS_US + AHEAD_US


def test_pictures_do_not_wait_for_sound_that_is_far_behind() -> None:
    camera = Camera(30 * MS_US, _MOST_US + 100 * MS_US)
    camera.run(100)
    assert camera.seen[-1] == 30 * MS_US + PAINT_US


def test_without_sound_nothing_waits() -> None:
    lips = Lips()
    assert [lips.picture_us(0, at) for at in range(0, 2_000_000, 40_000)] == list(
        range(0, 2_000_000, 40_000)
    )


def mono_us() -> int:
    return time.monotonic_ns() // 1000


@pytest.fixture
def picture() -> VideoPicture:
    return cast(VideoPicture, object())


def test_the_shelf_hands_on_in_order_and_not_before_the_moment(picture: VideoPicture) -> None:
    shown: queue.Queue[tuple[Any, int]] = queue.Queue()
    shelf = Shelf(lambda one: shown.put((one, mono_us())), mono_us)
    now_us = mono_us()
    other = cast(VideoPicture, object())
    shelf.put(picture, now_us + 20 * MS_US)
    shelf.put(other, now_us + 30 * MS_US)
    first, second = shown.get(timeout=10), shown.get(timeout=10)
    assert (first[0], second[0]) == (picture, other)
    assert first[1] >= now_us + 20 * MS_US
    assert second[1] >= now_us + 30 * MS_US
    assert shelf.empty
    shelf.close()


def test_a_closed_shelf_hands_nothing_on(picture: VideoPicture) -> None:
    shown = threading.Event()
    shelf = Shelf(lambda one: shown.set(), mono_us)
    shelf.put(picture, mono_us() + 60_000_000)
    shelf.close()
    assert not shown.is_set()
