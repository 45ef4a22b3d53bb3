"""The port of those who decode and analyse; on the event loop.

A stream takes a seat; the seat's stage then runs elsewhere (`workers`: in a process), in the order
of what the seat was given.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from attrs import frozen

from axxond.stream.hardware import Choice
from axxond.stream.hub import Item
from axxond.stream.stage import DecodeStats, Recipe

R = TypeVar("R")


@frozen
class Duty(Generic[R]):
    """`weight`: how much work it is, in streams of low quality.  `done(results, stats)` answers
    each `work` and `leave`.  `lost(blamed)`: whoever ran the stage is gone, with all that the
    stage knew, and answers no more; `blamed`: it was at work on this very stream."""

    name: str
    recipe: Recipe[R]
    done: Callable[[list[R], DecodeStats], None]
    lost: Callable[[bool], None]
    weight: int = 1


class Seat(Protocol):
    """One stream's place.  Not to be used after `leave` or once it is lost."""

    def work(self, items: list[Item]) -> None:
        """The next job; the one before must have been answered."""

    def tell(self, word: Any) -> None:
        """For the stage, in order with the jobs; not answered."""

    def leave(self, word: Any = None) -> None:
        """Nothing more comes; the stage is told `word`, if any, and forgotten."""


class Crew(Protocol):
    def seat(self, duty: Duty[Any]) -> Seat: ...

    def choose_card(self, choice: Choice) -> None:
        """Which graphics card decodes, for streams that begin from here on."""

    async def close(self) -> None:
        """When all seats have been left."""
