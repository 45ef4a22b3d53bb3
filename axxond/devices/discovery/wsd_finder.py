"""WS-Discovery on every interface: asks, and hears who comes up meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import Callable

import ifaddr

from axxond.base import tasks
from axxond.devices.discovery import wsd
from axxond.devices.discovery.port import Found

log = logging.getLogger(__name__)

# SOAP-over-UDP §3.1.1 has a request repeated: datagrams get lost.  Delays from the start.
_ASK_AT_S = (0.0, 0.3, 1.0, 3.0, 8.0)
_MAX_INTERFACES = 32  # machines with hundreds (containers) have cameras behind the first few
# A whole network of cameras answers each probe of each repetition once; more is a flood.
_MAX_DATAGRAMS = 20_000


class WsDiscovery:
    """See `axxond.devices.discovery.port.Finder`."""

    name = "WS-Discovery"

    async def find(self, tell: Callable[[Found], None], seconds: float) -> None:
        asking, hearing = await tasks.in_thread(_open_all)
        if not asking:
            raise OSError("no network interface is up")
        loop = asyncio.get_running_loop()
        ear = _Ear(tell)
        transports: list[asyncio.DatagramTransport] = []
        try:
            for each in (*asking, *hearing):
                transport, _ = await loop.create_datagram_endpoint(lambda: ear, sock=each)
                transports.append(transport)
            await _ask(transports[: len(asking)], seconds)
        finally:
            for transport in transports:
                transport.close()
            for each in (*asking, *hearing):
                each.close()


async def _ask(transports: list[asyncio.DatagramTransport], seconds: float) -> None:
    passed = 0.0
    for at in _ASK_AT_S:
        if at >= seconds:
            break
        await asyncio.sleep(at - passed)
        passed = at
        for transport in transports:
            _send(transport)
    await asyncio.sleep(seconds - passed)


def _send(transport: asyncio.DatagramTransport) -> None:
    family = transport.get_extra_info("socket").family
    group = wsd.GROUP if family == socket.AF_INET else wsd.GROUP_V6
    for probe in wsd.probes():
        transport.sendto(probe, (group, wsd.PORT))


class _Ear(asyncio.DatagramProtocol):
    def __init__(self, tell: Callable[[Found], None]) -> None:
        self._tell = tell
        self._heard = 0

    def datagram_received(self, data: bytes, addr: tuple[object, ...]) -> None:
        self._heard += 1
        if self._heard > _MAX_DATAGRAMS:
            return
        for found in wsd.read(data, str(addr[0]).partition("%")[0]):
            self._tell(found)

    def error_received(self, exc: Exception) -> None:
        """An interface without a route; the others answer."""
        log.debug("WS-Discovery: %s", exc)


def _open_all() -> tuple[list[socket.socket], list[socket.socket]]:
    """Sockets to ask from, one an interface and IP version, and one that hears announcements."""
    addresses: list[str] = []
    indexes: list[int] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                addresses.append(ip.ip)
            elif adapter.index is not None and adapter.index not in indexes:
                indexes.append(adapter.index)
    addresses = addresses[:_MAX_INTERFACES]
    asking = [made for one in addresses if (made := _asking(one)) is not None]
    asking += [made for one in indexes[:_MAX_INTERFACES] if (made := _asking_v6(one)) is not None]
    hearing = _hearing(addresses)
    return asking, [hearing] if hearing is not None else []


def _asking(address: str) -> socket.socket | None:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        made.bind((address, 0))
    except OSError:
        made.close()
        return None
    return made


def _asking_v6(index: int) -> socket.socket | None:
    try:
        made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    except OSError:
        return None
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        made.bind(("::", 0))
    except OSError:
        made.close()
        return None
    return made


def _hearing(addresses: list[str]) -> socket.socket | None:
    """Bound to the port of WS-Discovery and in its group on all interfaces; None: not to be had
    (another program holds the port for itself)."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", wsd.PORT))
    except OSError:
        made.close()
        return None
    for address in addresses:
        member = struct.pack("4s4s", socket.inet_aton(wsd.GROUP), socket.inet_aton(address))
        with contextlib.suppress(OSError):  # an interface without multicast
            made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    return made
