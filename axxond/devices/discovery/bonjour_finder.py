"""Bonjour by python-zeroconf, on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from zeroconf import Error, InterfaceChoice, IPVersion, ServiceStateChange, Zeroconf
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from axxond.base import tasks
from axxond.devices.discovery import bonjour
from axxond.devices.discovery.port import Found

# How long a device may take to tell its address and TXT record.
_ASK_S = 3.0
# More than any network has; an end to what a stranger can make us ask for.
_MAX_NAMES = 1024


class Bonjour:
    """See `axxond.devices.discovery.port.Finder`."""

    name = "Bonjour"

    async def find(self, tell: Callable[[Found], None], seconds: float) -> None:
        try:
            network = AsyncZeroconf(interfaces=InterfaceChoice.All, ip_version=IPVersion.V4Only)
        except Error as error:  # no interface that could be used
            raise OSError(str(error)) from error
        search = _Search(network.zeroconf, tell)
        try:
            browser = AsyncServiceBrowser(
                network.zeroconf, [bonjour.TYPE], handlers=[search.changed]
            )
            await asyncio.sleep(seconds)
            await browser.async_cancel()
        finally:
            await tasks.cancel(*search.asking)
            await network.async_close()


class _Search:
    """Asks each name that is announced, or that has changed, what it is."""

    def __init__(self, network: Zeroconf, tell: Callable[[Found], None]) -> None:
        self.asking: set[asyncio.Task[None]] = set()
        self._network = network
        self._tell = tell
        self._names: set[str] = set()

    def changed(
        self,
        zeroconf: Zeroconf,
        service_type: str,
        name: str,
        state_change: ServiceStateChange,
    ) -> None:
        del zeroconf
        is_new = name not in self._names
        if state_change is ServiceStateChange.Removed or (
            is_new and len(self._names) >= _MAX_NAMES
        ):
            return
        self._names.add(name)
        task = tasks.spawn(self._ask(service_type, name), f"bonjour {name}")
        self.asking.add(task)
        task.add_done_callback(self.asking.discard)

    async def _ask(self, service_type: str, name: str) -> None:
        info = AsyncServiceInfo(service_type, name)
        if not await info.async_request(self._network, _ASK_S * 1000):
            return
        found = bonjour.read(name, info.parsed_addresses(), info.port or 0, info.properties)
        if found is not None:
            self._tell(found)
