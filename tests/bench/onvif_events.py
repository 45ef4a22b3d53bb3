"""From an input's change in a camera to the event in our hands; peer: onvif-zeep-async.

Sixteen emulated cameras, one process; ours and the peer's clients, one process each, hear the
same changes in the same run.  Then, ours alone, with subscriptions that live 2 s: as the camera
renews them, and with one that forgets renewals, so that each has to be made anew.

The latter alone and for longer: `python -m tests.bench.onvif_events forced MINUTES [LIFETIME_S]`.
"""

from __future__ import annotations

import asyncio
import bisect
import contextlib
import datetime as dt
import functools
import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from axxond.base.clock import SystemClock
from axxond.devices.control import ControlSettings, DeviceEvent
from axxond.devices.keeper import ControlKeeper
from axxond.devices.onvif.driver import OnvifDriver
from tests.bench import measure
from tests.bench.table import Row, against, as_text, limited

_CAMERAS = 16
_LIFETIME_S = 2.0
_LATENCY_GOAL_MS = 300.0
_PEER = "onvif-zeep-async"
_READY_S = 60.0
_SETTLE_S = 2.0
_LATE_S = 5.0  # how long is waited after the last change


@define
class _Listener:
    """A client process: what it heard, (camera, state) → times in microseconds."""

    process: subprocess.Popen[str]
    heard: list[tuple[int, str, int]] = field(factory=list)

    def follow(self) -> None:
        """In a thread of its own, until the process ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            words = line.split()
            if len(words) == 3:  # the last one is cut off when the process is ended
                self.heard.append((int(words[0]), words[1], int(words[2])))

    def ready(self) -> None:
        """Until it has heard the states that each camera tells at first."""
        end_s = time.monotonic() + _READY_S
        while len({camera for camera, *_ in self.heard}) < _CAMERAS:
            assert time.monotonic() < end_s, "not all cameras are subscribed to"
            time.sleep(0.1)

    def latencies_ms(self, changes: list[dict[str, Any]]) -> list[float]:
        """Of each change, to the first event that tells its state; what was not told before the
        camera came to the same state again is lost and left out."""
        heard: dict[tuple[int, str], list[int]] = {}
        for camera, state, now_us in list(self.heard):
            heard.setdefault((camera, state), []).append(now_us)
        again_us: dict[tuple[int, str], int] = {}
        found = []
        for change in reversed(changes):
            key = _key(change)
            times = heard.get(key, [])
            place = bisect.bisect_left(times, change["us"])
            if place < len(times) and times[place] < again_us.get(key, 1 << 62):
                found.append((times[place] - change["us"]) / 1000)
            again_us[key] = change["us"]
        return found


def _key(change: dict[str, Any]) -> tuple[int, str]:
    return change["camera"], change["state"]


@contextlib.contextmanager
def _cameras(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fakes.onvif", "--no-discovery", "--no-streams"]
    process = subprocess.Popen(
        [*command, "--cameras", str(_CAMERAS), "--by-address", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=measure.ROOT,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


@contextlib.contextmanager
def _listening(kind: str, urls: list[str]) -> Iterator[_Listener]:
    command = [sys.executable, "-m", "tests.bench.onvif_events", kind, *urls]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=measure.ROOT)
    listener = _Listener(process)
    thread = threading.Thread(target=listener.follow)
    thread.start()
    try:
        yield listener
    finally:
        process.terminate()
        process.wait(30)
        thread.join()


def _said(cameras: subprocess.Popen[str]) -> dict[str, Any]:
    assert cameras.stdout is not None
    said: dict[str, Any] = json.loads(cameras.stdout.readline())
    return said


def _changes(cameras: subprocess.Popen[str], seconds: float, gap_s: float) -> list[dict[str, Any]]:
    """Inputs of cameras in turn, at random moments."""
    assert cameras.stdin is not None
    chance = random.Random(1)
    made, state = [], dict.fromkeys(range(1, _CAMERAS + 1), False)
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        for camera in state:
            state[camera] = not state[camera]
            word = "on" if state[camera] else "off"
            cameras.stdin.write(f"input {camera} {word}\n")
            cameras.stdin.flush()
            made.append(_said(cameras))
            time.sleep(chance.uniform(0.5, 1.5) * gap_s)
    return made


def run(quick: bool) -> list[Row]:
    return [*_latency(20.0 if quick else 60.0), *_forced(30.0 if quick else 90.0, _LIFETIME_S)]


def _latency(seconds: float) -> list[Row]:
    with _cameras() as cameras:
        urls = _said(cameras)["cameras"]
        with _listening("ours", urls) as ours, _listening("peer", urls) as peer:
            ours.ready()
            peer.ready()
            time.sleep(_SETTLE_S)
            before = [measure.cpu_s([one.process.pid]) for one in (ours, peer)]
            changes = _changes(cameras, seconds, 0.05)
            time.sleep(_LATE_S / 2)
            spent = [measure.cpu_s([one.process.pid]) for one in (ours, peer)]
            memory = [measure.pss_mb([one.process.pid]) for one in (ours, peer)]
    mine, theirs = ours.latencies_ms(changes), peer.latencies_ms(changes)
    cost = [(b - a) / len(changes) * 1e6 for a, b in zip(before, spent, strict=True)]
    return [
        limited("latency, p95", "ms", _p95(mine), _LATENCY_GOAL_MS, _p95(theirs), _PEER),
        Row("latency, median", "ms", statistics.median(mine), statistics.median(theirs), _PEER),
        limited("changes lost", f"of {len(changes)}", len(changes) - len(mine), 0),
        against("processor time an event", "µs", cost[0], cost[1], _PEER, 1.0),
        against(f"memory, {_CAMERAS} cameras", "MB", memory[0], memory[1], _PEER, 1.0),
    ]


def _forced(seconds: float, lifetime_s: float) -> list[Row]:
    return [
        *_expiring(seconds, lifetime_s, "renewed"),
        *_expiring(seconds, lifetime_s, "forgotten", "--forgetful"),
    ]


def _expiring(seconds: float, lifetime_s: float, name: str, *options: str) -> list[Row]:
    with _cameras("--lifetime", str(lifetime_s), *options) as cameras:
        urls = _said(cameras)["cameras"]
        with _listening("ours", urls) as ours:
            ours.ready()
            # Each state stays for longer than a camera takes to be subscribed to anew.
            changes = _changes(cameras, seconds, 0.25)
            time.sleep(_LATE_S)
    found = ours.latencies_ms(changes)
    made = sum({one["camera"]: one["made"] for one in changes}.values())
    what = f"expiry {lifetime_s:g} s, {name}"
    unit = f"of {len(changes)}"
    return [
        limited(f"{what}: changes lost", unit, len(changes) - len(found), 0),
        Row(f"{what}: latency, p95", "ms", _p95(found)),
        Row(f"{what}: subscriptions made", f"for {_CAMERAS}", made),
    ]


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else float("nan")


# The client processes


def _tell(camera: int, active: bool) -> None:
    now_us = time.time_ns() // 1000
    print(camera, "on" if active else "off", now_us, flush=True)


async def _ours(urls: list[str]) -> None:
    """As the daemon does it: kept for ever, whatever happens."""
    for camera, url in enumerate(urls, 1):
        ControlKeeper(
            ControlSettings(url, "admin", "secret"),
            OnvifDriver(),
            lambda _state: None,
            functools.partial(_event, camera),
            SystemClock(),
        ).start()
    await asyncio.Event().wait()


def _event(camera: int, event: DeviceEvent) -> None:
    if event.source == "in-1":
        _tell(camera, event.active is True)


async def _peer(urls: list[str]) -> None:
    from onvif import ONVIFCamera

    async def follow(camera: int, url: str) -> None:
        host, _, port = url.removeprefix("onvif://").partition(":")
        client = ONVIFCamera(host, int(port), "admin", "secret")
        await client.update_xaddrs()
        minute = dt.timedelta(seconds=60)
        manager = await client.create_pullpoint_manager(minute, lambda: None)
        service = manager.get_service()
        while True:
            wish = {"MessageLimit": 100, "Timeout": minute}
            for told in (await service.PullMessages(wish)).NotificationMessage:
                message = told.Message._value_1
                source = message.Source.SimpleItem[0]
                if (source.Name, source.Value) == ("InputToken", "in-1"):
                    _tell(camera, message.Data.SimpleItem[0].Value == "true")

    await asyncio.gather(*(follow(number, url) for number, url in enumerate(urls, 1)))


if __name__ == "__main__":
    if sys.argv[1] == "forced":
        lifetime_s = float(sys.argv[3]) if len(sys.argv) > 3 else _LIFETIME_S
        print(as_text("expiry", _forced(60 * float(sys.argv[2]), lifetime_s)))
    else:
        asyncio.run({"ours": _ours, "peer": _peer}[sys.argv[1]](sys.argv[2:]))
