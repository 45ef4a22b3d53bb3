"""A connection that speaks the wire, on a TCP socket under asyncio, with TLS or without."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, cast

from protocol.connection import (
    Answered,
    Asked,
    Connection,
    Greeted,
    Happening,
    Noticed,
    Refused,
    Reply,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import Hello, MediaFrame, Message, Request
from protocol.states import Side
from protocol.transport.tls import TlsLayer

log = logging.getLogger(__name__)

# Above this we stop reading from a side that does not read from us, so that its requests cannot
# grow our memory; reading goes on below half of it.
HIGH_WATER_BYTES: Final = 8 << 20
# Replies and notices that nobody reads: the connection is cut.
MAX_OUTBOUND_BYTES: Final = 64 << 20
# Bytes wait to be sent, and none has left for that long: the other side is gone.
NO_PROGRESS_S: Final = 60.0
HANDSHAKE_S: Final = 10.0
# What still waits when we close may go out for so long.
CLOSE_S: Final = 5.0
_TICK_S: Final = 5.0

RequestHandler = Callable[[Asked], Awaitable[Message | tuple[Message, bytes]]]


def _never(_: Asked) -> Awaitable[Message]:
    raise ProtocolError(ErrorCode.UNKNOWN_REQUEST, "this side answers no requests")


class WireConnection(asyncio.Protocol):
    """A connection that speaks the wire.

    Callbacks, to be set by its owner; all are called on the event loop and must not block:
    `on_request` answers requests (each in a task of its own; a ProtocolError it raises goes to
    the other side), `on_notice(message, payload)`, `on_media(frame)`, and `on_closed(error)` once
    at the end, with None when we closed it.
    """

    def __init__(
        self,
        side: Side,
        hello: Hello,
        accept: Callable[[WireConnection], None],
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        """`accept` is called once, before anything of ours is said; it raises to refuse."""
        self.core = Connection(side, hello, _now_us())
        self.peer_hello: Hello | None = None
        self.peer_address = ""
        self.peer_port = 0
        self.peer_fingerprint = ""  # SHA-256 of its certificate in hex; "" without TLS
        self.on_request: RequestHandler = _never
        self.on_notice: Callable[[Message, bytes], None] = lambda message, payload: None
        self.on_media: Callable[[MediaFrame], None] = lambda frame: None
        self.on_closed: Callable[[Exception | None], None] = lambda error: None
        self.sent_bytes = 0
        self.closed = False
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._waiting: dict[int, asyncio.Future[tuple[Message, bytes]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._greeted: asyncio.Future[None] = loop.create_future()
        self._gone: asyncio.Future[None] = loop.create_future()
        self._writable = asyncio.Event()
        self._writable.set()
        self._reason: Exception | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._progress = (0, self._loop.time())  # bytes that left, and when that last changed
        self._accept = accept
        self._tls = TlsLayer(ssl_context, side is Side.SERVER) if ssl_context else None
        self._began_s = self._loop.time()

    def __repr__(self) -> str:
        return f"<WireConnection {self.core.side.value} {self.peer_address}:{self.peer_port}>"

    # --- what its owner calls ---

    @property
    def outbound_bytes(self) -> int:
        """What was sent but has not left this process yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    async def request(
        self, message: Request, payload: bytes = b"", node: str = "", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        """The reply and its payload.

        Raises ProtocolError: the other side's, UNAVAILABLE when the connection ends meanwhile or
        no reply comes in time.
        """
        if self.closed:
            raise self._lost()
        number, data = self.core.request(message, payload, node)
        future: asyncio.Future[tuple[Message, bytes]] = self._loop.create_future()
        self._waiting[number] = future
        try:
            self._write(data)
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            text = f"no reply within {timeout_s:g} s"
            raise ProtocolError(ErrorCode.UNAVAILABLE, text, message.NAME) from None
        finally:
            self._waiting.pop(number, None)
            self.core.forget(number)

    def notify(self, message: Message, payload: bytes = b"", node: str = "") -> None:
        """Send a notice; nothing when the connection is gone."""
        if not self.closed:
            self._write(self.core.notify(message, payload, node))

    def send_media(self, data: bytes) -> None:
        """Send what `connection.pack_media` or `pack_notice` made for many; never changed."""
        if not self.closed:
            self._write(data)

    async def writable(self) -> None:
        """Wait until less than HIGH_WATER_BYTES wait to be sent, or the connection is gone."""
        await self._writable.wait()

    def close(self) -> None:
        """Send what waits, then end; `on_closed` follows."""
        self._end(None)

    def refuse(self, error: ProtocolError) -> None:
        """End the connection with an error that the other side is told."""
        if not self.closed:
            self._write(self.core.last_words(error))
            self._end(error)

    def abort(self, error: Exception | None = None) -> None:
        """End at once; what waits is lost."""
        self.closed = True
        self._reason = self._reason or error
        self.core.close()
        if self._transport is not None:
            self._transport.abort()

    async def greeted(self) -> None:
        """Wait for the other side's hello.  Raises what ended the connection before it."""
        await asyncio.shield(self._greeted)

    async def wait_closed(self) -> None:
        await asyncio.shield(self._gone)

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(HIGH_WATER_BYTES, HIGH_WATER_BYTES // 2)
        peer = transport.get_extra_info("peername") or ("", 0)
        self.peer_address, self.peer_port = str(peer[0]), int(peer[1])
        self._tick = self._loop.call_later(_TICK_S, self._on_tick)
        if self._tls is None:
            self._begin()
        else:
            self._put(self._tls.begin())

    def data_received(self, data: bytes) -> None:
        if self.closed:
            return
        try:
            plain = self._decrypt(data) if self._tls is not None else data
            if plain and not self.closed:
                for happening in self.core.receive(plain, _now_us()):
                    self._happen(happening)
            if self._tls is not None and self._tls.ended:
                self.close()
        except ssl.SSLError as error:
            assert self._tls is not None
            self._put(self._tls.last_bytes)
            self._end(error)
        except ProtocolError as error:
            self.refuse(error)

    def pause_writing(self) -> None:
        self._writable.clear()
        if self._transport is not None and self.core.side is Side.SERVER:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._writable.set()
        self.core.heard(_now_us())
        if self._transport is not None and self.core.side is Side.SERVER and not self.closed:
            self._transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.core.close()
        reason = self._reason or exc
        if self._tick is not None:
            self._tick.cancel()
        self._writable.set()
        for task in list(self._tasks):
            task.cancel()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._lost(reason))
        if not self._greeted.done():
            self._greeted.set_exception(reason or self._lost())
            self._greeted.exception()  # it is no fault when nobody waits for it
        if not self._gone.done():
            self._gone.set_result(None)
        self.on_closed(reason)

    # --- inside ---

    def _happen(self, happening: Happening) -> None:
        match happening:
            case MediaFrame():
                self.on_media(happening)
            case Noticed(message=message, payload=payload):
                self.on_notice(message, payload)
            case Asked():
                self._start(self._answer(happening))
            case Answered(number=number, message=message, payload=payload):
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_result((message, payload))
            case Reply(data=data):
                self._write(data)
            case Refused(number=0, error=error):
                self._end(error)
            case Refused(number=number, error=error):
                future = self._waiting.get(number)
                if future is not None and not future.done():
                    future.set_exception(error)
            case Greeted(hello=hello):
                self.peer_hello = hello
                if not self._greeted.done():
                    self._greeted.set_result(None)

    def _decrypt(self, data: bytes) -> bytes:
        assert self._tls is not None
        was_established = self._tls.established
        plain, answer = self._tls.receive(data)
        self._put(answer)
        if self._tls.established and not was_established:
            self.peer_fingerprint = self._tls.fingerprint()
            self._begin()
        return plain

    def _begin(self) -> None:
        """The way is open: our owner looks at the other side, then we greet."""
        try:
            self._accept(self)
            if not self.closed:
                self._write(self.core.greet())
        except Exception as error:  # noqa: BLE001 - the owner refuses it: nothing was said yet
            if self.core.side is Side.SERVER and isinstance(error, ProtocolError):
                self.refuse(error)
            else:
                self.abort(error)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: Asked) -> None:
        try:
            answer = await self.on_request(asked)
            message, payload = answer if isinstance(answer, tuple) else (answer, b"")
            if not self.closed:
                self._write(self.core.reply(asked.number, message, payload))
        except ProtocolError as error:
            self._refuse_request(asked, error)
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("request %s failed, reference %s", asked.message.NAME, reference)
            text = f"internal error, reference {reference}"
            self._refuse_request(asked, ProtocolError(ErrorCode.INTERNAL, text))

    def _refuse_request(self, asked: Asked, error: ProtocolError) -> None:
        if not self.closed:
            self._write(self.core.refuse(asked.number, error))

    def _write(self, data: bytes) -> None:
        if self._tls is not None:
            if not self._tls.established or self._is_closing():
                return
            try:
                data = self._tls.send(data)
            except ssl.SSLError as error:
                self.abort(error)
                return
        self._put(data)

    def _put(self, data: bytes) -> None:
        """Hand bytes to the socket as they are."""
        transport = self._transport
        if not data or transport is None or transport.is_closing():
            return
        self.sent_bytes += len(data)
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_OUTBOUND_BYTES:
            text = f"{MAX_OUTBOUND_BYTES} bytes wait for a side that does not read"
            self.abort(ProtocolError(ErrorCode.LIMIT, text))

    def _is_closing(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    def _end(self, error: Exception | None) -> None:
        if self.closed:
            return
        self.closed = True
        self._reason = error
        self.core.close()
        if self._transport is None:
            return
        if self._tls is not None and self._tls.established:
            self._put(self._tls.goodbye())
        self._transport.close()
        if self._tick is not None:
            self._tick.cancel()
        self._tick = self._loop.call_later(CLOSE_S, self._transport.abort)

    def _lost(self, reason: Exception | None = None) -> ProtocolError:
        cause = reason or self._reason
        if isinstance(cause, ProtocolError):
            return cause
        text = f"the connection ended: {cause}" if cause else "the connection ended"
        return ProtocolError(ErrorCode.UNAVAILABLE, text)

    def _on_tick(self) -> None:
        self._tick = self._loop.call_later(_TICK_S, self._on_tick)
        if not self._progresses():
            text = f"the other side has read nothing for {NO_PROGRESS_S:g} s"
            self.abort(ProtocolError(ErrorCode.UNAVAILABLE, text))
        elif self._tls is not None and not self._tls.established:
            if self._loop.time() - self._began_s > HANDSHAKE_S:
                self.abort(ProtocolError(ErrorCode.UNAVAILABLE, "no TLS handshake in time"))
        elif self._writable.is_set():  # else it reads slowly, and what it says waits unread
            self._keep_alive()

    def _progresses(self) -> bool:
        """Whether all bytes have left, or some did not long ago."""
        outbound = self.outbound_bytes
        left = self.sent_bytes - outbound
        now_s = self._loop.time()
        if left != self._progress[0] or not outbound:
            self._progress = (left, now_s)
        return now_s - self._progress[1] < NO_PROGRESS_S or not outbound

    def _keep_alive(self) -> None:
        try:
            if ping := self.core.due(_now_us()):
                self._write(ping)
        except ProtocolError as error:
            self.refuse(error)


def _now_us() -> int:
    return time.monotonic_ns() // 1000
