"""A camera's detectors where its stream is decoded: how they are made there, what they are told.

The recipes and the words (`Change`, `LookAway`, `Thrift`, `Close`) travel to a worker's process;
the stages live in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from attrs import frozen

from axxond.analytics.audio.chain import SoundChain
from axxond.analytics.chain import MAX_ANALYSED_FPS, Chain, Findings
from axxond.analytics.port import DetectorSettings
from axxond.analytics.preview import Glimpse, Preview
from axxond.analytics.stream_time import PicturesInUtc, SoundInUtc, in_utc
from axxond.base.units import SECOND_US
from axxond.media.straight import StraightTime
from axxond.stream.decoder import Discard, PictureStage
from axxond.stream.sound import SoundRecipe, SoundStage
from axxond.stream.stage import Recipe


@frozen
class Change:
    """Other detectors of pictures from the next one on, as `Chain.change`."""

    detectors: Sequence[DetectorSettings]


@frozen
class LookAway:
    """The camera turns by command up to that time (UTC): what its picture does means nothing."""

    until_us: int


@frozen
class Thrift:
    """How much less than usual detectors see: MAX_ANALYSED_FPS / `slower` pictures a second at
    most, of those that are decoded.  Sound is cheap: it is always heard whole."""

    slower: int = 1
    discard: Discard = Discard.NOTHING

    @property
    def interval_us(self) -> int:
        """At the least, between two pictures that are analysed."""
        return self.slower * SECOND_US // MAX_ANALYSED_FPS


@frozen
class Close:
    """Nobody looks or listens any more: all events end at that time (UTC)."""

    now_us: int


@frozen
class Looking(Recipe[Findings]):
    detectors: Sequence[DetectorSettings]

    def stage(self) -> LookingStage:
        return LookingStage(self.detectors)


class LookingStage(PictureStage[Findings]):
    """Detectors live in stream time, so that they see a camera as they see a file."""

    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        self._chain = Chain(detectors)
        self._shift = StraightTime()
        super().__init__(PicturesInUtc(self._chain, self._shift), self._shift)

    def told(self, word: Any) -> Iterable[Findings]:
        shift_us = self._shift.shift_us
        match word:
            case Change(detectors):
                self._chain.change(detectors)
            case Thrift():
                self._chain.interval_us = word.interval_us
                self.discard(word.discard)
            case LookAway(until_us):
                until_us -= shift_us
                self._chain.blind_until_us = max(self._chain.blind_until_us, until_us)
            case Close(now_us):
                return _told(self._chain.close(now_us - shift_us), shift_us)
            case _:
                return super().told(word)
        return ()


@frozen
class Listening(SoundRecipe[Findings]):
    detectors: Sequence[DetectorSettings]

    def stage(self) -> ListeningStage:
        return ListeningStage(self.detectors)


class ListeningStage(SoundStage[Findings]):
    """As for pictures."""

    def __init__(self, detectors: Sequence[DetectorSettings]) -> None:
        self._chain = SoundChain(detectors)
        self._shift = StraightTime()
        super().__init__(SoundInUtc(self._chain, self._shift), self._shift)

    def told(self, word: Any) -> Iterable[Findings]:
        match word:
            case Close(now_us):
                shift_us = self._shift.shift_us
                return _told(self._chain.close(now_us - shift_us), shift_us)
            case Thrift() | LookAway():
                return ()
        return super().told(word)


@frozen
class Trying(Recipe[Glimpse]):
    """Detectors that are tried out."""

    detectors: Sequence[DetectorSettings]

    def stage(self) -> TryingStage:
        return TryingStage(Preview(self.detectors))


class TryingStage(PictureStage[Glimpse]):
    def __init__(self, work: Preview) -> None:
        super().__init__(work)
        self._preview = work

    def told(self, word: Any) -> Iterable[Glimpse]:
        match word:
            case Change(detectors):
                self._preview.change(detectors)
            case Thrift():
                self._preview.look_every(word.interval_us)
                self.discard(word.discard)
            case _:
                return super().told(word)
        return ()


def _told(findings: Findings | None, shift_us: int) -> Iterable[Findings]:
    return () if findings is None else (in_utc(findings, shift_us),)
