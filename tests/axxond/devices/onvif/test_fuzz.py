"""A device whose answers are damaged at random: nothing but a DeviceError comes out of it."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from axxond.base import tasks
from axxond.devices.control import ControlSettings, StreamSetup
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.port import DeviceError
from tests.axxond.devices.contract_control import Sink
from tests.fakes.onvif import emulator as emulator_module
from tests.fakes.onvif.emulator import Emulator

_ROUNDS = 30
_BITS = (b"", b"<", b"&", b"</", b'"', b":", b"0", b"-1", b"9" * 30, b"x" * 300, b"<a>" * 300)


def _damaged(body: bytes, chance: random.Random) -> bytes:
    data = bytearray(body)
    for _ in range(chance.randint(1, 4)):
        begin = chance.randrange(len(data) + 1)
        end = min(len(data), begin + chance.randint(0, 60))
        data[begin:end] = chance.choice([*_BITS, bytes((chance.randrange(256),))])
    return bytes(data)


@pytest.mark.parametrize("seed", range(3))
async def test_fuzz_damaged_answers(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    whole = emulator_module._reply

    def reply(content: Any, status: int) -> web.Response:
        made = whole(content, status)
        assert isinstance(made.body, bytes)
        if chance.random() < 0.7:
            return made
        return web.Response(
            body=_damaged(made.body, chance),
            status=chance.choice((200, 200, 200, 204, 302, 400, 500)),
        )

    monkeypatch.setattr(emulator_module, "_reply", reply)
    described = 0
    for _ in range(_ROUNDS):
        control = OnvifControl(ControlSettings(emulator.url, "admin", "secret", timeout_s=5.0))
        described += await _use(control)
        await control.close()
    emulator.camera.violations.clear()  # it is given back what it made of its own tokens
    assert described


async def _use(control: OnvifControl) -> bool:
    try:
        said = await control.describe()
    except DeviceError:
        return False
    ptz, streams, lens = control.ptz, control.streams, control.lens
    calls: list[Callable[[], Awaitable[Any]]] = [lambda: control.snapshot("")]
    if ptz is not None:
        calls += [lambda: ptz.status(""), lambda: ptz.presets(""), lambda: ptz.stop("")]
    if streams is not None:
        token = said.streams[0].token
        calls += [lambda: streams.set_stream(token, StreamSetup(gop=10))]
    if lens is not None:
        calls += [lambda: lens.auto_focus("", on=True)]
    for call in calls:
        with contextlib.suppress(DeviceError):
            await call()
    work = tasks.spawn(_listen(control), "events")
    await asyncio.wait((work,), timeout=0.05)
    await tasks.cancel(work)
    return True


async def _listen(control: OnvifControl) -> None:
    with contextlib.suppress(DeviceError):
        await control.events(Sink())
