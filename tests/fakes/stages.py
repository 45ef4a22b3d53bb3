"""Stages that can be told to misbehave, made by recipes that travel to other processes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from axxond.media.packet import Packet
from axxond.stream.hub import Item
from axxond.stream.stage import Recipe, Stage


@frozen
class Echo(Recipe[Any]):
    """Answers a packet by its time, a word by itself.  `bad` is what happens at a packet of time
    13: "raise", "exit", "print" or "hang"; "never" = the stage cannot even be made."""

    bad: str = ""

    def stage(self) -> EchoStage:
        if self.bad == "never":
            raise ArithmeticError("as it happens")
        return EchoStage(self.bad)


class EchoStage(Stage[Any]):
    def __init__(self, bad: str) -> None:
        super().__init__()
        self._bad = bad

    def feed(self, item: Item) -> Iterator[Any]:
        assert isinstance(item, Packet)
        self.stats.packets += 1
        if item.pts_us == 13:
            self._misbehave()
        yield item.pts_us

    def told(self, word: Any) -> Iterable[Any]:
        return [word]

    def _misbehave(self) -> None:
        match self._bad:
            case "raise":
                raise ArithmeticError("as it happens")
            case "exit":
                os._exit(11)
            case "print":
                print("a library talks", flush=True)
                os.write(1, b"from C as well\n")
                sys.stdin.read(1)
            case "hang":
                time.sleep(600)


@frozen
class Place(Recipe[int]):
    """Answers each packet by the process it runs in."""

    def stage(self) -> PlaceStage:
        return PlaceStage()


class PlaceStage(Stage[int]):
    def feed(self, _item: Item) -> Iterator[int]:
        yield os.getpid()
