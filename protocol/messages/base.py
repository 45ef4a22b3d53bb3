"""What every message is."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from protocol.types import Right

PROTOCOL_VERSION = 1


class Message:
    """Base of all bodies."""

    __slots__ = ()
    NAME: ClassVar[str]


class Request(Message):
    __slots__ = ()
    REPLY: ClassVar[type[Message]]
    RIGHT: ClassVar[Right | None] = None


@frozen
class Done(Message):
    NAME = "done"
