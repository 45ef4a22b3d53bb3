"""Coverage, protections and plans of real archives, as the server's port gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from axxond.app.vault import Vault
from axxond.archive.archive import Archive
from axxond.events.bus import EventBus
from axxond.events.types import ARCHIVE_PROTECTED, ARCHIVE_SMALL, ARCHIVE_UNPROTECTED, Event
from axxond.stream.hub import Gap
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import GapReason
from tests.axxond.archive.media import (
    T0,
    ManualClock,
    feed,
    hub_of,
    link,
    opened,
    stream,
)

SECOND = 1_000_000
WHO = ("anna", "192.0.2.9")


class World:
    """One archive with 40 s of a camera, of which 20 are lost, behind a vault."""

    def __init__(self, archive: Archive, clock: ManualClock, wanted_days: int) -> None:
        self.clock = clock
        self.events: list[Event] = []
        bus = EventBus()
        bus.listen(self.events.append)
        properties = {"wanted_days": wanted_days}
        tree: Any = SimpleNamespace(find=lambda id_: _Object(properties) if id_ else None)
        runtime: Any = SimpleNamespace(
            archives={"archive": archive},
            holding=lambda camera: [(archive, camera)],
            all_links=lambda: [[SimpleNamespace(id="link-cam")]],
        )
        self.archive = archive
        self.vault = Vault(tree, runtime, bus, clock)


class _Object:
    name = "Archive"

    def __init__(self, properties: dict[str, int]) -> None:
        self._properties = properties

    def __getitem__(self, name: str) -> int:
        return self._properties[name]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    clock, hub = ManualClock(), hub_of()
    async with opened(tmp_path, clock, quota_bytes=8 << 20) as archive:
        archive.recorder.attach(link(), hub)
        await feed(archive, hub, stream(range(250)), clock)
        hub.interrupt(Gap(clock.time_us, GapReason.CAMERA_DOWN, "no route"))
        clock.time_us = T0 + 30 * SECOND
        await feed(archive, hub, stream(range(750, 1000)), clock)
        archive.recorder.detach("link-cam")
        await archive.flush()
        clock.time_us = T0 + 60 * SECOND
        yield World(archive, clock, wanted_days=30)


async def test_coverage_tells_recorded_lost_and_not_wanted(world: World) -> None:
    days = await world.vault.coverage("cam", "", T0 - 10 * SECOND, T0 + 1000 * SECOND)
    assert sum(day.recorded_us for day in days) == 20 * SECOND
    assert sum(day.lost_us.get("camera-down", 0) for day in days) == 20 * SECOND
    assert sum(day.unwanted_us for day in days) == 30 * SECOND  # before and after, up to now


async def test_a_protection_is_made_journaled_and_lifted(world: World) -> None:
    period = (T0, T0 + 5 * SECOND)
    (made,) = await world.vault.protect("cam", "", period, "theft", WHO)
    assert world.vault.protections() == [made]
    assert (made.author, made.reason, made.archive) == ("anna", "theft", "archive")
    await world.vault.unprotect(made.id, WHO)
    assert world.vault.protections() == []
    assert [event.type for event in world.events] == [ARCHIVE_PROTECTED, ARCHIVE_UNPROTECTED]
    assert all((event.user, event.address) == WHO for event in world.events)
    with pytest.raises(ProtocolError) as refused:
        await world.vault.unprotect(made.id, WHO)
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_nothing_is_nothing_to_protect(world: World) -> None:
    period = (T0 + 15 * SECOND, T0 + 25 * SECOND)
    with pytest.raises(ProtocolError) as refused:
        await world.vault.protect("cam", "", period, "theft", WHO)
    assert refused.value.code is ErrorCode.NOT_FOUND


async def test_states_name_volumes_cameras_and_days(world: World) -> None:
    (state,) = await world.vault.archives()
    (camera,) = state.cameras
    assert (camera.camera, camera.first_us, camera.last_us) == ("cam", T0, T0 + 40 * SECOND)
    assert state.volumes[0].used_bytes == world.archive.used_bytes == camera.bytes
    assert state.days is None  # a minute says nothing yet
    world.clock.time_us = T0 + 3600 * SECOND
    (state,) = await world.vault.archives()
    assert state.days == pytest.approx((8 << 20) / camera.bytes * 3600 / 86_400, rel=0.01)


async def test_a_quota_too_small_for_the_wanted_days_is_told_once(world: World) -> None:
    world.clock.time_us = T0 + 3600 * SECOND
    for _ in range(3):
        await world.vault._warn("archive", world.archive)
    assert [event.type for event in world.events] == [ARCHIVE_SMALL]
    assert "not 30" in world.events[0].text
