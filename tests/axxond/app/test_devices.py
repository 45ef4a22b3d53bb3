"""The control side of devices as the server asks for it."""

from __future__ import annotations

import asyncio

import pytest
from attrs import evolve

from axxond.app.devices import Devices
from axxond.app.finding import Search
from axxond.app.office import Tree
from axxond.devices.port import DeviceError
from protocol.devicetypes import NewDevice, StreamSetup
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import SetStream
from protocol.types import Codec, DeviceState, ObjectKind
from tests.axxond.app.plant import Plant, Who

ANN = Who("ann")


@pytest.fixture
def devices(plant: Plant) -> Devices:
    office = Tree(plant.tree, plant.bus, plant.clock)
    search = Search(plant.tree, [])
    return Devices(plant.tree, office, plant.controls, plant.io, plant.relays, search)


async def test_a_device_is_described_as_it_last_said(plant: Plant, devices: Devices) -> None:
    said = await devices.describe("gate", False)
    assert (said.status.state, said.model) == (DeviceState.ONLINE, "Dome")
    assert [one.token for one in said.streams] == ["main"]
    keeper = plant.runtime.keepers.pop("gate")
    bare = await devices.describe("gate", False)
    assert (bare.status.state, bare.capabilities) == (DeviceState.DISABLED, [])
    plant.runtime.keepers["gate"] = keeper


async def test_a_stream_is_set_journaled_and_described_anew(
    plant: Plant, devices: Devices
) -> None:
    request = SetStream("gate", "main", StreamSetup(Codec.H265, fps=10.0))
    made = await devices.set_stream(request, ANN, "10.0.0.9")
    assert (made.codec, made.fps, made.width) == (Codec.H265, 10.0, 640)
    (event,) = plant.told("device.changed")
    assert "h265, 640×360, 10 fps" in event.text
    assert event.user == "ann"
    assert (await devices.describe("gate", False)).streams[0].setup.fps == 10.0
    with pytest.raises(ProtocolError, match="no such stream"):
        await devices.set_stream(SetStream("gate", "none", StreamSetup()), ANN, "")


async def test_what_a_device_does_not_have_is_said(plant: Plant, devices: Devices) -> None:
    plant.device.streams = plant.device.clock = plant.device.talk = None
    with pytest.raises(DeviceError, match="own pages"):
        await devices.set_stream(SetStream("gate", "main", StreamSetup()), ANN, "")
    with pytest.raises(DeviceError, match="clock cannot be set"):
        await devices.set_clock("gate", ANN, "")
    with pytest.raises(DeviceError, match="no loudspeaker"):
        await devices.talk(plant.camera, ANN, "", lambda text: None)
    with pytest.raises(ProtocolError) as caught:
        await devices.snapshot("nowhere")
    assert caught.value.code is ErrorCode.NOT_FOUND


async def test_the_clock_is_set_and_how_wrong_it_was_is_told(
    plant: Plant, devices: Devices
) -> None:
    assert await devices.set_clock("gate", ANN, "") == 0
    assert plant.device.now_us is not None
    assert abs(plant.device.now_us - plant.clock.now_us()) < 5_000_000


async def test_one_speaks_at_a_time_and_the_journal_knows(plant: Plant, devices: Devices) -> None:
    turn = await devices.talk(plant.camera, ANN, "", lambda text: None)
    with pytest.raises(ProtocolError, match="ann speaks there now"):
        await devices.talk(plant.camera, Who("bob"), "", lambda text: None)
    turn.feed(bytes(640))
    await plant.until(lambda: plant.device.spoken)
    await turn.close()
    assert (len(plant.told("talk.started")), len(plant.told("talk.ended"))) == (1, 1)
    second = await devices.talk(plant.camera, Who("bob"), "", lambda text: None)
    await second.close()


async def test_a_loudspeaker_that_goes_away_is_free_again(plant: Plant, devices: Devices) -> None:
    ended = asyncio.Event()
    turn = await devices.talk(plant.camera, ANN, "", lambda text: ended.set())
    plant.device.away = True
    turn.feed(bytes(640))
    async with asyncio.timeout(5):
        await ended.wait()
    plant.device.away = False
    again = await devices.talk(plant.camera, Who("bob"), "", lambda text: None)
    await again.close()


async def test_added_devices_are_in_the_tree_at_once(plant: Plant, devices: Devices) -> None:
    new = NewDevice("Yard", "rtsp", "rtsp://10.0.0.2/x", ptz=True)
    done = await devices.add([new, new], ANN, "10.0.0.9")
    names = [plant.tree.get(id_).name for id_ in done.ids]
    assert names == ["Yard", "Yard 2"]
    assert len(plant.tree.of_kind(ObjectKind.TELEMETRY)) == 2
    assert len(plant.told("config.changed")) >= 2


async def test_a_clock_that_is_wrong_is_set_on_wish_and_a_good_one_left_alone(
    plant: Plant, devices: Devices
) -> None:
    await plant.alter("gate", clock_set=True)
    await asyncio.sleep(0.05)
    assert plant.device.now_us is None
    await plant.alter("gate", clock_set=False)
    wrong = evolve(plant.device.description, clock_offset_us=7_000_000)
    plant.device.description = wrong
    await devices.describe("gate", True)
    await plant.controls.close()  # its daily look is a day away
    await plant.alter("gate", clock_set=True)
    await plant.until(lambda: plant.device.now_us)
    assert "off by 7.0 s" in plant.told("device.changed")[0].text
