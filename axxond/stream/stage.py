"""What is done with a stream's items where they are decoded, and how that is made there."""

from __future__ import annotations

import abc
import logging
import time
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Generic, TypeVar

from attrs import define

from axxond.stream.hub import Item

R = TypeVar("R")
log = logging.getLogger(__name__)

# Packets gather that long before they become a job: a hand-over costs about as much as a frame.
_GATHER_S = 0.05


@define
class DecodeStats:
    """Counters of one stream.  `errors`: packets or frames that could not be decoded (damaged,
    or of an unknown codec); `skipped`: packets not decoded because what they build on is missing;
    `dropped`: lost to the bound of the queue; `cpu_us`: processor time of decoding and work;
    `on_card`: the graphics card decodes."""

    packets: int = 0
    frames: int = 0
    errors: int = 0
    skipped: int = 0
    dropped: int = 0
    cpu_us: int = 0
    on_card: bool = False


class Stage(abc.ABC, Generic[R]):
    """Decodes a stream and works on what comes out; one call at a time, in the stream's order."""

    def __init__(self) -> None:
        self.stats = DecodeStats()

    @abc.abstractmethod
    def feed(self, item: Item) -> Iterator[R]:
        """What the item brings, for the event loop."""

    def told(self, word: Any) -> Iterable[R]:
        """Something that the stream's owner says between two items."""
        raise TypeError(f"{type(self).__name__} does not know {word!r}")


class Recipe(abc.ABC, Generic[R]):
    """How a stage is made.  It travels to another process, and what its stage is fed, is told
    and gives out does so too: all of it can be pickled."""

    gather_s: ClassVar[float] = _GATHER_S
    heavy: ClassVar[bool] = True
    """A stream of the high quality means several times the work of a low one."""

    def chosen(self, items: list[Item]) -> list[Item]:
        """Those of the items, in order, that are worth the way.  On the event loop."""
        return items

    @abc.abstractmethod
    def stage(self) -> Stage[R]:
        """Where it is to run."""


class Desk(Generic[R]):
    """One stream's stage where it runs; never raises, whatever a camera sent."""

    def __init__(self, name: str, recipe: Recipe[R]) -> None:
        self.name = name
        self._failed = False
        self._stage: Stage[R] | None = None
        self.stats = DecodeStats()
        try:
            self._stage = recipe.stage()
        except Exception:  # noqa: BLE001 - the edge: one stream's failure is its own
            self._fail()
        else:
            self.stats = self._stage.stats

    def work(self, items: Iterable[Item]) -> list[R]:
        """What a job's items bring."""
        began_ns = time.thread_time_ns()
        results: list[R] = []
        if self._stage is not None:
            for item in items:
                try:
                    results.extend(self._stage.feed(item))
                except Exception:  # noqa: BLE001 - as above
                    self._fail()
        self.stats.cpu_us += (time.thread_time_ns() - began_ns) // 1000
        return results

    def told(self, word: Any) -> list[R]:
        """What that brings."""
        try:
            return list(self._stage.told(word)) if self._stage is not None else []
        except Exception:  # noqa: BLE001 - as above
            self._fail()
            return []

    def _fail(self) -> None:
        self.stats.errors += 1
        if not self._failed:
            log.exception("%s failed (further failures are counted only)", self.name)
        self._failed = True
