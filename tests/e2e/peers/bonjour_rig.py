"""What discovery makes of devices that really announce themselves by zeroconf.

    unshare -n sh tests/e2e/peers/loopback.sh python -m tests.e2e.peers.bonjour_rig
announces two Axis devices (one renamed, and a third that comes later and a printer), searches with
all finders, and prints one JSON list of what was found.
"""

from __future__ import annotations

import asyncio
import json
import socket
import sys

from zeroconf import InterfaceChoice, IPVersion
from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

from axxond.devices.discovery.search import discover

TYPE = "_axis-video._tcp.local."
LATER_S, SEARCH_S = 1.5, 5.0
DEVICES = (
    ("AXIS M5525-E - ACCC8E012345", 80, "ACCC8E012345"),
    ("Front door", 8081, "ACCC8E0AAAAA"),
)
LATE = ("AXIS P3245 - ACCC8E0BBBBB", 80, "ACCC8E0BBBBB")


def announced(name: str, port: int, mac: str, kind: str = TYPE) -> AsyncServiceInfo:
    return AsyncServiceInfo(
        kind,
        f"{name}.{kind}",
        addresses=[socket.inet_aton("127.0.0.1")],
        port=port,
        properties={"macaddress": mac},
        server=f"axis-{mac.lower()}.local.",
    )


async def _rig() -> list[dict[str, str]]:
    network = AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)
    printer = announced("Printer", 631, "001122334455", "_ipp._tcp.local.")
    for info in (*(announced(*one) for one in DEVICES), printer):
        await (await network.async_register_service(info))

    async def later() -> None:
        await asyncio.sleep(LATER_S)
        await (await network.async_register_service(announced(*LATE)))

    task = asyncio.create_task(later())
    finds = {one.key: one async for one in discover(SEARCH_S)}
    await task
    await network.async_close()
    return [
        {"url": one.url, "driver": one.driver, "name": one.name, "model": one.model, "key": key}
        for key, one in finds.items()
    ]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_rig())) + "\n")
