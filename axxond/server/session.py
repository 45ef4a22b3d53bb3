"""One client: who it is, what it may do, what it has opened.  On the event loop."""

from __future__ import annotations

from typing import cast

import attrs

from axxond.archive.export.job import Author
from axxond.base.errors import AxxonError
from axxond.base.tasks import spawn
from axxond.events.types import USER_DENIED, USER_LOGOUT, Event, EventType
from axxond.server.channels import Channels
from axxond.server.errors import invalid, to_wire
from axxond.server.handlers import HANDLERS
from axxond.server.outbound import Outbound
from axxond.server.ports import Identity, Trial
from axxond.server.shared import Shared
from protocol.connection import Asked, TokenBucket
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Credit, Login, Message, Request, TalkSamples
from protocol.transport import WireConnection
from protocol.types import Right

# A client that goes on asking for what it may not have fills no journal.
_DENIALS_PER_S = 0.2
_DENIALS_BURST = 20


# The year 9999: beyond it, sums of times leave the 64 bits of the databases.
_MAX_TIME_US = 253_402_300_800_000_000


class Session:
    """Made with the connection; `identity` is None until the log-in."""

    def __init__(self, connection: WireConnection, shared: Shared) -> None:
        self.connection = connection
        self.shared = shared
        self.system = shared.system
        self.identity: Identity | None = None
        self.topics: frozenset[str] = frozenset()
        self.status_stale = False  # it missed a status notice: send it the whole state
        self.outbound = Outbound(connection)
        self.channels = Channels(self)
        self.trials: dict[str, Trial] = {}  # back-tests under way, by ticket
        self._denials = TokenBucket(_DENIALS_PER_S, _DENIALS_BURST)
        connection.on_request = self.answer
        connection.on_notice = self._on_notice

    @property
    def address(self) -> str:
        return self.connection.peer_address

    @property
    def who(self) -> Identity:
        """For handlers: `answer` has seen to it that somebody is logged in."""
        assert self.identity is not None
        return self.identity

    @property
    def author(self) -> Author:
        """For jobs that outlive the session."""
        return Author(self.who.user, self.address)

    def may(self, right: Right | None) -> bool:
        return self.identity is not None and (right is None or right in self.identity.rights)

    def demand(self, right: Right | None, action: str) -> None:
        """Raises ProtocolError FORBIDDEN, and an event says who wanted what."""
        if self.may(right) or right is None:
            return
        if self._denials.take(self.system.clock.monotonic_us()):
            self.publish(USER_DENIED, f"Denied: {action} (needs the right {right.value})")
        text = f"your role lacks the right {right.value!r}"
        raise ProtocolError(ErrorCode.FORBIDDEN, text, action)

    def publish(self, kind: EventType, text: str, obj: str = "", name: str = "") -> None:
        """An event by this session's user."""
        user = self.identity.user if self.identity else ""
        now_us = self.system.clock.now_us()
        event = Event(kind, now_us, obj, name or user, text, user=user, address=self.address)
        self.system.bus.publish(event)

    async def answer(self, asked: Asked) -> Message | tuple[Message, bytes]:
        """Every request comes by here."""
        request = asked.message
        if asked.node not in ("", self.system.node):
            text = "there is no such server in the domain"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, asked.node)
        if self.identity is None and not isinstance(request, Login):
            raise ProtocolError(ErrorCode.NOT_LOGGED_IN, "log in first", request.NAME)
        if request.RIGHT is not None:
            self.demand(request.RIGHT, request.NAME)
        _check_times(request)
        try:
            return await HANDLERS[type(request)](self, request)
        except AxxonError as error:
            raise to_wire(error) from error

    def logged_in(self, identity: Identity) -> None:
        self.identity = identity
        self.shared.clients += 1

    def end(self, text: str) -> None:
        """The user is no longer who logged in here."""
        self.connection.refuse(ProtocolError(ErrorCode.NOT_LOGGED_IN, text))

    def closed(self, error: Exception | None) -> None:
        """The connection has ended."""
        self.topics = frozenset()
        if self.identity is not None:
            self.shared.clients -= 1
            self.publish(USER_LOGOUT, f"Logged out: {error}" if error else "Logged out")
            self.system.ptz.session_ended(self)
        for trial in self.trials.values():
            trial.cancelled = True
        spawn(self.channels.close_all(), "close channels")

    def _on_notice(self, message: Message, payload: bytes) -> None:
        if isinstance(message, TalkSamples):
            self.channels.talk(message.channel, payload)
            return
        if not isinstance(message, Credit):
            text = "not for a client to say"
            raise ProtocolError(ErrorCode.BAD_REQUEST, text, message.NAME)
        if not 0 < message.bytes < 1 << 32:
            raise ProtocolError(ErrorCode.BAD_REQUEST, f"{message.bytes} bytes", "credit.bytes")
        self.channels.credit(message.channel, message.bytes)


def _check_times(request: Request) -> None:
    """Raises ProtocolError INVALID for a time or duration that is none of this world."""
    for field in attrs.fields(cast(type[attrs.AttrsInstance], type(request))):
        if field.name.endswith("_us"):
            value = getattr(request, field.name)
            if value is not None and not 0 <= value < _MAX_TIME_US:
                raise invalid(field.name, f"{value} is no time since 1970")
