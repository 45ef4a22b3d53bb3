"""When what was written is made to stay: that bounds what a power cut takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from axxond.archive import volume
from tests.axxond.archive.media import T0, ManualClock, hub_of, link, opened, stream, until

_TICK_US = 250_000
_SOON_US = 100_000  # as after a busy event loop


async def test_a_batch_soon_after_a_sync_is_synced_though_nothing_comes_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    clock, early, late = ManualClock(), hub_of("early"), hub_of("late")
    monkeypatch.setattr(volume, "sync", lambda _folder, _written: synced.append(clock.time_us))
    async with opened(tmp_path, clock) as archive:
        archive.recorder.attach(link("early"), early)
        archive.recorder.attach(link("late"), late)
        for packet in stream(range(30)):
            early.publish(packet)
        clock.time_us = T0 + 1_200_000
        await archive.recorder.flush()
        await until(lambda: bool(synced))
        for packet in stream(range(30)):
            late.publish(packet)
        clock.time_us += _SOON_US
        await archive.recorder.flush()
        assert archive.recorder.stats("late").packets > 0
        written_us = clock.time_us
        assert max(synced) < written_us
        clock.time_us += _TICK_US
        archive.recorder.tick()  # with nothing to write
        await until(lambda: max(synced) > written_us)
