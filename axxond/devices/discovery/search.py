"""All finders at once, as one stream of finds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence

from axxond.base import tasks
from axxond.devices.discovery.bonjour_finder import Bonjour
from axxond.devices.discovery.port import Finder, Found
from axxond.devices.discovery.wsd_finder import WsDiscovery

log = logging.getLogger(__name__)

# More than any network has that this program is built for (4 servers x 64 channels), yet an end
# to what a stranger on the network can make us hold.
_MAX_FOUND = 1024
_FINDERS: tuple[type[Finder], ...] = (WsDiscovery, Bonjour)


async def discover(
    seconds: float, finders: Sequence[Finder] | None = None
) -> AsyncIterator[Found]:
    """Each device when it is found, and again when it told more of itself; ends after `seconds`.

    A finder that fails is logged; the others go on.
    """
    queue: asyncio.Queue[Found | None] = asyncio.Queue()
    known: dict[str, Found] = {}

    def tell(found: Found) -> None:
        if known.get(found.key) == found:
            return
        if found.key in known or len(known) < _MAX_FOUND:
            known[found.key] = found
            queue.put_nowait(found)

    chosen = [make() for make in _FINDERS] if finders is None else finders
    work = tasks.spawn(_search(chosen, tell, seconds, queue), "discovery")
    told = 0
    try:
        # Whoever keeps changing a device's texts does not keep us busy.
        while told < 4 * _MAX_FOUND and (found := await queue.get()) is not None:
            told += 1
            yield found
    finally:
        await tasks.cancel(work)


async def _search(
    finders: Sequence[Finder],
    tell: Callable[[Found], None],
    seconds: float,
    queue: asyncio.Queue[Found | None],
) -> None:
    try:
        await asyncio.gather(*(_one(finder, tell, seconds) for finder in finders))
    finally:
        queue.put_nowait(None)


async def _one(finder: Finder, tell: Callable[[Found], None], seconds: float) -> None:
    try:
        await finder.find(tell, seconds)
    except OSError as error:
        log.warning("devices cannot be searched by %s: %s", finder.name, error)
    except Exception:
        log.exception("the search by %s failed", finder.name)
