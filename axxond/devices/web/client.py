"""One log-in to one device's web server, over aiohttp, on the event loop.

Log-in is by Basic or Digest, as the device asks; it is sent to no other host.  Certificates are
not checked: cameras make their own.  Answers are read up to a bound and never unpacked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator, Mapping

import aiohttp
import yarl
from attrs import frozen

from axxond.base.units import KIB, MIB
from axxond.devices import failures
from axxond.devices.port import DeviceError
from axxond.devices.rtsp.digest import Authenticator
from protocol.types import FailureKind

MAX_BODY_BYTES = 8 * MIB  # the largest thing asked for is a picture
_MAX_REDIRECTS = 5
_MAX_LOGINS = 3  # once without, once with, once more when the nonce was too old
_READ_BYTES = 64 * KIB
# What a web server may say in front of its answer.
_MAX_LINE_BYTES = 16 * KIB

Body = bytes | str | AsyncIterator[bytes] | None


@frozen
class Answer:
    """`headers` by their names in lower case."""

    body: bytes
    headers: dict[str, str]


class WebClient:
    """`url` gives the host that the log-in is for.  Every call raises DeviceError; `close` when
    done.  `timeout_s`: how long the device may take to begin an answer."""

    def __init__(self, url: str, user: str, password: str, timeout_s: float) -> None:
        self._base = _parsed(url)
        self._login = Authenticator(user, password)
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def at(self, path: str, query: Mapping[str, str] | None = None) -> str:
        """An address on the same server."""
        url = self._base.origin().joinpath(path.lstrip("/"))
        return str(url.with_query(query) if query else url)

    async def read(self, url: str, data: Body = None, headers: Mapping[str, str] = {}) -> bytes:
        """The whole answer, at most `MAX_BODY_BYTES`."""
        return (await self.ask(url, data, headers)).body

    async def ask(self, url: str, data: Body = None, headers: Mapping[str, str] = {}) -> Answer:
        """As `read`, with what the server said in front of it."""
        method = "GET" if data is None else "POST"
        async with self.open(url, method, data, headers) as reply:
            body = await self._body(reply)
            return Answer(body, {name.lower(): text for name, text in reply.headers.items()})

    async def _body(self, reply: aiohttp.ClientResponse) -> bytes:
        parts, count = [], 0
        try:
            async with asyncio.timeout(self._timeout_s):
                async for part in reply.content.iter_chunked(_READ_BYTES):
                    parts.append(part)
                    count += len(part)
                    if count > MAX_BODY_BYTES:
                        raise failures.garbage(shown(reply), "an endless answer", "a short one")
        except TimeoutError as error:
            raise failures.timed_out(shown(reply), "finish its answer", self._timeout_s) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _lost(shown(reply), error) from error
        return b"".join(parts)

    @contextlib.asynccontextmanager
    async def open(
        self,
        url: str,
        method: str = "GET",
        data: Body = None,
        headers: Mapping[str, str] = {},
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer with status 200 or 204, its body not yet read."""
        reply = await self._request(_parsed(url), method, data, dict(headers))
        try:
            yield reply
        finally:
            reply.close()

    async def _request(
        self, url: yarl.URL, method: str, data: Body, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        redirects = logins = 0
        while True:
            reply = await self._once(url, method, data, headers)
            if reply.status in (200, 204):
                return reply
            reply.close()
            if reply.status == 401 and url.host == self._base.host and logins < _MAX_LOGINS:
                logins += 1
                self._challenged(reply, has_failed=logins > 1)
            elif reply.status in (301, 302, 303, 307, 308) and redirects < _MAX_REDIRECTS:
                redirects += 1
                url = _parsed(str(url.join(yarl.URL(reply.headers.get("Location", "")))))
            else:
                raise failures.refused(
                    shown(reply), self._login.user, method, reply.status, reply.reason or ""
                )

    def _challenged(self, reply: aiohttp.ClientResponse, has_failed: bool) -> None:
        asked = reply.headers.getall("WWW-Authenticate", [])
        if not self._login.user or (has_failed and not self._login.is_stale(asked)):
            raise failures.login(shown(reply), self._login.user)
        if not self._login.accept(asked):
            raise failures.no_way_to_log_in(shown(reply))

    async def _once(
        self, url: yarl.URL, method: str, data: Body, headers: dict[str, str]
    ) -> aiohttp.ClientResponse:
        said = str(url.with_user(None).with_password(None))
        if url.host == self._base.host:
            login = self._login.header(method, url.raw_path_qs)
            headers = {**headers, **({"Authorization": login} if login else {})}
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._opened().request(
                    method, url, data=data, headers=headers, allow_redirects=False
                )
        except TimeoutError as error:
            raise failures.timed_out(said, "answer", self._timeout_s) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise _lost(said, error) from error

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=unverified(), limit=4),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self._timeout_s),
                headers={"Accept-Encoding": "identity", "User-Agent": "axxond"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                max_line_size=_MAX_LINE_BYTES,
            )
        return self._session


def unverified() -> ssl.SSLContext:
    """Encrypted, but the camera is not authenticated."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def shown(reply: aiohttp.ClientResponse) -> str:
    """The address that answered."""
    return failures.without_login(str(reply.url))


def _parsed(url: str) -> yarl.URL:
    try:
        found = yarl.URL(url, encoded="%" in url)
    except ValueError as error:
        raise failures.bad_address(url) from error
    if found.scheme not in ("http", "https") or not found.host:
        raise failures.bad_address(url, "http://192.0.2.10/video.mjpg")
    return found


def _lost(url: str, error: Exception) -> DeviceError:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return failures.unreachable(url, f"the name {error.host} is not known")
        case aiohttp.ClientConnectorSSLError() | ssl.SSLError():
            return failures.garbage(url, "no TLS", "HTTPS")
        case aiohttp.ClientConnectorError():
            return failures.unreachable(url, _why(error.os_error))
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return failures.closed(url)
        case aiohttp.ClientResponseError():
            return failures.garbage(url, "a broken answer", "HTTP")
        case OSError():
            return failures.closed(url, (error.strerror or "").lower())
    return DeviceError(FailureKind.GARBAGE, f"{url} cannot be asked ({type(error).__name__}).")


def _why(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    return (os.strerror(error.errno) if error.errno else str(error)).lower()


async def chunks(reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """A body that goes on; ends when it does.  Raises DeviceError when the connection is lost."""
    while True:
        try:
            data = await reply.content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise _lost(shown(reply), error) from error
        if not data:
            return
        yield data
