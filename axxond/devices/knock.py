"""Waiting until a device is worth another attempt.

A device that has been away long is tried ever more seldom; a knock at its TCP port, which costs
nothing, finds out meanwhile that it has come back.  On the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from protocol.types import FailureKind

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443, "onvif": 80, "axis": 80}
_EVERY_S = 2.0
_LIMIT_S = 2.0
# A device that takes connections is tried again that soon, whatever it did to the last one: the
# SPEC's cameras that stall, babble or have too many viewers are back within 10 s.
_ANSWERING_S = 3.0
# Nothing that the device does by itself mends these, and some lock out who asks too often.
_HOPELESS = (FailureKind.LOGIN, FailureKind.UNSUPPORTED)

Knock = Callable[[str], Awaitable[bool]]


async def knock(url: str) -> bool:
    """Whether something accepts a connection there; False for an address without a host."""
    place = _place(url)
    if place is None:
        return False
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_LIMIT_S):
            _, writer = await asyncio.open_connection(*place)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True
    return False


async def wait(url: str, delay_s: float, failure: FailureKind, knocking: Knock = knock) -> None:
    """For `delay_s`, or until the device answers a knock, but not before `_ANSWERING_S`."""
    loop = asyncio.get_running_loop()
    end_s = loop.time() + delay_s
    if failure in _HOPELESS or _place(url) is None:
        await asyncio.sleep(delay_s)
        return
    await asyncio.sleep(min(delay_s, _ANSWERING_S))
    while (left_s := end_s - loop.time()) > 0:
        if await knocking(url):
            return
        await asyncio.sleep(min(left_s, _EVERY_S))


def _place(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower(), 0)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
