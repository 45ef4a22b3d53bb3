"""A found camera becomes one that is steered, switched and heard, through the real daemon.

The camera is the strict ONVIF emulator, in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from attrs import define, evolve, field

from axxon_client.net.link import ServerLink
from protocol import messages as m
from protocol.devicetypes import Credential
from protocol.errors import ProtocolError
from protocol.types import DeviceState, FailureKind, ObjectKind
from tests.e2e import harness

LIMIT_S = 30.0
pytestmark = pytest.mark.timeout(180)


class EmulatedCamera:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.onvif", "--cameras", "1", "--no-discovery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=harness.ROOT,
            text=True,
        )
        assert self._process.stdout is not None
        (self.url,) = json.loads(self._process.stdout.readline())["cameras"]

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.wait(LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


@define(eq=False)
class Site:
    """A client's link, all that it heard, and the tree as it is now."""

    link: ServerLink
    camera: EmulatedCamera
    heard: list[m.Message] = field(factory=list)

    async def object(self, kind: ObjectKind) -> str:
        tree = await self.link.ask(m.GetTree(), m.Tree)
        return next(one.id for one in tree.objects if one.kind is kind)

    async def until(self, kind: type[m.Message], true: object) -> None:
        async def found() -> bool:
            return any(isinstance(one, kind) and true(one) for one in self.heard)  # type: ignore[operator]

        await harness.until(found, LIMIT_S, f"a fitting {kind.__name__}")


@pytest.fixture
def emulated() -> Iterator[EmulatedCamera]:
    made = EmulatedCamera()
    yield made
    made.close()


@pytest.fixture
async def site(tmp_path: Path, emulated: EmulatedCamera) -> AsyncIterator[Site]:
    daemon = await asyncio.to_thread(harness.Daemon(tmp_path / "data").start)
    link = await harness.log_in(daemon.port, tmp_path / "trust.json")
    made = Site(link, emulated)
    link.on_notice = lambda message, _: made.heard.append(message)
    await link.subscribe(["io", "ptz", "events"])
    yield made
    await link.close()
    await asyncio.to_thread(daemon.stop)


async def added(site: Site) -> None:
    """As a person adds a found device."""
    wrong, right = Credential("admin", "wrong"), Credential("admin", "secret")
    request = m.TryDevice(site.camera.url, "onvif", [wrong, right])
    for _ in range(3):  # a machine that is busy may be too slow for the server's patience
        tried = await site.link.ask(request, m.DeviceTried, 90)
        if tried.failure is not FailureKind.TIMEOUT:
            break
    assert (tried.failure, tried.used) == (None, 1), tried.text
    assert tried.suggestion is not None
    device = evolve(tried.suggestion, password="secret")
    await site.link.ask(m.AddDevices([device]), m.Changed)
    await site.until(
        m.DeviceStateNotice,
        lambda notice: any(
            one.state is DeviceState.ONLINE and one.events for one in notice.devices
        ),
    )


async def test_a_found_camera_is_steered_switched_and_heard(site: Site) -> None:
    await added(site)
    camera, relay = await site.object(ObjectKind.CAMERA), await site.object(ObjectKind.RELAY)
    sensor = await site.object(ObjectKind.SENSOR)

    said = await site.link.ask(
        m.DescribeDevice(await site.object(ObjectKind.DEVICE)), m.DeviceDescribed
    )
    assert said.model.startswith("Strict dome")
    assert len(said.streams) >= 2

    await site.link.ask(m.GoPtz(camera, 0.5, -0.25, 0.5), m.Done)
    state = await site.link.ask(m.GetPtz(camera), m.PtzState)
    assert state.holder.user == "admin"
    assert state.place is not None
    assert state.place.pan == pytest.approx(0.5)
    await site.until(
        m.PtzNotice, lambda notice: any(one.user == "admin" for one in notice.holders)
    )
    made = await site.link.ask(m.SetPreset(camera, "Door"), m.PresetSet)
    await site.link.ask(m.GoPtz(camera, 0.0, 0.0, 0.0), m.Done)
    await site.link.ask(m.GoPreset(camera, made.preset.token), m.Done)
    place = (await site.link.ask(m.GetPtz(camera), m.PtzState)).place
    assert place is not None
    assert place.pan == pytest.approx(0.5)

    await site.link.ask(m.SwitchRelay(relay, True, 0.3), m.Done)
    for active in (True, False):
        await site.until(
            m.IoNotice,
            lambda notice, active=active: any(
                one.object_id == relay and one.active is active for one in notice.states
            ),
        )

    site.camera.say("input 1 on")
    await site.until(
        m.IoNotice,
        lambda notice: any(one.object_id == sensor and one.active for one in notice.states),
    )
    await site.until(m.EventNotice, lambda notice: notice.event.type == "sensor.active")


async def test_a_camera_that_is_gone_says_so_and_keeps_its_place(site: Site) -> None:
    await added(site)
    site.camera.close()
    await site.until(
        m.DeviceStateNotice,
        lambda notice: any(one.state is DeviceState.WAITING for one in notice.devices),
    )
    with pytest.raises(ProtocolError) as caught:
        await site.link.ask(m.StopPtz(await site.object(ObjectKind.CAMERA)), m.Done)
    assert caught.value.text
    await site.until(m.EventNotice, lambda notice: notice.event.type == "control.failed")


async def test_what_is_no_camera_says_what_to_do(site: Site) -> None:
    for url, failure in (
        ("onvif://127.0.0.1:9", FailureKind.UNREACHABLE),
        (site.camera.url, FailureKind.LOGIN),
    ):
        request = m.TryDevice(url, "onvif", [Credential("admin", "wrong")])
        tried = await site.link.ask(request, m.DeviceTried, 60)
        assert tried.failure is failure, tried.text
        assert len(tried.text) > 20
