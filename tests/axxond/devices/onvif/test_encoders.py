"""Encoders are changed as the device gave them, with all that we do not know."""

from __future__ import annotations

import pytest

from axxond.devices.control import StreamSetup
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.port import DeviceError
from protocol.types import Codec, FailureKind
from tests.fakes.onvif.emulator import Emulator


async def test_all_that_can_be_set_is_set(control: OnvifControl, emulator: Emulator) -> None:
    await control.describe()
    assert control.streams is not None
    wish = StreamSetup(Codec.H265, 1920, 1080, 12.5, 4_000_000, 100, 7.0)
    assert await control.streams.set_stream("profile-high", wish) == wish
    high = emulator.camera.encoders["enc-high"]
    assert (high.encoding, high.width, high.kbps, high.gop) == ("H265", 1920, 4000, 100)


async def test_what_is_not_named_stays(control: OnvifControl, emulator: Emulator) -> None:
    await control.describe()
    assert control.streams is not None
    before = emulator.camera.encoders["enc-low"].kbps
    made = await control.streams.set_stream("profile-low", StreamSetup(gop=12))
    assert (made.gop, made.bitrate_bps, made.width) == (12, before * 1000, 640)


async def test_the_device_has_the_last_word(control: OnvifControl) -> None:
    await control.describe()
    assert control.streams is not None
    made = await control.streams.set_stream("profile-high", StreamSetup(fps=200.0))
    assert made.fps == 30.0


async def test_what_it_refuses_is_told_in_its_words(control: OnvifControl) -> None:
    await control.describe()
    assert control.streams is not None
    with pytest.raises(DeviceError, match="No such resolution") as caught:
        await control.streams.set_stream("profile-high", StreamSetup(width=17, height=17))
    assert caught.value.kind is FailureKind.UNSUPPORTED


async def test_a_coding_that_the_service_does_not_know_is_refused_here(
    emulator: Emulator, control: OnvifControl
) -> None:
    emulator.camera.has_media2 = False
    emulator.build()
    await control.describe()
    assert control.streams is not None
    with pytest.raises(DeviceError, match="h265"):
        await control.streams.set_stream("profile-high", StreamSetup(codec=Codec.H265))
