"""Any number of emulated ONVIF cameras, with streams and WS-Discovery.

    python -m tests.fakes.onvif --cameras 20

prints one JSON line with their addresses when they are ready and ends with its standard input.
User `admin`, password `secret`.  Discovery on loopback needs a loopback with multicast
(`unshare -n`, `ip link set lo up`, `ip link set lo multicast on`, `ip route add 224.0.0.0/4 dev
lo`).  Lines on standard input change a camera: `input 1 on`, `motion 3 off`; each is answered by a
JSON line with its time in microseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time

from tests.fakes.onvif import rtsp, schemas
from tests.fakes.onvif.emulator import Emulator
from tests.fakes.onvif.hello import Announcer
from tests.fakes.onvif.model import Camera, Faults

_GARBAGE = b"<?xml version='1.0'?><Hello xmlns='urn:x'><Types>\xff\xfe" + bytes(range(256)) * 8


def _camera(number: int, options: argparse.Namespace) -> Camera:
    return Camera(
        by_reference=not options.by_address,
        faults=Faults(lifetime_s=options.lifetime, forget_renewals=options.forgetful),
        model=f"Strict dome {number}",
        serial=f"S-{number}",
        mac=f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}",
        identity=f"urn:uuid:00000000-0000-4000-8000-{number:012x}",
    )


async def _run(options: argparse.Namespace) -> None:
    played = rtsp.tracks((640, 360), 12) if options.streams else ()
    emulators, announcers = [], []
    for number in range(1, options.cameras + 1):
        made = Emulator(_camera(number, options), played=played)
        await made.start(options.port + number - 1 if options.port else 0)
        emulators.append(made)
        if options.discovery:
            announcer = Announcer(made.camera, made.service, _GARBAGE if options.garbage else b"")
            await announcer.start()
            announcer.hello()
            announcers.append(announcer)
    print(json.dumps({"cameras": [one.url for one in emulators]}), flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        _change(emulators, line.split())
    for announcer in announcers:
        announcer.close()
    for made in emulators:
        await made.close()


def _change(emulators: list[Emulator], words: list[str]) -> None:
    what, number, state = words
    changed = emulators[int(number) - 1].events
    now_us = time.time_ns() // 1000
    if what == "input":
        changed.set_input("in-1", state == "on")
    else:
        changed.set_motion(state == "on")
    said = {"camera": int(number), "state": state, "us": now_us, "made": changed.made}
    print(json.dumps(said | {"renewed": changed.renewed}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cameras", type=int, default=1)
    parser.add_argument("--port", type=int, default=0, help="of the first camera; 0: free ones")
    parser.add_argument("--no-discovery", dest="discovery", action="store_false")
    parser.add_argument("--garbage", action="store_true", help="before each answer to a probe")
    parser.add_argument("--no-streams", dest="streams", action="store_false")
    parser.add_argument("--lifetime", type=float, default=0.0, help="of subscriptions, in seconds")
    parser.add_argument("--forgetful", action="store_true", help="renewals are not kept")
    parser.add_argument("--by-address", action="store_true", help="subscriptions by address alone")
    options = parser.parse_args()
    schemas.load()
    asyncio.run(_run(options))


if __name__ == "__main__":
    main()
