"""The I/O of the RTSP client: one asyncio connection a stream, all on the event loop."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import cast
from urllib.parse import urlsplit

from axxond.devices import failures
from axxond.devices.address import with_login
from axxond.devices.control import ControlSettings
from axxond.devices.port import DeviceError, Sink, StreamSettings
from axxond.devices.rtsp import rounds
from axxond.devices.rtsp.metadata import TakeDocument
from axxond.devices.rtsp.reception import Reception
from axxond.devices.rtsp.session import (
    METADATA,
    PICTURE,
    PICTURE_AND_SOUND,
    Redirected,
    Session,
    Wish,
)
from protocol.types import FailureKind

log = logging.getLogger(__name__)

_MAX_REDIRECTS = 5
_PORTS = {"rtsp": 554, "rtsps": 322}
_REPORT_INTERVAL_S = 5.0  # RFC 3550 §6.2: the least
_FAREWELL_S = 0.5  # how long a TEARDOWN may take to leave
# How often a server of a quiet track is asked whether it is there.
_QUIET_S = 10.0
# A camera that does not read what we send is gone; our requests are a few hundred bytes.
_MAX_UNSENT_BYTES = 64 * 1024


class RtspDriver:
    name = "rtsp"

    def source(self, settings: StreamSettings) -> RtspSource:
        return RtspSource(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class RtspSource:
    """One attempt.  `run` raises DeviceError or is cancelled; it says goodbye either way.

    `documents`: the metadata track alone is asked for, in place of picture and sound, and its
    documents are delivered there; a server that says nothing any more is then noticed here.
    """

    def __init__(self, settings: StreamSettings, documents: TakeDocument | None = None) -> None:
        self._settings = settings
        self._documents = documents

    async def run(self, sink: Sink) -> None:
        documents = self._documents
        wish = PICTURE_AND_SOUND if self._settings.audio else PICTURE
        await converse(
            self._settings,
            wish if documents is None else METADATA,
            lambda session: Reception(session, sink, documents),
            lambda _session, connection: connection.keep_alive(),
        )


async def converse(
    settings: StreamSettings,
    wish: Wish,
    receive: Callable[[Session], Reception],
    go_on: Callable[[Session, Connection], Awaitable[None]],
) -> None:
    """One conversation about `wish`: `go_on` runs while it plays, and is the end of it.

    Raises DeviceError or is cancelled; it says goodbye either way.
    """
    url, user, password = with_login(settings.url, settings.user, settings.password)
    for _ in range(_MAX_REDIRECTS + 1):
        session = Session(url, user, password, wish)
        connection = Connection(session, receive(session), is_quiet="video" not in wish.kinds)
        try:
            await _begin(session, connection, settings.connect_timeout_s)
            await go_on(session, connection)
            return
        except Redirected as elsewhere:
            url = failures.without_login(elsewhere.url)
        finally:
            await connection.leave()
    raise DeviceError(FailureKind.NOT_VIDEO, f"{url} redirects more than {_MAX_REDIRECTS} times.")


async def _begin(session: Session, connection: Connection, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await _connect(session.url, connection)
            connection.write(session.begin())
            await connection.playing()
    except TimeoutError as error:
        what = "answer" if connection.is_connected else "accept a connection"
        raise failures.timed_out(session.url, what, timeout_s) from error


async def _connect(url: str, connection: Connection) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS[parts.scheme.lower()]
    except (ValueError, KeyError) as error:
        raise failures.bad_address(url) from error
    if not host:
        raise failures.bad_address(url)
    secure = _unverified() if parts.scheme.lower() == "rtsps" else None
    loop = asyncio.get_running_loop()
    try:
        await loop.create_connection(lambda: connection, host, port, ssl=secure)
    except socket.gaierror as error:
        raise failures.unreachable(url, f"the name {host} is not known") from error
    except ssl.SSLError as error:
        raise failures.garbage(url, f"no TLS ({error.reason})") from error
    except (OSError, UnicodeError) as error:
        raise failures.unreachable(url, _why(error)) from error


def _why(error: OSError | UnicodeError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()


def _unverified() -> ssl.SSLContext:
    """Cameras have self-made certificates: encrypted, but the camera is not authenticated."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Connection(asyncio.BufferedProtocol):
    """Reads into the framer's buffer; the first failure ends it."""

    def __init__(self, session: Session, reception: Reception, *, is_quiet: bool) -> None:
        """`is_quiet`: for hours nothing need come but answers."""
        self._session = session
        self._reception = reception
        reception.send = self.write
        self._is_quiet = is_quiet
        self._heard = True
        self._framer = self._reception.framer
        self._transport: asyncio.Transport | None = None
        self._in_rounds = False
        loop = asyncio.get_running_loop()
        self._rounds = rounds.of_loop(loop)
        self._playing: asyncio.Future[None] = loop.create_future()
        self._failed: asyncio.Future[None] = loop.create_future()
        self._closed: asyncio.Future[None] = loop.create_future()

    @property
    def is_connected(self) -> bool:
        return self._transport is not None

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not subclasses of asyncio's.
        self._transport = transport = cast(asyncio.Transport, transport)
        transport.set_write_buffer_limits(high=_MAX_UNSENT_BYTES)

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint  # there is always more room
        return self._framer.space()

    def buffer_updated(self, nbytes: int) -> None:
        if self._failed.done():
            return
        self._heard = True
        try:
            self._reception.received(nbytes, time.time_ns() // 1000)
            if not self._playing.done() and self._session.is_playing:
                self._playing.set_result(None)
                if not self._is_quiet:
                    self._rounds.enter()
                    self._in_rounds = True
            if self._in_rounds and self._transport is not None:
                self._rounds.rest(self._transport, nbytes)
        except (DeviceError, Redirected) as error:
            self._fail(error)
        except Exception as error:
            log.exception("RTSP from %s could not be handled", self._session.url)
            self._fail(failures.garbage(self._session.url, type(error).__name__))

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._in_rounds and self._transport is not None:
            self._in_rounds = False
            self._rounds.leave(self._transport)
        self._fail(failures.closed(self._session.url, _lost(exc)))
        if not self._closed.done():
            self._closed.set_result(None)

    def pause_writing(self) -> None:
        self._fail(failures.closed(self._session.url, "it reads nothing any more"))

    def _fail(self, error: Exception) -> None:
        if not self._failed.done():
            self._failed.set_exception(error)
            self._failed.exception()  # seen, should nobody wait for it
            if self._transport is not None:
                self._transport.abort()

    # The source's side

    def write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    async def playing(self) -> None:
        """Until the server plays.  Raises what ended the connection."""
        await asyncio.wait((self._playing, self._failed), return_when=asyncio.FIRST_COMPLETED)
        if self._failed.done():
            await self._failed

    async def keep_alive(self) -> None:
        """Until the connection ends: raises what ended it."""
        elapsed = 0.0
        while True:
            interval = min(_REPORT_INTERVAL_S, self._session.timeout_s / 3)
            await asyncio.wait((self._failed,), timeout=interval)
            if self._failed.done():
                await self._failed
            elapsed += interval
            self.write(self._reception.reports(time.time_ns() // 1000))
            if elapsed + interval > self._patience_s:
                if self._is_quiet and not self._heard:
                    raise failures.closed(self._session.url, "it answers nothing any more")
                self._heard = False
                elapsed = 0.0
                self.write(self._session.keep_alive())

    @property
    def _patience_s(self) -> float:
        """How often the server hears from us."""
        half_s = self._session.timeout_s / 2
        return min(_QUIET_S, half_s) if self._is_quiet else half_s

    async def leave(self) -> None:
        """Say goodbye and close; returns soon even if the server does not care."""
        transport = self._transport
        if transport is None:
            return
        if not self._failed.done():
            self._failed.set_result(None)
            self.write(self._session.teardown())
        transport.close()
        _, late = await asyncio.wait((self._closed,), timeout=_FAREWELL_S)
        if late:
            transport.abort()


def _lost(error: Exception | None) -> str:
    return "" if error is None else _why(error) if isinstance(error, OSError) else str(error)
