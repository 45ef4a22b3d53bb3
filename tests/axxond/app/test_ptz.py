"""Steering through the server: turns, limits, patrols."""

from __future__ import annotations

import asyncio

import pytest

from axxond.app import ptz as ptz_module
from axxond.devices.control import PtzStatus
from axxond.devices.port import DeviceError
from protocol import messages as m
from protocol.devicetypes import PtzHolder
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import ObjectKind
from tests.axxond.app.plant import Plant, Who

ANN, BOB, CHIEF = Who("ann"), Who("bob"), Who("chief", 80)
SESSION = object()


async def steer(plant: Plant, request: m.Request, who: Who = ANN) -> m.Message:
    return await plant.ptz.steer(request, who, "10.0.0.9", SESSION)


@pytest.fixture
async def head(plant: Plant) -> Plant:
    await plant.add("t", ObjectKind.TELEMETRY, speed=50, home_s=0)
    return plant


async def test_a_movement_goes_at_the_speed_that_is_set(head: Plant) -> None:
    await steer(head, m.MovePtz(head.camera, 1.0, -0.5, 0.0))
    assert head.device.speed == (0.5, -0.25, 0.0)
    await steer(head, m.StopPtz(head.camera))
    assert head.device.speed == (0.0, 0.0, 0.0)


async def test_what_moves_the_picture_is_told_before_it_moves(head: Plant) -> None:
    now_us = head.clock.now_us()
    await steer(head, m.MovePtz(head.camera, 1.0))
    await steer(head, m.StopPtz(head.camera))
    await steer(head, m.GoPtz(head.camera, 0.5))
    await steer(head, m.SetPreset(head.camera, "Door"))
    await steer(head, m.GoHome(head.camera, learn=True))
    cameras, until_us = zip(*head.turning, strict=True)
    assert set(cameras) == {head.camera}
    waits_s = [(at_us - now_us) / 1e6 for at_us in until_us]
    assert waits_s == pytest.approx([4.5, 1.5, 5.5], abs=0.4)


async def test_a_movement_that_nobody_repeats_stops(
    head: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ptz_module, "_MOVE_LIMIT_S", 0.05)
    await steer(head, m.MovePtz(head.camera, 1.0))
    await head.until(lambda: head.device.speed == (0.0, 0.0, 0.0))


async def test_a_movement_ends_with_the_session_that_made_it(head: Plant) -> None:
    await steer(head, m.MovePtz(head.camera, 1.0))
    head.ptz.session_ended(object())
    await asyncio.sleep(0.05)
    assert head.device.speed != (0.0, 0.0, 0.0)
    head.ptz.session_ended(SESSION)
    await head.until(lambda: head.device.speed == (0.0, 0.0, 0.0))


async def test_one_steers_and_others_are_told_who(head: Plant) -> None:
    told: list[PtzHolder] = []
    head.ptz.listen(told.append)
    await steer(head, m.GoPtz(head.camera, 0.5))
    with pytest.raises(ProtocolError, match="ann steers it now") as caught:
        await steer(head, m.GoPtz(head.camera, -0.5), BOB)
    assert caught.value.code is ErrorCode.CONFLICT
    assert head.device.place.pan == 0.5
    await steer(head, m.GoPtz(head.camera, -0.5), CHIEF)
    assert head.device.place.pan == -0.5
    assert [one.user for one in told] == ["ann", "chief"]
    assert [one.user for one in head.ptz.holders()] == ["chief"]
    assert "in place of ann" in head.told("ptz.taken")[1].text


async def test_given_back_it_is_free_for_others(head: Plant) -> None:
    await steer(head, m.TakePtz(head.camera))
    await steer(head, m.TakePtz(head.camera, release=True))
    await steer(head, m.StopPtz(head.camera), BOB)
    assert [one.user for one in head.told("ptz.released")] == ["ann"]


async def test_a_priority_below_the_cameras_is_refused(head: Plant) -> None:
    await head.alter("t", least_priority=60)
    with pytest.raises(ProtocolError) as caught:
        await steer(head, m.MovePtz(head.camera, 1.0))
    assert caught.value.code is ErrorCode.FORBIDDEN
    await steer(head, m.MovePtz(head.camera, 1.0), CHIEF)


