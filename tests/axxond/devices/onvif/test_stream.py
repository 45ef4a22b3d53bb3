"""Streams through the ONVIF driver: which address is taken, and that pictures come."""

from __future__ import annotations

import asyncio

import pytest

from axxond.base import tasks
from axxond.devices.demo.track import Track
from axxond.devices.onvif.driver import OnvifDriver, stream_url
from axxond.devices.port import DeviceError, StreamSettings
from axxond.media.packet import Packet
from protocol.types import Codec, FailureKind
from tests.fakes.onvif.emulator import Emulator, emulated
from tests.fakes.onvif.model import Camera


class _Sink:
    def __init__(self) -> None:
        self.codecs: set[Codec] = set()
        self.arrived = asyncio.Event()

    def packet(self, packet: Packet) -> None:
        self.codecs.add(packet.format.codec)
        if len(self.codecs) == 2:
            self.arrived.set()

    def clock_offset(self, offset_us: int) -> None:
        """Of no interest here."""


def _settings(url: str, *, compatibility: bool = False) -> StreamSettings:
    return StreamSettings(url, "admin", "secret", compatibility=compatibility)


@pytest.mark.parametrize("compatibility", [False, True])
async def test_pictures_and_sound_come_with_the_log_in_of_the_device(
    played: list[Track], compatibility: bool
) -> None:
    sink = _Sink()
    async with emulated(played=played) as emulator:
        settings = _settings(emulator.url, compatibility=compatibility)
        work = tasks.spawn(OnvifDriver().source(settings).run(sink), "source")
        await asyncio.wait_for(sink.arrived.wait(), 20.0)
        await tasks.cancel(work)
    assert sink.codecs == {Codec.H264, Codec.PCMU}


@pytest.mark.parametrize("has_media2", [True, False])
async def test_a_named_profile_is_taken_and_else_the_best(has_media2: bool) -> None:
    async with emulated(Camera(has_media2=has_media2)) as emulator:
        named = await stream_url(_settings(f"{emulator.url}/?profile=profile-low"))
        best = await stream_url(_settings(emulator.url))
    assert named == f"rtsp://127.0.0.1:{emulator.port}/enc-low"
    assert best == f"rtsp://127.0.0.1:{emulator.port}/enc-high"


async def test_a_profile_that_is_not_there_is_refused(emulator: Emulator) -> None:
    with pytest.raises(DeviceError, match="No such profile"):
        await stream_url(_settings(f"{emulator.url}/?profile=gone"))


async def test_media1_helps_out_where_media2_tells_no_stream(emulator: Emulator) -> None:
    emulator.camera.faults.raw["GetStreamUri"] = b""
    with pytest.raises(DeviceError):
        await stream_url(_settings(emulator.url))
    assert emulator.camera.calls.count("GetStreamUri") == 2


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.77.77", "169.254.1.1", "camera.invalid"])
async def test_a_wrong_host_in_the_addresses_is_set_right(played: list[Track], host: str) -> None:
    async with emulated(played=played) as emulator:
        emulator.camera.faults.wrong_host = host
        emulator.build()
        url = await stream_url(_settings(emulator.url))
    assert url.startswith("rtsp://127.0.0.1:")


async def test_compatibility_mode_asks_for_nothing_that_it_can_do_without() -> None:
    async with emulated() as emulator:
        camera = emulator.camera
        for operation in ("GetSystemDateAndTime", "GetServices", "GetCapabilities"):
            camera.faults.answers[operation] = 500
        camera.faults.raw["GetDeviceInformation"] = b"<html/>"
        with pytest.raises(DeviceError):
            await stream_url(_settings(emulator.url))
        camera.faults.answers = {"GetServices": "ActionNotSupported"}
        url = await stream_url(_settings(emulator.url, compatibility=True))
    assert url.startswith("rtsp://")


async def test_a_wrong_password_is_told_as_such(emulator: Emulator) -> None:
    with pytest.raises(DeviceError, match=r'refuses the user "admin"') as caught:
        await stream_url(StreamSettings(emulator.url, "admin", "guess"))
    assert caught.value.kind is FailureKind.LOGIN
