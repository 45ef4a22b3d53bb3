"""What a depacketizer is: RTP payloads in, whole units out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from axxond.base.units import MIB
from protocol.types import Format

# A key frame of an 8K camera at the best quality stays under 6 MB.
MAX_UNIT_BYTES = 8 * MIB

# Takes (RTP time stamp, data, key frame, format, duration in ticks of the RTP clock or 0).
Emit = Callable[[int, bytes, bool, Format, int], None]


class Depacketizer(Protocol):
    """One track's payloads in the order of their sequence numbers.

    `push` may raise ValueError or IndexError for a payload that makes no sense: that packet then
    counts as lost.  Slices of the buffer are held until the unit is whole; `detach` copies them.
    """

    @property
    def reorder(self) -> int | None:
        """Frames between decoding and showing; None: not known."""

    @property
    def dropped(self) -> int:
        """Units given up because a part was lost."""

    @property
    def format(self) -> Format | None:
        """None until the parameters are known."""

    @property
    def pending(self) -> bool: ...

    def push(
        self, data: memoryview, begin: int, end: int, timestamp: int, marker: bool
    ) -> None: ...

    def lost(self) -> None:
        """Packets were lost before the next one pushed."""

    def detach(self) -> None: ...