async def test_presets_are_set_listed_gone_to_and_removed(head: Plant) -> None:
    await steer(head, m.GoPtz(head.camera, 0.5, 0.25, 0.75))
    reply = await steer(head, m.SetPreset(head.camera, "Door"))
    assert isinstance(reply, m.PresetSet)
    await steer(head, m.GoPtz(head.camera, 0.0, 0.0, 0.0))
    await steer(head, m.GoPreset(head.camera, reply.preset.token))
    assert head.device.place == PtzStatus(0.5, 0.25, 0.75, False)
    state = await head.ptz.state(head.camera)
    assert [one.name for one in state.presets] == ["Door"]
    assert state.holder.user == "ann"
    await steer(head, m.RemovePreset(head.camera, reply.preset.token))
    assert (await head.ptz.state(head.camera)).presets == []
    assert [one.text for one in head.told("ptz.command")] == [
        'Preset "Door" was set',
        "To preset p1",
        "Preset p1 was removed",
    ]


async def test_the_lens_follows(head: Plant) -> None:
    await steer(head, m.SetLens(head.camera, focus=0.5, auto_iris=True))
    assert head.device.lens_speeds == {"focus": 0.5}
    assert head.device.automatic == {"iris": True}


async def test_a_patrol_goes_round_until_it_is_ended(head: Plant) -> None:
    with pytest.raises(ProtocolError, match="no patrol"):
        await steer(head, m.Patrol(head.camera, True))
    token = (await steer(head, m.SetPreset(head.camera, "Door"))).preset.token  # type: ignore[attr-defined]
    await head.alter("t", patrol=[{"preset": token, "dwell_s": 1}])
    await steer(head, m.GoPtz(head.camera, 0.5))
    await steer(head, m.Patrol(head.camera, True))
    (holder,) = head.ptz.holders()
    assert (holder.user, holder.patrol) == ("", True)
    running = asyncio.create_task(head.ptz.run())
    await head.until(lambda: head.device.place.pan == 0.0)
    running.cancel()
    await asyncio.wait([running])
    await steer(head, m.Patrol(head.camera, False))
    assert not head.ptz.holders()[0].patrol


async def test_a_response_turns_it_but_not_out_of_somebodys_hands(head: Plant) -> None:
    token = (await steer(head, m.SetPreset(head.camera, "Door"))).preset.token  # type: ignore[attr-defined]
    await steer(head, m.GoPtz(head.camera, 0.5))
    await head.ptz.go_to("t", token)
    assert head.device.place.pan == 0.5, "ann steers"
    await steer(head, m.TakePtz(head.camera, release=True))
    await head.ptz.go_to("t", token)
    assert head.device.place.pan == 0.0
    await head.ptz.go_to("t", "gone")
    assert "did not turn" in head.told("ptz.failed")[0].text


async def test_a_camera_that_is_away_says_why(head: Plant) -> None:
    head.device.away = True
    with pytest.raises(DeviceError, match="away"):
        await steer(head, m.GoHome(head.camera))


async def test_without_telemetry_there_is_nothing_to_steer(plant: Plant) -> None:
    for camera in (plant.camera, "nowhere"):
        with pytest.raises(ProtocolError) as caught:
            await steer(plant, m.StopPtz(camera))
        assert caught.value.code is ErrorCode.NOT_FOUND


async def test_a_slow_camera_gets_the_newest_movement_only(
    head: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves: list[float] = []
    go_on = asyncio.Event()

    async def move(channel: str, pan: float, tilt: float, zoom: float) -> None:
        moves.append(pan)
        await go_on.wait()

    monkeypatch.setattr(type(head.device), "move", lambda self, *given: move(*given))
    asked = [
        asyncio.create_task(steer(head, m.MovePtz(head.camera, pan))) for pan in (0.2, 0.4, 0.6)
    ]
    await head.until(lambda: moves)
    await asyncio.sleep(0.02)
    go_on.set()
    await asyncio.wait(asked)
    assert moves == [0.1, 0.3]


async def test_a_new_camera_to_steer_is_told(plant: Plant) -> None:
    told: list[PtzHolder] = []
    plant.ptz.listen(told.append)
    await plant.add("t", ObjectKind.TELEMETRY)
    await plant.alter("t", speed=70)
    assert told == [PtzHolder(plant.camera)]
