"""The ledger of one link, pure: what was wanted and is not there, and why."""

from __future__ import annotations

from axxond.archive.model import JOIN_US, GapRow
from axxond.base.units import SECOND_US
from protocol.types import GapReason

# Footage reaches the disk up to 2.5 s after its time: a gap that goes on is told after this.
_OPEN_GAP_US = 5 * SECOND_US


class GapTracker:
    """Told in order what was recorded and what went wrong; gives gap rows.

    `known_until_us`: everything before it is accounted for; None while nothing is wanted.
    """

    def __init__(self, camera: str, link: str) -> None:
        self._camera = camera
        self._link = link
        self.known_until_us: int | None = None
        self._cause: tuple[GapReason, str] | None = None
        self._cause_us = 0

    def want(self, from_us: int) -> None:
        """From here on footage is wanted."""
        self.known_until_us = from_us
        self._cause = None

    def resume(self, last_us: int, now_us: int) -> GapRow | None:
        """The server is back: footage was wanted since `last_us`; gives the gap it made."""
        self.want(max(last_us, now_us))
        if now_us - last_us <= JOIN_US:
            return None
        return self._row(last_us, now_us, (GapReason.RESTART, "the server was not running"))

    def unwant(self) -> None:
        self.known_until_us = None
        self._cause = None

    def blame(self, reason: GapReason, text: str, at_us: int) -> None:
        """Why packets may be missing from about `at_us` on; the first cause of a gap stands."""
        if self._cause is None:
            self._cause = reason, text
            self._cause_us = at_us

    def footage(self, begin_us: int, end_us: int) -> GapRow | None:
        """Footage is on the disk; gives the gap before it, if there is one."""
        known = self.known_until_us
        if known is None:
            return None
        self.known_until_us = max(known, end_us)
        if begin_us - known <= JOIN_US:
            if begin_us >= self._cause_us:  # there was no gap; footage from before says nothing
                self._cause = None
            return None
        cause = self._cause or (GapReason.UNKNOWN, "")
        self._cause = None
        return self._row(known, begin_us, cause)

    def going_on(self, now_us: int) -> GapRow | None:
        """The gap that has not ended yet."""
        known = self.known_until_us
        if known is None or now_us - known <= _OPEN_GAP_US:
            return None
        return self._row(known, now_us, self._cause or (GapReason.CAMERA_DOWN, "no pictures"))

    def _row(self, begin_us: int, end_us: int, cause: tuple[GapReason, str]) -> GapRow:
        return GapRow(self._camera, self._link, begin_us, end_us, *cause)
