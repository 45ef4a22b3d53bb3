"""What the ONVIF driver and discovery make of real devices, inside a network of their own.

    unshare -n sh tests/e2e/peers/loopback.sh python -m tests.e2e.peers.onvif_rig ipycam VIDEO
    … python -m tests.e2e.peers.onvif_rig emulators COUNT
prints one JSON object of what was seen.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import Any

from axxond.devices.control import ControlSettings
from axxond.devices.discovery.search import discover
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.onvif.driver import OnvifDriver
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.probe import probe
from tests.e2e.harness import ROOT, free_port

_USER, _PASSWORD = "admin", "secret"


class _Peer:
    """A process that says in one JSON line that it is ready, and ends with its input."""

    def __init__(self, *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{command[0]} did not start"
        self.said = json.loads(line)

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)


async def _found(seconds: float) -> list[dict[str, str]]:
    finds = {one.key: one async for one in discover(seconds)}
    return [{"url": one.url, "name": one.name, "mac": one.mac} for one in finds.values()]


async def _ipycam(url: str) -> dict[str, Any]:
    seen: dict[str, Any] = {"found": await _found(1.5)}
    control = OnvifControl(ControlSettings(url, _USER, _PASSWORD))
    said = await control.describe()
    seen["model"] = f"{said.manufacturer} {said.model}"
    seen["capabilities"] = sorted(said.capabilities)
    seen["clock_offset_us"] = said.clock_offset_us
    seen["snapshot"] = (await control.snapshot(""))[:2].hex()
    seen["ptz"] = await _movement(control)
    seen["streams"] = [await _stream(stream.url) for stream in said.streams]
    await control.close()
    seen["wrong password"] = await _refusal(ControlSettings(url, _USER, "guess"))
    simple = OnvifControl(ControlSettings(url, _USER, _PASSWORD, compatibility=True))
    seen["simple"] = [stream.url for stream in (await simple.describe()).streams]
    await simple.close()
    return seen


async def _movement(control: OnvifControl) -> dict[str, Any]:
    ptz = control.ptz
    assert ptz is not None
    await ptz.move("", 0.5, 0.0, 0.3)
    await ptz.stop("")
    await ptz.go("", 0.25, -0.5, 0.5)
    at = await ptz.status("")
    made = await ptz.set_preset("", "Door")
    await ptz.go("", 0.0, 0.0, 0.0)
    await ptz.go_preset("", made.token)
    back = await ptz.status("")
    await ptz.shift("", 0.2, 0.0, 1.0)
    shifted = await ptz.status("")
    refused = ""
    try:
        await ptz.remove_preset("", made.token)
    except DeviceError as error:
        refused = f"{error.kind}: {error}"
    return {
        "at": [at.pan, at.tilt, at.zoom],
        "back": [back.pan, back.tilt, back.zoom],
        "shifted right": (shifted.pan or 0.0) > (back.pan or 0.0),
        "presets": [preset.name for preset in await ptz.presets("")],
        "refused": refused,
    }


async def _stream(url: str) -> list[Any]:
    seen = await probe(StreamSettings(url, _USER, _PASSWORD), OnvifDriver(), 10.0)
    assert seen.video is not None
    return [seen.video.codec, seen.video.width, seen.video.height, seen.key_frame is not None]


async def _refusal(settings: ControlSettings) -> str:
    control = OnvifControl(settings)
    try:
        await control.describe()
    except DeviceError as error:
        return f"{error.kind}: {error}"
    finally:
        await control.close()
    return ""


async def _emulators(urls: list[str]) -> dict[str, Any]:
    models = []
    found = await _found(2.0)
    for one in found:
        control = OnvifControl(ControlSettings(one["url"], _USER, _PASSWORD))
        models.append((await control.describe()).model)
        await control.close()
    return {"served": len(urls), "found": found, "models": sorted(models)}


def main() -> None:
    kind, argument = sys.argv[1:]
    if kind == "ipycam":
        port, rtsp = free_port(), free_port()
        where = ["--port", str(port), "--rtsp-port", str(rtsp), "--video", argument]
        login = ["--user", _USER, "--password", _PASSWORD]
        peer = _Peer("tests/e2e/peers/ipycam_run.py", *where, *login)
    else:
        peer = _Peer("-m", "tests.fakes.onvif", "--garbage", "--cameras", argument)
    try:
        is_ipycam = kind == "ipycam"
        work = _ipycam(peer.said["url"]) if is_ipycam else _emulators(peer.said["cameras"])
        print(json.dumps(asyncio.run(work)))
    finally:
        peer.stop()


if __name__ == "__main__":
    main()
