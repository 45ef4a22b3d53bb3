"""Decoded sound of a playing camera, until the playback clock comes near.  Not thread-safe."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from axxon_client.video.clock import PlaybackClock
from axxon_client.video.decode import AudioBlock

# It is handed over that early: with pictures a quarter of a second apart there is time to spare.
_LEAD_US = 400_000
_MAX_BLOCKS = 100


class SoundAhead:
    """Sounds only at 1x.  `_us` of moments by the monotonic clock."""

    def __init__(self, clock: PlaybackClock) -> None:
        self._clock = clock
        self._blocks: deque[AudioBlock] = deque(maxlen=_MAX_BLOCKS)
        self._sounds = False  # something was handed over since the last `hushes`

    def add(self, blocks: Iterable[AudioBlock]) -> None:
        self._blocks.extend(blocks)

    def clear(self) -> None:
        self._blocks.clear()

    def due(self, position_us: int, now_us: int) -> list[tuple[AudioBlock, int]]:
        """What is to be handed over, and when it is to be heard."""
        clock = self._clock
        if clock.speed != 1.0 or clock.paused or clock.held:
            return []
        found = []
        while self._blocks and self._blocks[0].pts_us <= position_us + _LEAD_US:
            block = self._blocks.popleft()
            due_us = clock.mono_at(block.pts_us, now_us)
            if due_us is not None:
                found.append((block, due_us))
        self._sounds = self._sounds or bool(found)
        return found

    def hushes(self, *, begins_anew: bool = False) -> bool:
        """Whether what was handed over is void: paused, at another speed, elsewhere."""
        if not self._sounds:
            return False
        void = begins_anew or self._clock.paused or self._clock.speed != 1.0
        self._sounds = not void
        return void
