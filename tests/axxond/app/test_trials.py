"""Back-tests of the running system, on what is stored of a camera."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attrs import define, field

from axxond.app.metadata import Metadata
from axxond.app.trials import Trials
from axxond.base.errors import ConfigError
from axxond.base.tasks import in_thread
from axxond.base.units import DAY_US
from axxond.config.objects import ConfigObject
from axxond.events.bus import EventBus
from axxond.events.types import Event
from axxond.server.ports import Trial
from axxond.trajectories import log
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import BackTest, BackTested, Change
from protocol.types import ObjectKind
from tests.axxond.app.trees import Tree, applied, camera_of, child, first_tree, with_camera
from tests.axxond.trajectories.tracks import T0, walks

ZONE = [[0.2, 0.1], [0.8, 0.3], [0.5, 0.5], [0.7, 0.9], [0.3, 0.95]]


class Clock:
    def now_us(self) -> int:
        return T0 + DAY_US

    def monotonic_us(self) -> int:
        return T0


@define
class Configured:
    """A tree as the parts see it."""

    objects: Tree

    @property
    def server(self) -> ConfigObject:
        return child(self.objects, "", ObjectKind.SERVER)

    def find(self, id_: str) -> ConfigObject | None:
        return self.objects.get(id_)


@define
class Site:
    camera: str
    trials: Trials
    metadata: Metadata
    events: list[Event] = field(factory=list)
    ready: bool = True

    async def run(self, **more: object) -> BackTested:
        order = BackTest(self.camera, T0 - DAY_US, T0 + 2 * DAY_US, **more)  # type: ignore[arg-type]
        return await self.trials.run(order, Trial())


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    tree = with_camera(first_tree(), "gate")
    camera = camera_of(tree, "gate").id
    made = {"type": "loitering", "time_s": 2.0, "zones": [ZONE]}
    tree = applied(tree, Change("d1", ObjectKind.DETECTOR, camera, "Loitering", made))
    tree = applied(tree, Change("m1", ObjectKind.DETECTOR, camera, "Motion", {"type": "motion"}))
    configured, bus, events = Configured(tree), EventBus(), []
    bus.listen(events.append)
    metadata = Metadata(tmp_path, configured, bus, Clock())  # type: ignore[arg-type]
    await metadata.start()
    await in_thread(
        lambda: metadata.recorder.store.append({camera: walks(5, 40, spread_s=3600)}, T0)
    )
    trials = Trials(configured, metadata, lambda: one.ready, Clock())  # type: ignore[arg-type]
    one = Site(camera, trials, metadata, events)
    yield one
    await metadata.close()


async def test_present_and_proposed_settings_side_by_side(site: Site) -> None:
    found = await site.run(detector="d1", properties={"time_s": 4.0})
    assert found.present is not None
    assert found.present.events > found.proposed.events > 0
    assert found.objects > 10
    assert found.until_us == T0 + DAY_US
    assert abs(found.since_us - T0) < 3_600_000_000
    assert sum(day.events for day in found.present.days) == found.present.events
    assert found.present.per_day == pytest.approx(found.present.events, rel=0.05)
    times = [one.begin_us for one in found.present.examples]
    assert times == sorted(times)
    assert len(times) == min(20, found.present.events)


async def test_a_detector_that_is_not_stored_has_no_present(site: Site) -> None:
    found = await site.run(properties={"type": "motion_in_area"})
    assert found.present is None
    assert found.proposed.events > 10


async def test_present_settings_that_cannot_be_tried_say_so(site: Site) -> None:
    found = await site.run(detector="m1", properties={"type": "loitering", "time_s": 0.0})
    assert "cannot be tried" in found.present.refused
    assert found.proposed.events > 0


async def test_what_cannot_be_tried_is_refused(site: Site) -> None:
    for properties in ({"type": "motion"}, {"type": "nonsense"}, {"time_s": -1.0}, {"what": 1}):
        with pytest.raises(ConfigError):
            await site.run(properties=properties)
    with pytest.raises(ProtocolError) as caught:
        await site.run(detector="gate")
    assert caught.value.code is ErrorCode.NOT_FOUND
    site.ready = False
    with pytest.raises(ProtocolError) as caught:
        await site.run(detector="d1")
    assert caught.value.code is ErrorCode.UNAVAILABLE


async def test_a_cancelled_back_test_ends(site: Site) -> None:
    trial = Trial(cancelled=True)
    with pytest.raises(ProtocolError) as caught:
        await site.trials.run(BackTest(site.camera, 0, 1 << 50, "d1"), trial)
    assert caught.value.code is ErrorCode.CANCELLED


async def test_what_is_stored_is_told(site: Site) -> None:
    found = await site.trials.stored()
    (one,) = found.cameras
    assert one.camera == site.camera
    assert one.first_us < one.last_us
    assert (found.limit_bytes, found.limit_days, found.trouble) == (10_000_000_000, 30, "")


async def test_a_disk_in_trouble_is_an_event_and_so_is_its_end(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    recorder = site.metadata.recorder
    with monkeypatch.context() as broken:
        broken.setattr(log.Log, "append", full)
        await asyncio.to_thread(_append, site)
        await recorder.flush()
        assert "No space" in (await site.trials.stored()).trouble
    await recorder.flush()
    assert [event.type.name for event in site.events] == ["metadata.trouble", "metadata.healthy"]


def _append(site: Site) -> None:
    with pytest.raises(OSError, match="No space"):
        site.metadata.recorder.store.append({site.camera: walks(9, 1)}, T0)
