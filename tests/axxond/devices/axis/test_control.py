"""Control of an Axis device: the contract, and what is the device's own."""

from __future__ import annotations

import asyncio
import time

import pytest

from axxond.base import tasks
from axxond.devices import drivers
from axxond.devices.axis import control as control_module
from axxond.devices.axis.control import AxisControl
from axxond.devices.control import ControlSettings, Preset, StreamSetup
from axxond.devices.port import DeviceError
from protocol.types import Capability, Codec, FailureKind
from tests.axxond.devices.contract_control import ControlContract, Rig, Sink
from tests.fakes.axis.emulator import PASSWORD, USER, AxisEmulator


class TestAxisControl(ControlContract):
    @pytest.fixture
    def rig(self, camera: AxisEmulator, control: AxisControl) -> Rig:
        def press(active: bool) -> None:
            camera.device.set_port(0, active)

        return Rig(control, press, camera.close)


async def test_a_device_is_described(camera: AxisEmulator, control: AxisControl) -> None:
    camera.device.clock_s = 100.0
    camera.device.ports[0] = True
    told = await control.describe()
    assert (told.manufacturer, told.model) == ("AXIS", "M5525-E")
    assert (told.firmware, told.serial) == ("9.80.1", "ACCC8E012345")
    assert told.capabilities == frozenset(Capability)
    assert [(port.token, port.name, port.active) for port in told.inputs] == [("0", "Door", True)]
    assert [(port.token, port.name, port.active) for port in told.outputs] == [
        ("1", "Lamp", False)
    ]
    assert told.inputs[0].normally_closed is False
    assert told.clock_offset_us == pytest.approx(100_000_000, abs=1_500_000)
    own, quality, low = told.streams
    assert [one.name for one in told.streams] == ["View Area 1", "Quality", "Low"]
    assert own.setup == StreamSetup(Codec.H264, 1920, 1080, None, None, 32, 70.0)
    assert (quality.setup.width, quality.setup.fps) == (1280, 15.0)
    assert (low.setup.bitrate_bps, low.setup.gop) == (300_000, 5)
    assert low.url == f"{camera.url}/?camera=1&streamprofile=Low"
    assert own.options.codecs == (Codec.MJPEG, Codec.H264)
    assert own.options.sizes[-1] == (640, 360)


@pytest.mark.parametrize("token", ["I0", "S0:1"])
async def test_stream_settings_are_changed(control: AxisControl, token: str) -> None:
    assert (await control.describe()).streams
    assert control.streams is not None
    wanted = StreamSetup(None, 640, 360, 12.0, 400_000, 24, 60.0)
    made = await control.streams.set_stream(token, wanted)
    assert made == StreamSetup(Codec.H264, 640, 360, 12.0, 400_000, 24, 60.0)


async def test_the_head_moves_as_asked(camera: AxisEmulator, control: AxisControl) -> None:
    await control.describe()
    assert control.ptz is not None
    await control.ptz.move("1", 1.0, -0.5, 0.25)
    assert camera.device.speeds == {"pan": 100, "tilt": -50, "zoom": 25}
    await control.ptz.stop("1")
    assert set(camera.device.speeds.values()) == {0}
    await control.ptz.go("1", 1.0, None, 0.0)
    assert (camera.device.place["pan"], camera.device.place["zoom"]) == (170.0, 1.0)
    await control.ptz.go("1", 0.0, -1.0, 0.25)
    await control.ptz.shift("1", 0.5, 0.5, 2.0)
    assert camera.device.place["pan"] == 30.0
    assert camera.device.place["tilt"] == -20 + 17
    assert camera.device.place["zoom"] == pytest.approx(2 * 2500, abs=2)


async def test_a_preset_is_set_anew_and_renamed(
    camera: AxisEmulator, control: AxisControl
) -> None:
    await control.describe()
    ptz = control.ptz
    assert ptz is not None
    door = await ptz.set_preset("1", "Door")
    await ptz.go("1", 0.5, 0.0, 0.0)
    assert await ptz.set_preset("1", "Door", door.token) == door
    assert camera.device.presets[int(door.token)][1]["pan"] == 85.0
    assert await ptz.set_preset("1", "Gate", door.token) == Preset(door.token, "Gate")
    with pytest.raises(DeviceError, match="no preset 99"):
        await ptz.set_preset("1", "Gate", "99")


