"""The sans-I/O core of one connection: bytes in, happenings out; commands in, bytes out.

Both sides use it.  It holds the state, correlates requests with replies, and bounds what the other
side may ask: requests in flight, requests a second, sizes.  Time comes as an argument, in
microseconds of a clock that never jumps.  What is to be sent is returned, never kept.
"""

from __future__ import annotations

from typing import Final

from attrs import define, field, frozen

from protocol import codec, framing
from protocol.errors import ErrorCode, ProtocolError
from protocol.framing import Frame, FrameKind, FrameParser
from protocol.messages import (
    PROTOCOL_VERSION,
    Hello,
    Login,
    LoginReply,
    MediaFrame,
    Message,
    Ping,
    Request,
)
from protocol.states import Said, Side, State, after

# Requests of one client that the server works on at once; more are refused with "limit".
MAX_IN_FLIGHT: Final = 64
# Requests and notices a second from one client.  A time line being dragged asks about 60; 25
# cameras played at 16x return credit about 400 times.
MAX_RATE_PER_S: Final = 1000
MAX_BURST: Final = 2000
# Who goes on this far beyond the rate is no client of ours: the connection ends.
MAX_OVERDRAFT: Final = 5000
# Log-ins tried on one connection; the authenticator throttles by address besides.
MAX_LOGINS: Final = 5
# A silent side is asked by a ping after this, and given up after that.
PING_AFTER_US: Final = 15_000_000
DEAD_AFTER_US: Final = 60_000_000
# From the first byte to the log-in.
LOGIN_WITHIN_US: Final = 60_000_000
_SECOND_US: Final = 1_000_000


@define
class TokenBucket:
    """`rate_per_s` on average, `burst` at once.  `take` tells whether one more is within it."""

    rate_per_s: float
    burst: float
    level: float = field(init=False)
    refused: int = field(init=False, default=0)  # in a row
    _at_us: int | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        self.level = self.burst

    def take(self, now_us: int) -> bool:
        if self._at_us is not None:
            gained = max(0, now_us - self._at_us) * self.rate_per_s / _SECOND_US
            self.level = min(self.burst, self.level + gained)
        self._at_us = now_us
        if self.level < 1:
            self.refused += 1
            return False
        self.level -= 1
        self.refused = 0
        return True


# --- what happened -------------------------------------------------------------------------


@frozen
class Greeted:
    """The other side's hello; `version` is the highest that both speak."""

    hello: Hello
    version: int


@frozen
class Asked:
    """A request came; answer it by `reply` or `refuse` with its number."""

    number: int
    node: str
    message: Request
    payload: bytes


@frozen
class Answered:
    """Our request `number` got its reply."""

    number: int
    message: Message
    payload: bytes


@frozen
class Refused:
    """Our request `number` got an error; number 0: the other side ends the connection."""

    number: int
    error: ProtocolError


@frozen
class Noticed:
    node: str
    message: Message
    payload: bytes


@frozen
class Reply:
    """Bytes that the core itself answers with (a refusal, a ping's reply): send them."""

    data: bytes


Happening = Greeted | Asked | Answered | Refused | Noticed | MediaFrame | Reply


