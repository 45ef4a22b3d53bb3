"""Devices over the wire: discovery, talking, PTZ, sensors and relays."""

from __future__ import annotations

import pytest

from protocol import messages as m
from protocol.devicetypes import Credential
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import Codec, FailureKind
from tests.fakes.devices import PASSWORD, found
from tests.fakes.system import FakeSystem


async def refusal(client, message) -> ProtocolError:
    with pytest.raises(ProtocolError) as caught:
        await client.ask(message)
    return caught.value


async def test_a_search_tells_what_is_known_and_what_comes_until_it_is_closed(
    client, system: FakeSystem
) -> None:
    admin = await client()
    opened = await admin.ask(m.Discover())
    await admin.until(lambda: admin.notices(m.FoundNotice))
    (notice,) = admin.notices(m.FoundNotice)
    assert notice.channel == opened.channel
    assert [one.driver for one in notice.found] == ["onvif", "axis"] * 2
    system.devices.find(found(7))
    await admin.until(lambda: len(admin.notices(m.FoundNotice)) == 2)
    await admin.ask(m.CloseChannel(opened.channel))
    assert system.devices.searching == []


async def test_searches_end_with_their_client(client, system: FakeSystem) -> None:
    admin = await client()
    for _ in range(4):
        await admin.ask(m.Discover())
    assert (await refusal(admin, m.Discover())).code is ErrorCode.LIMIT
    assert len(system.devices.searching) == 4
    admin.wire.close()
    await admin.wire.wait_closed()
    other = await client()
    await other.ask(m.GetTree())
    assert system.devices.searching == []


async def test_log_ins_are_tried_in_turn_but_not_without_end(client) -> None:
    admin = await client()
    url = found(1).url
    wrong, right = Credential("admin", "no"), Credential("admin", PASSWORD)
    tried, picture = await admin.wire.request(m.TryDevice(url, "onvif", [wrong, right]))
    assert (tried.failure, tried.used, picture[:2]) == (None, 1, b"\xff\xd8")
    assert tried.suggestion.password == ""
    failed = await admin.ask(m.TryDevice(url, "onvif", [wrong]))
    assert failed.failure is FailureKind.LOGIN
    assert (await refusal(admin, m.TryDevice(url, "onvif", [wrong] * 9))).code is ErrorCode.INVALID


async def test_speech_reaches_the_loudspeaker_and_one_speaks_at_a_time(
    client, system: FakeSystem
) -> None:
    admin = await client()
    opened = await admin.ask(m.OpenTalk("cam1"))
    assert (opened.format.codec, opened.format.sample_rate) == (Codec.L16, 8000)
    admin.wire.notify(m.TalkSamples(opened.channel), b"\x01\x02" * 160)
    await admin.ask(m.GetTree())
    assert system.devices.spoken == [b"\x01\x02" * 160]
    other = await client()
    error = await refusal(other, m.OpenTalk("cam1"))
    assert (error.code, "admin speaks" in error.text) == (ErrorCode.CONFLICT, True)
    await admin.ask(m.CloseChannel(opened.channel))
    await other.ask(m.OpenTalk("cam1"))


async def test_a_talker_who_goes_away_lets_the_next_one_speak(client, system: FakeSystem) -> None:
    admin = await client()
    await admin.ask(m.OpenTalk("cam1"))
    admin.wire.close()
    await admin.wire.wait_closed()
    other = await client()
    await other.ask(m.GetTree())
    assert system.devices.speaker == ""


async def test_sound_for_a_channel_that_is_closed_is_nothing(client) -> None:
    admin = await client()
    admin.wire.notify(m.TalkSamples(99), b"\x00\x00")
    await admin.ask(m.GetTree())


@pytest.mark.parametrize("samples", [b"\x00", bytes(32_770)])
async def test_half_a_sample_or_too_many_end_the_connection(client, samples: bytes) -> None:
    admin = await client()
    opened = await admin.ask(m.OpenTalk("cam1"))
    admin.wire.notify(m.TalkSamples(opened.channel), samples)
    await admin.wire.wait_closed()


async def test_sensors_and_devices_are_told_on_subscribing_and_on_change(
    client, system: FakeSystem
) -> None:
    admin = await client()
    await admin.ask(m.Subscribe(["io", "ptz"]))
    await admin.until(lambda: admin.notices(m.PtzNotice))
    (states,) = admin.notices(m.IoNotice)
    assert [(one.object_id, one.active) for one in states.states] == [
        ("sensor1", False),
        ("relay1", False),
    ]
    (devices,) = admin.notices(m.DeviceStateNotice)
    assert [one.device for one in devices.devices] == ["dev1"]
    system.devices.contact(True)
    await admin.until(lambda: len(admin.notices(m.IoNotice)) == 2)
    assert admin.notices(m.IoNotice)[1].states[0].active is True
    system.devices.go_away(True)
    await admin.until(lambda: len(admin.notices(m.DeviceStateNotice)) == 2)


async def test_who_steers_is_told_to_all_and_ends_with_the_session(
    client, system: FakeSystem
) -> None:
    admin, other = await client(), await client()
    await other.ask(m.Subscribe(["ptz"]))
    await admin.ask(m.MovePtz("cam1", 0.5))
    await other.until(lambda: len(other.notices(m.PtzNotice)) == 2)
    assert other.notices(m.PtzNotice)[1].holders[0].user == "admin"
    admin.wire.close()
    await admin.wire.wait_closed()
    await other.ask(m.GetTree())
    assert len(system.devices.ended) == 1


@pytest.mark.parametrize(
    "request_",
    [
        m.MovePtz("cam1", 1.5),
        m.GoPtz("cam1", tilt=-2.0),
        m.GoPtz("cam1", zoom=-0.1),
        m.ShiftPtz("cam1", zoom=0.0),
        m.SetLens("cam1", focus=7.0),
        m.SwitchRelay("relay1", True, -1.0),
        m.SwitchRelay("relay1", True, 1e9),
        m.AddDevices([]),
    ],
)
async def test_values_out_of_range_are_refused_by_name(
    client, system: FakeSystem, request_: m.Request
) -> None:
    error = await refusal(await client(), request_)
    assert error.code is ErrorCode.INVALID
    assert error.obj
    assert system.devices.steered == []


async def test_a_device_that_is_away_says_so_in_a_sentence(client, system: FakeSystem) -> None:
    system.devices.away = True
    error = await refusal(await client(), m.GoHome("cam1"))
    assert (error.code, error.text) == (ErrorCode.UNAVAILABLE, "The camera cannot be reached.")


async def test_a_viewer_sees_states_but_steers_nothing(client) -> None:
    viewer = await client("viewer")
    await viewer.ask(m.GetPtz("cam1"))
    await viewer.ask(m.DescribeDevice("dev1"))
    for request in (m.MovePtz("cam1", 1.0), m.OpenTalk("cam1"), m.SwitchRelay("relay1", True)):
        assert (await refusal(viewer, request)).code is ErrorCode.FORBIDDEN