async def test_focus_and_iris_are_turned(camera: AxisEmulator, control: AxisControl) -> None:
    await control.describe()
    assert control.lens is not None
    await control.lens.focus("1", -1.0)
    await control.lens.iris("1", 0.5)
    await control.lens.auto_focus("1", on=False)
    assert camera.device.speeds == {"focus": -100, "iris": 50}
    assert camera.device.automatic == {"autofocus": "off"}


async def test_an_output_is_switched_and_told(camera: AxisEmulator, control: AxisControl) -> None:
    await control.describe()
    assert control.outputs is not None
    sink = Sink()
    work = tasks.spawn(control.events(sink), "events")
    await sink.until(lambda: len(sink.events) == 2)
    assert all(event.initial for event in sink.events)
    await control.outputs.set_output("1", active=True)
    assert camera.device.ports[1]
    await sink.until(lambda: len(sink.events) == 3)
    await tasks.cancel(work)
    event = sink.events[-1]
    assert (event.kind.value, event.source, event.active, event.initial) == (
        "output", "1", True, False,
    )  # fmt: skip


async def test_speech_reaches_the_loudspeaker(camera: AxisEmulator, control: AxisControl) -> None:
    await control.describe()
    assert control.talk is not None
    form = await control.talk.open("1")
    assert (form.codec, form.sample_rate) == (Codec.PCMU, 8000)
    for number in range(5):
        await control.talk.send(bytes([number]) * 160)
    async with asyncio.timeout(5):
        while len(camera.device.spoken) < 800:  # noqa: ASYNC110 - the emulator tells nobody
            await asyncio.sleep(0.01)
    await control.talk.close()
    assert camera.device.spoken == b"".join(bytes([number]) * 160 for number in range(5))
    with pytest.raises(DeviceError, match="nobody is speaking"):
        await control.talk.send(b"x")


@pytest.mark.parametrize("has_time_api", [True, False])
async def test_the_clock_is_set_in_the_way_the_device_knows(
    camera: AxisEmulator, control: AxisControl, has_time_api: bool
) -> None:
    camera.device.clock_s = 5000.0
    camera.device.has_time_api = has_time_api
    await control.describe()
    assert control.clock is not None
    await control.clock.set_clock(time.time_ns() // 1000)
    assert abs(camera.device.clock_s) < 2


async def test_events_go_on_when_the_connection_is_lost(
    camera: AxisEmulator, control: AxisControl
) -> None:
    await control.describe()
    sink = Sink()
    work = tasks.spawn(control.events(sink), "events")
    await sink.until(lambda: sink.subscriptions == [True])
    for connection in list(camera.rtsp._connections):
        connection.abort()
    await sink.until(lambda: sink.subscriptions == [True, False, True])
    camera.device.set_port(0, True)
    await sink.until(lambda: sink.events[-1].active is True)
    await tasks.cancel(work)


async def test_events_are_subscribed_anew_after_silence(
    camera: AxisEmulator, control: AxisControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_module, "_SILENCE_S", 0.2)
    await control.describe()
    sink = Sink()
    work = tasks.spawn(control.events(sink), "events")
    await sink.until(lambda: sink.subscriptions == [True])
    camera.device.listeners.clear()  # it has dropped us without a word
    await sink.until(lambda: sink.subscriptions == [True, False, True])
    await tasks.cancel(work)


@pytest.mark.parametrize(("user", "password"), [("root", "hidden-one"), ("", "")])
async def test_a_wrong_log_in_is_told(camera: AxisEmulator, user: str, password: str) -> None:
    made = drivers.driver("axis").control(ControlSettings(camera.url, user, password))
    assert made is not None
    with pytest.raises(DeviceError) as caught:
        await made.describe()
    assert caught.value.kind is FailureKind.LOGIN
    assert "hidden-one" not in str(caught.value)
    await made.close()


async def test_what_is_no_axis_device_is_told(camera: AxisEmulator) -> None:
    camera.device.params.clear()
    made = drivers.driver("axis").control(ControlSettings(camera.url, USER, PASSWORD))
    assert made is not None
    with pytest.raises(DeviceError, match="not as an Axis device") as caught:
        await made.describe()
    assert caught.value.kind is FailureKind.NOT_VIDEO
    await made.close()