class Connection:
    """One side of one connection.

    `receive` raises ProtocolError when the other side broke the protocol: send `last_words(error)`
    and close.  A request that is merely wrong is refused by a `Reply` and the connection goes on.
    """

    def __init__(self, side: Side, hello: Hello, now_us: int) -> None:
        self.side = side
        self.state = State.GREETING
        self.version: int | None = None
        self._hello = hello
        limits = framing.BEFORE_LOGIN if side is Side.SERVER else framing.FROM_SERVER
        self._parser = FrameParser(limits)
        self._last_number = 0
        self._asked: dict[int, type[Request]] = {}  # ours, unanswered
        self._answering: dict[int, type[Message]] = {}  # theirs, unanswered
        self._bucket = TokenBucket(MAX_RATE_PER_S, MAX_BURST)
        self._logins = 0
        self._began_us = now_us
        self._heard_us = now_us
        self._pinged_us = now_us

    # --- commands: bytes to send ---

    def greet(self) -> bytes:
        self._say(Said.HELLO)
        return framing.pack(FrameKind.HELLO, codec.pack_hello(self._hello))

    def request(self, message: Request, payload: bytes = b"", node: str = "") -> tuple[int, bytes]:
        """The request's number, by which the answer comes, and the bytes."""
        self._say(_said(message))
        self._last_number += 1
        number = self._last_number
        self._asked[number] = type(message)
        header = codec.pack_request(number, node, message)
        return number, framing.pack(FrameKind.REQUEST, header, payload)

    def forget(self, number: int) -> None:
        """Nobody waits for that answer any more (a time-out); it is dropped when it comes."""
        if number in self._asked:
            self._asked[number] = Request

    def reply(self, number: int, message: Message, payload: bytes = b"") -> bytes:
        """Raises ProtocolError LIMIT when it is larger than the other side takes."""
        granted = isinstance(message, LoginReply)
        header = codec.pack_reply(number, message)
        most = framing.FROM_SERVER
        if len(header) > most.max_header_bytes or len(payload) > most.max_payload_bytes:
            text = f"the reply is too large: {len(header)} + {len(payload)} bytes"
            raise ProtocolError(ErrorCode.LIMIT, text)
        self._say(Said.LOGGED_IN if granted else Said.REPLY)
        if granted:
            self._parser.limits = framing.FROM_CLIENT
        self._answering.pop(number, None)
        return framing.pack(FrameKind.REPLY, header, payload)

    def refuse(self, number: int, error: ProtocolError) -> bytes:
        self._say(Said.ERROR)
        self._answering.pop(number, None)
        return framing.pack(FrameKind.ERROR, codec.pack_error(number, error))

    def notify(self, message: Message, payload: bytes = b"", node: str = "") -> bytes:
        self._say(Said.NOTICE)
        return pack_notice(message, payload, node)

    def last_words(self, error: ProtocolError) -> bytes:
        """An error that ends the connection; close after it.  b"" when nothing may be said."""
        if self.state is State.CLOSED:
            return b""
        self.state = State.CLOSED
        return framing.pack(FrameKind.ERROR, codec.pack_error(0, error))

    def close(self) -> None:
        self.state = State.CLOSED

    # --- bytes from the other side ---

    def heard(self, now_us: int) -> None:
        """Count as a sign of life: we ourselves stopped reading for a while."""
        self._heard_us = now_us

    @property
    def in_flight(self) -> int:
        """Requests of the other side that are not answered yet."""
        return len(self._answering)

    def receive(self, data: bytes, now_us: int) -> list[Happening]:
        """What these bytes say.  Raises ProtocolError when the connection must end."""
        if self.state is State.CLOSED:
            return []
        self._heard_us = now_us
        happenings: list[Happening] = []
        for frame in self._parser.feed(data):
            happening = _READERS[frame.kind](self, frame, now_us)
            if happening is not None:
                happenings.append(happening)
        return happenings

    def due(self, now_us: int) -> bytes:
        """Call every few seconds: bytes of a ping to send, or b"".

        Raises ProtocolError UNAVAILABLE when the other side is silent for too long, NOT_LOGGED_IN
        when it does not log in.
        """
        if self.state is State.CLOSED:
            return b""
        if self.state is not State.READY and now_us - self._began_us > LOGIN_WITHIN_US:
            raise ProtocolError(ErrorCode.NOT_LOGGED_IN, "no log-in in time")
        silent_us = now_us - self._heard_us
        if silent_us > DEAD_AFTER_US:
            raise ProtocolError(ErrorCode.UNAVAILABLE, f"silent for {silent_us // _SECOND_US} s")
        talks = self.state in (State.LOGIN, State.READY)
        if talks and silent_us > PING_AFTER_US and now_us - self._pinged_us > PING_AFTER_US:
            self._pinged_us = now_us
            return self.request(Ping())[1]
        return b""

    # --- one kind of frame each ---

    def _on_hello(self, frame: Frame, _: int) -> Happening:
        self._hear(Said.HELLO)
        hello = codec.unpack_hello(frame.header)
        common = set(hello.versions) & set(self._hello.versions)
        if not common:
            text = f"we speak {self._hello.versions}, the other side {hello.versions}"
            raise ProtocolError(ErrorCode.VERSION, text)
        self.version = max(common)
        return Greeted(hello, self.version)

    def _on_request(self, frame: Frame, now_us: int) -> Happening:
        number, node, name, body = codec.unpack_request(frame.header)
        if number <= 0 or number in self._answering:
            text = f"request number {number} is not positive or still unanswered"
            raise ProtocolError(ErrorCode.BAD_FRAME, text)
        try:
            return self._read_request(number, node, name, body, frame.payload, now_us)
        except ProtocolError as error:
            if self._overdrawn or self.state not in (State.LOGIN, State.READY):
                raise
            return Reply(framing.pack(FrameKind.ERROR, codec.pack_error(number, error)))

    def _read_request(
        self,
        number: int,
        node: str,
        name: str,
        body: dict[str, object],
        payload: bytes,
        now_us: int,
    ) -> Happening:
        self._admit(now_us)
        cls = codec.REQUESTS.get(name)
        self._hear(_said_by_class(cls))
        if cls is None:
            shown = name[: codec.MAX_TEXT_SHOWN]
            raise ProtocolError(ErrorCode.UNKNOWN_REQUEST, f"there is no request {shown!r}")
        message = codec.from_plain(cls, body, strict=self.side is Side.SERVER)
        assert isinstance(message, Request)
        if isinstance(message, Ping):
            return Reply(framing.pack(FrameKind.REPLY, codec.pack_reply(number, Ping.REPLY())))
        if isinstance(message, Login):
            self._admit_login()
        if len(self._answering) >= MAX_IN_FLIGHT:
            text = f"more than {MAX_IN_FLIGHT} requests at once"
            raise ProtocolError(ErrorCode.LIMIT, text)
        self._answering[number] = cls
        return Asked(number, node, message, payload)

    def _admit(self, now_us: int) -> None:
        if self.side is Side.CLIENT or self._bucket.take(now_us):
            return
        text = f"more than {MAX_RATE_PER_S} requests a second"
        raise ProtocolError(ErrorCode.THROTTLED, text)

    @property
    def _overdrawn(self) -> bool:
        return self._bucket.refused > MAX_OVERDRAFT

    def _admit_login(self) -> None:
        self._logins += 1
        if self._logins > MAX_LOGINS:
            raise ProtocolError(ErrorCode.THROTTLED, f"more than {MAX_LOGINS} log-ins")
        if Login in self._answering.values():
            raise ProtocolError(ErrorCode.LIMIT, "one log-in at a time")

    def _on_reply(self, frame: Frame, _: int) -> Happening | None:
        number, name, body = codec.unpack_reply(frame.header)
        asked = self._asked.pop(number, None)
        if asked is None:
            raise ProtocolError(ErrorCode.BAD_FRAME, f"a reply to nothing: {number}")
        self._hear(Said.LOGGED_IN if asked is Login else Said.REPLY)
        if asked is Request or asked is Ping:
            return None
        if name != asked.REPLY.NAME:
            text = f"reply {name[: codec.MAX_TEXT_SHOWN]!r} to {asked.NAME!r}"
            raise ProtocolError(ErrorCode.BAD_FRAME, text)
        message = codec.from_plain(asked.REPLY, body, strict=False)
        return Answered(number, message, frame.payload)

    def _on_error(self, frame: Frame, _: int) -> Happening | None:
        number, error = codec.unpack_error(frame.header)
        self._hear(Said.ERROR)
        if number == 0:
            self.state = State.CLOSED
            return Refused(0, error)
        asked = self._asked.pop(number, None)
        if asked is None:
            raise ProtocolError(ErrorCode.BAD_FRAME, f"an error to nothing: {number}")
        return None if asked is Request or asked is Ping else Refused(number, error)

    def _on_notice(self, frame: Frame, now_us: int) -> Happening | None:
        self._hear(Said.NOTICE)
        self._admit(now_us)
        serving = self.side is Side.SERVER
        items = codec.MAX_CLIENT_ITEMS if serving else codec.MAX_SERVER_ITEMS
        node, name, body = codec.unpack_notice(frame.header, items)
        cls = codec.MESSAGES.get(name)
        if cls is None or issubclass(cls, Request):
            if serving:
                shown = name[: codec.MAX_TEXT_SHOWN]
                raise ProtocolError(ErrorCode.UNKNOWN_REQUEST, f"there is no notice {shown!r}")
            return None  # of a newer server
        return Noticed(node, codec.from_plain(cls, body, strict=serving), frame.payload)

    def _on_media(self, frame: Frame, _: int) -> Happening:
        self._hear(Said.MEDIA)
        return codec.unpack_media(frame.header, frame.payload)

    def _say(self, said: Said) -> None:
        self.state = after(self.state, self.side, said)

    def _hear(self, said: Said) -> None:
        self.state = after(self.state, self.side.other, said)


_READERS: Final = {
    FrameKind.HELLO: Connection._on_hello,
    FrameKind.REQUEST: Connection._on_request,
    FrameKind.REPLY: Connection._on_reply,
    FrameKind.ERROR: Connection._on_error,
    FrameKind.NOTICE: Connection._on_notice,
    FrameKind.MEDIA: Connection._on_media,
}


def _said(message: Request) -> Said:
    return _said_by_class(type(message))


def _said_by_class(cls: type[Message] | None) -> Said:
    if cls is Login:
        return Said.LOGIN
    return Said.PING if cls is Ping else Said.REQUEST


def hello(software: str, node: str = "", node_name: str = "") -> Hello:
    return Hello([PROTOCOL_VERSION], software, node, node_name)


def pack_notice(message: Message, payload: bytes = b"", node: str = "") -> bytes:
    """A notice ready for any number of connections in the state READY."""
    return framing.pack(FrameKind.NOTICE, codec.pack_notice(node, message), payload)


def pack_media(frame: MediaFrame) -> bytes:
    """A media frame ready for any number of connections; the payload is copied once, here."""
    return framing.pack(FrameKind.MEDIA, codec.pack_media_header(frame), frame.payload)
