"""Flow control of one playback or export channel: bytes that the client still takes."""

from __future__ import annotations

import asyncio

from axxond.base.units import MIB

# However much a client grants, no more than this is on its way to it.
MAX_CREDIT_BYTES = 16 * MIB


class Credit:
    """`spend` waits until there is any credit, then takes the whole size, below zero if need be:
    a key frame larger than the credit must pass too."""

    def __init__(self, grant_bytes: int) -> None:
        self._left = 0
        self._some = asyncio.Event()
        self.grant(grant_bytes)

    @property
    def left_bytes(self) -> int:
        return self._left

    def grant(self, grant_bytes: int) -> None:
        self._left = min(self._left + grant_bytes, MAX_CREDIT_BYTES)
        if self._left > 0:
            self._some.set()

    async def spend(self, size_bytes: int) -> None:
        await self._some.wait()
        self._left -= size_bytes
        if self._left <= 0:
            self._some.clear()
