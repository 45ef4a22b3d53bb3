"""Finding devices, trying them, and what is suggested of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from attrs import evolve

from axxond.app import finding
from axxond.app.finding import Search, suggest, try_device
from axxond.devices.control import ControlSettings, Description, StreamInfo, StreamSetup
from axxond.devices.discovery.port import Found
from axxond.devices.port import DeviceError
from protocol.devicetypes import Credential, FoundDevice
from protocol.messages import TryDevice
from protocol.types import Capability, Codec, FailureKind
from tests.axxond.app.plant import Plant
from tests.fakes.control import FakeControl
from tests.fakes.driver import FakeDriver

NEW = Found("onvif://10.0.0.7/onvif/device_service", "onvif", "Dome", "Acme", "D5", mac="02" * 6)
KNOWN = Found("onvif://10.0.0.1/onvif/device_service", "onvif", "Gate")


class FakeFinder:
    """Tells what it is given, whenever it is given."""

    name = "fake"

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Found] = asyncio.Queue()
        self.searching = 0

    async def find(self, tell: Callable[[Found], None], seconds: float) -> None:
        self.searching += 1
        try:
            while True:
                tell(await self.queue.get())
        finally:
            self.searching -= 1


async def test_a_search_serves_all_who_look_and_ends_with_the_last(plant: Plant) -> None:
    finder, one, two = FakeFinder(), [], []
    search = Search(plant.tree, [finder])

    def first(found: list[FoundDevice]) -> None:
        one.extend(found)

    stop_first = search.listen(first)
    finder.queue.put_nowait(NEW)
    finder.queue.put_nowait(KNOWN)
    await plant.until(lambda: len(one) == 2)
    stop_second = search.listen(two.extend)
    assert [item.name for item in two] == ["Dome", "Gate"], "what is known comes at once"
    assert [item.device for item in two] == ["", "gate"]
    assert (two[0].host, two[0].serial) == ("10.0.0.7", "02" * 6)
    finder.queue.put_nowait(NEW)
    finder.queue.put_nowait(evolve(NEW, name="Dome at the door"))
    await plant.until(lambda: len(one) == 3)
    assert two[-1].name == "Dome at the door"
    stop_first()
    assert finder.searching == 1
    stop_second()
    await plant.until(lambda: finder.searching == 0)


async def test_another_port_of_a_host_is_another_device(plant: Plant) -> None:
    await plant.alter("gate", url="onvif://10.0.0.1:8001")
    finder, seen = FakeFinder(), []
    stop = Search(plant.tree, [finder]).listen(seen.extend)
    for url in ("onvif://10.0.0.1:8001/other", "onvif://10.0.0.1:8002", "rtsp://10.0.0.1/2"):
        finder.queue.put_nowait(Found(url, "onvif", url))
    await plant.until(lambda: len(seen) == 3)
    assert [one.device for one in seen] == ["gate", "", "gate"]
    stop()


class Guarded(FakeDriver):
    """Takes one password."""

    def control(self, settings: ControlSettings) -> FakeControl:
        self.made.append(settings)
        device = FakeControl()
        if settings.password != "right":

            async def refuse() -> Description:
                raise DeviceError(FailureKind.LOGIN, "The camera refuses the log-in.")

            device.describe = refuse  # type: ignore[method-assign]
        return device


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> Guarded:
    made = Guarded()
    monkeypatch.setattr(finding, "driver", lambda name: made)
    return made


def asked(*passwords: str) -> TryDevice:
    return TryDevice(NEW.url, "onvif", [Credential("admin", one) for one in passwords])


async def test_the_first_log_in_that_is_taken_is_told_with_a_picture(driver: Guarded) -> None:
    tried, picture = await try_device(asked("wrong", "right", "never"))
    assert (tried.failure, tried.used, tried.model) == (None, 1, "Dome")
    assert picture.startswith(b"\xff\xd8")
    assert len(driver.made) == 2
    assert tried.suggestion is not None
    assert (tried.suggestion.user, tried.suggestion.password) == ("admin", "")


async def test_log_ins_that_are_all_refused_say_so(driver: Guarded) -> None:
    tried, _ = await try_device(asked("wrong", "worse"))
    assert (tried.failure, tried.text) == (FailureKind.LOGIN, "The camera refuses the log-in.")
    assert tried.suggestion is None


async def test_a_device_that_is_not_there_is_asked_once(
    driver: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(settings: ControlSettings) -> FakeControl:
        driver.made.append(settings)
        return FakeControl(away=True)

    monkeypatch.setattr(driver, "control", away)
    tried, _ = await try_device(asked("one", "two"))
    assert tried.failure is FailureKind.UNREACHABLE
    assert len(driver.made) == 1


def stream(token: str, channel: str, width: int) -> StreamInfo:
    setup = StreamSetup(Codec.H264, width, width * 9 // 16)
    return StreamInfo(token, token, channel, f"rtsp://10.0.0.7/{token}", setup)


def test_each_channel_becomes_a_camera_with_its_best_and_its_smallest_stream() -> None:
    said = Description(
        "Acme",
        "Server",
        "1",
        "2",
        frozenset({Capability.PTZ}),
        (stream("a1", "1", 640), stream("a2", "1", 1920), stream("b1", "2", 1280)),
    )
    new = suggest(asked(), said, "admin")
    assert new.name == "Acme Server"
    assert [(one.name, one.channel) for one in new.cameras] == [
        ("Acme Server 1", "1"),
        ("Acme Server 2", "2"),
    ]
    assert new.cameras[0].url.endswith("/a2")
    assert new.cameras[0].low_url.endswith("/a1")
    assert new.cameras[1].low_url == ""
    assert (new.ptz, new.events) == (True, [])
