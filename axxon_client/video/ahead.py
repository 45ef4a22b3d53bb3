"""Decoded pictures waiting for their moment.  Pure; one reader's, guarded by its owner.

Forwards, pictures come in the order of their times and one is due when the position has reached
it; of those before the seek's target only the last is kept, for it is what is seen there.
Backwards the same with the order turned.
"""

from __future__ import annotations

import enum
from collections import deque
from typing import Generic, Protocol, TypeVar

from attrs import frozen

# A third of a second at 25 fps covers the jitter of a decoder; 1080p pictures take 3 MB each.
MAX_PICTURES = 8
MAX_BYTES = 32 << 20


class Timed(Protocol):
    @property
    def pts_us(self) -> int: ...
    @property
    def bytes(self) -> int: ...


P = TypeVar("P", bound=Timed)


class Want(enum.Enum):
    """What the head of the queue says."""

    PICTURES = "pictures"  # nothing is here: the clock should wait
    NOTHING = "nothing"  # there is something to show later
    GAP = "gap"  # no footage before `gap_us`
    END = "end"


@frozen
class _Gap:
    until_us: int


@frozen
class _End:
    pass


class Ahead(Generic[P]):
    """`begin`, then `add`, `add_gap`, `add_end` in order; `due` takes what is to be shown.

    `depth`: how many pictures are enough; more for speeds that use them up sooner.
    """

    def __init__(self) -> None:
        self.depth = MAX_PICTURES
        self._items: deque[P | _Gap | _End] = deque()
        self._bytes = 0
        self._candidate: P | None = None
        self._target_us = self._seen_us = 0
        self._reverse = False

    def begin(self, target_us: int, reverse: bool) -> None:
        """Forget all; pictures from a target on follow."""
        self._items.clear()
        self._bytes = 0
        self._candidate = None
        self._target_us = self._seen_us = target_us
        self._reverse = reverse

    @property
    def full(self) -> bool:
        """No more is to be decoded for now."""
        return len(self._items) >= self.depth or self._bytes >= MAX_BYTES

    def add(self, picture: P) -> None:
        if self._before(picture.pts_us, self._target_us):
            self._candidate = picture
            return
        self._settle()
        self._put(picture)

    def add_gap(self, until_us: int) -> None:
        self._settle()
        self._items.append(_Gap(until_us))

    def add_end(self) -> None:
        self._settle()
        self._items.append(_End())

    def due(self, position_us: int) -> tuple[P | None, int]:
        """The picture to be shown now, if it is a new one, and how many came too late for it."""
        found: P | None = None
        late = 0
        while self._items:
            head = self._items[0]
            if isinstance(head, _End):
                break
            at_us = head.until_us if isinstance(head, _Gap) else head.pts_us
            if self._before(position_us, at_us):
                break
            self._items.popleft()
            self._seen_us = at_us
            if isinstance(head, _Gap):
                continue
            self._bytes -= head.bytes
            late += found is not None
            found = head
        return found, late

    def want(self) -> Want:
        """What stands at the head, once everything `due` was taken."""
        if not self._items:
            return Want.PICTURES
        head = self._items[0]
        if isinstance(head, _Gap):
            return Want.GAP
        return Want.END if isinstance(head, _End) else Want.NOTHING

    @property
    def next_us(self) -> int | None:
        """The time of the next picture, or of the end of the gap; None when not known (yet)."""
        if not self._items:
            return None
        head = self._items[0]
        if isinstance(head, _End):
            return None
        return head.until_us if isinstance(head, _Gap) else head.pts_us

    @property
    def reach_us(self) -> int | None:
        """Up to where it is known what is shown: the last picture, the end of the last gap.  None
        at the end of all."""
        if not self._items:
            return self._seen_us
        tail = self._items[-1]
        if isinstance(tail, _End):
            return None
        return tail.until_us if isinstance(tail, _Gap) else tail.pts_us

    def _put(self, picture: P) -> None:
        self._items.append(picture)
        self._bytes += picture.bytes

    def _settle(self) -> None:
        """The last picture before the target is the one that is seen there."""
        if self._candidate is not None:
            self._put(self._candidate)
            self._candidate = None

    def _before(self, time_us: int, other_us: int) -> bool:
        return time_us > other_us if self._reverse else time_us < other_us
