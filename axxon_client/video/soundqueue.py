"""Sound that waits for its moment, and the sound card's own idea of time.  No I/O.

`heard` and `due` are monotonic times in microseconds.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
from numpy.typing import NDArray

RATE = 48_000
CHANNELS = 2
# A second and a half: playback hands sound over early, and a card may stand still for a while.
_MAX_FRAMES = RATE * 3 // 2
# What follows on is played on while it is no further than that from its moment: sound without
# clicks matters more, and 15 ms are not seen.
_LOOSE_US = 15_000
# The card's time is found from its earliest calls within so long; further off, it stood still.
_WINDOW_US = 5_000_000
_STOOD_US = 200_000
_YOUNG_US = 1_000_000

Samples = NDArray[np.int16]


class SoundQueue:
    """Samples (frames, 2) with their moments in, any number of frames out; silence between.

    Thread-safe.  `dropped_frames` counts what came too late or was too much, `gaps` how often
    sound that was under way ran dry.
    """

    def __init__(self) -> None:
        self.dropped_frames = 0
        self.gaps = 0
        self._lock = threading.Lock()
        self._blocks: deque[tuple[int, Samples]] = deque()
        self._frames = 0
        self._flows = False

    @property
    def frames(self) -> int:
        return self._frames

    def put(self, samples: Samples, due_us: int) -> None:
        """The first of them is to be heard at `due_us`."""
        with self._lock:
            self._blocks.append((due_us, samples))
            self._frames += len(samples)
            while self._frames > _MAX_FRAMES:
                self._drop(self._frames - _MAX_FRAMES)

    def take(self, frames: int, heard_us: int) -> Samples:
        """What is heard from `heard_us` on."""
        out = np.zeros((frames, CHANNELS), np.int16)
        done = 0
        with self._lock:
            while done < frames and self._blocks:
                early = self._early_frames(heard_us + done * 1_000_000 // RATE)
                if early < 0:
                    self._drop(-early)
                elif early > 0:
                    self._flows = False
                    done += early
                else:
                    part = self._head(frames - done)
                    out[done : done + len(part)] = part
                    done += len(part)
                    self._flows = True
            if done < frames:
                self.gaps += self._flows
                self._flows = False
        return out

    def clear(self) -> None:
        with self._lock:
            self._blocks.clear()
            self._frames = 0
            self._flows = False

    def _early_frames(self, now_us: int) -> int:
        """By which the first block is early (or late); 0 where it may follow on."""
        early_us = self._blocks[0][0] - now_us
        if self._flows and abs(early_us) <= _LOOSE_US:
            return 0
        return early_us * RATE // 1_000_000

    def _head(self, frames: int) -> Samples:
        due_us, block = self._blocks.popleft()
        part = block[:frames]
        self._frames -= len(part)
        if len(part) < len(block):
            self._blocks.appendleft((due_us + frames * 1_000_000 // RATE, block[frames:]))
        return part

    def _drop(self, frames: int) -> None:
        """Of the first block."""
        self.dropped_frames += len(self._head(frames))


class CardClock:
    """When what a card takes will be heard.  The first frame is when it starts; from there on it
    counts by its own crystal, which its calls tell: the earliest ones, others come late."""

    def __init__(self) -> None:
        self._frames = 0
        self._first_us: int | None = None
        self._depth_us = 0  # of the card's own queue
        self._window_us = 0
        self._least_us = self._former_us = 0  # call time - time of frames, in this window, before

    def heard_us(self, now_us: int, frames: int) -> int:
        """The card asks now for so many."""
        lead_us = now_us - self._frames * 1_000_000 // RATE
        if self._first_us is None:
            self._first_us = self._window_us = now_us
            self._least_us = self._former_us = lead_us
        if lead_us > self._base_us + _STOOD_US:
            self._least_us = self._former_us = lead_us
        if now_us - self._window_us > _WINDOW_US:
            self._window_us, self._former_us, self._least_us = now_us, self._least_us, lead_us
        self._least_us = min(self._least_us, lead_us)
        if now_us - self._first_us < _YOUNG_US:
            self._depth_us = max(self._depth_us, self._first_us - self._base_us)
        heard_us = self._base_us + self._frames * 1_000_000 // RATE + self._depth_us
        self._frames += frames
        return heard_us

    @property
    def _base_us(self) -> int:
        return min(self._least_us, self._former_us)
