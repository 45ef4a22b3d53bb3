"""Sound and picture of a live camera at the same moment.

Sound needs a little longer to be heard than a picture to be seen: it comes in blocks, and waits
in the sound card's queue.  So where there is sound, pictures wait for it.  `Lips` says until when
(pure), `Shelf` keeps them so long.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from axxon_client.video.frame import VideoPicture

# So early sound must be handed over: the sound card's queue, and what a busy machine adds.
AHEAD_US = 90_000
# From being handed on to being painted: conversion, and half of the display's tick.
PAINT_US = 12_000
# A connection begins with what the server has kept, all at once: that says nothing of delays.
_BURST_US = 300_000
# Delays are remembered for so long, in steps.
_STEP_US = 500_000
_STEPS = 8
# What is gained by less waiting is worth a jump only if it is that much.
_WORTH_US = 60_000
_GROW_US = 5_000
# Sound that comes later than that after its picture cannot be waited for: pictures are live.
_MOST_US = 500_000
# Pictures that wait at most: of 4K they are 12 MB each.
_MAX_HELD = 16


class Lips:
    """Moments by a monotonic clock.  Of one connection: `restart` with the next."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self._begun_us: int | None = None
        self._offset_us: int | None = None  # moment - time of picture and sound
        self._sounds: deque[tuple[int, int]] = deque(maxlen=_STEPS)  # step, greatest delay
        self._pictures: deque[tuple[int, int]] = deque(maxlen=_STEPS)  # step, least delay

    def sound_us(self, pts_us: int, now_us: int) -> int | None:
        """When sound that came just now is to be heard; None: it is dropped."""
        if self._is_burst(now_us):
            return None
        _note(self._sounds, now_us, now_us - pts_us, max)
        # What happened in one step alone is a hiccup: that sound is lost, not everybody's time.
        needed_us = sorted(delay_us for _, delay_us in self._sounds)[-2:][0] + AHEAD_US
        offset_us = self._offset_us
        if offset_us is None or not -_WORTH_US <= needed_us - offset_us <= _GROW_US:
            self._offset_us = offset_us = needed_us
        return pts_us + offset_us

    def picture_us(self, pts_us: int, now_us: int) -> int:
        """When a picture that came just now is to be handed on, so as to be seen in time."""
        if self._is_burst(now_us) or self._offset_us is None:
            return now_us
        _note(self._pictures, now_us, now_us - pts_us, min)
        least_us = min(delay_us for _, delay_us in self._pictures)
        if self._offset_us - least_us > _MOST_US:
            return now_us
        return max(now_us, pts_us + self._offset_us - PAINT_US)

    def _is_burst(self, now_us: int) -> bool:
        if self._begun_us is None:
            self._begun_us = now_us
        return now_us - self._begun_us < _BURST_US


def _note(
    steps: deque[tuple[int, int]], now_us: int, delay_us: int, which: Callable[[int, int], int]
) -> None:
    """The extreme of each step; those that are too old go."""
    number = now_us // _STEP_US
    while steps and steps[0][0] <= number - _STEPS:
        steps.popleft()
    if steps and steps[-1][0] == number:
        delay_us = which(steps.pop()[1], delay_us)
    steps.append((number, delay_us))


class Shelf:
    """Hands pictures on at their moment, in order, on a thread of its own, until `close`.

    `show` is not called any more when `close` has returned.
    """

    def __init__(self, show: Callable[[VideoPicture], None], mono_us: Callable[[], int]) -> None:
        self._show = show
        self._mono_us = mono_us
        self._changed = threading.Condition()
        self._held: deque[tuple[int, VideoPicture]] = deque()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="pictures held", daemon=True)
        self._thread.start()

    @property
    def empty(self) -> bool:
        return not self._held

    def put(self, picture: VideoPicture, due_us: int) -> None:
        with self._changed:
            if len(self._held) >= _MAX_HELD:
                self._held.popleft()
            self._held.append((due_us, picture))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            self._closed = True
            self._held.clear()
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                wait_us = self._held[0][0] - self._mono_us() if self._held else None
                if wait_us is None or wait_us > 0:
                    self._changed.wait(None if wait_us is None else wait_us / 1e6)
                    continue
                _, picture = self._held.popleft()
            self._show(picture)
