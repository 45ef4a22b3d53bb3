"""Stored metadata (where objects were), and detectors tried on it."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen

from protocol.messages.base import Done, Message, Request
from protocol.types import Box, Right


@frozen
class StoredCamera:
    """Of whom there is metadata; times of the oldest and the newest."""

    camera: str
    first_us: int
    last_us: int
    bytes: int


@frozen
class Metadata(Message):
    """`bytes`: all of it; `points`, `lost`: since the server's start, stored and not stored (the
    disk took nothing for long).  `trouble`: what keeps it from being stored now, or ""."""

    NAME = "metadata"
    cameras: list[StoredCamera]
    bytes: int
    limit_bytes: int
    limit_days: int
    points: int
    lost: int
    trouble: str = ""


@frozen
class GetMetadata(Request):
    NAME = "metadata.get"
    REPLY = Metadata
    RIGHT = Right.ARCHIVE


@frozen
class TrialEvent:
    """What a detector would have told; an instant begins and ends at once."""

    begin_us: int
    end_us: int
    direction: str = ""
    box: Box | None = None


@frozen
class TrialDay:
    """A day of the server's calendar, as far as it is in the period."""

    begin_us: int
    events: int


@frozen
class TrialResult:
    """`per_day`: on the average of the time of which there may be metadata.  `examples`: at most
    20, spread over all.  `refused`: why these settings cannot be tried; all else is empty then."""

    events: int = 0
    per_day: float = 0.0
    days: list[TrialDay] = field(factory=list)
    examples: list[TrialEvent] = field(factory=list)
    refused: str = ""


@frozen
class BackTested(Message):
    """`present`: the detector as it is stored (None: it is not).  `since_us`, `until_us`: the
    part of the period of which there may be metadata; `objects`: how many were there.
    `damaged`: blocks of metadata that could not be read."""

    NAME = "backtest.result"
    present: TrialResult | None
    proposed: TrialResult
    since_us: int
    until_us: int
    objects: int
    damaged: int = 0


@frozen
class BackTest(Request):
    """How often a detector would have fired in [begin; end), at most 400 days, with its present
    settings and with `properties` over them (of kind `detector`; `detector` "": a new one, over
    the defaults).  It counts whatever the detector sees, armed or not, on schedule or not.  Takes
    the right `archive`, too.

    `ticket`, if any, is chosen by the client: `BackTestProgress` bears it, twice a second while
    it lasts, and `CancelBackTest` ends it (the answer is the error `cancelled` then).  Kinds that
    look at pictures or listen are refused."""

    NAME = "backtest"
    REPLY = BackTested
    RIGHT = Right.CONFIGURE
    camera: str
    begin_us: int
    end_us: int
    detector: str = ""
    properties: dict[str, Any] = field(factory=dict)
    ticket: str = ""


@frozen
class BackTestProgress(Message):
    NAME = "backtest.progress"
    ticket: str
    share: float  # [0; 1]


@frozen
class CancelBackTest(Request):
    """Nothing, when it has ended already."""

    NAME = "backtest.cancel"
    REPLY = Done
    RIGHT = Right.CONFIGURE
    ticket: str
