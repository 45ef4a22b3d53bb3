"""The I/O to one ONVIF device: SOAP and plain HTTP requests, on the event loop.

Every call has a time limit, every answer a size limit, and whatever goes wrong is a DeviceError.
Log-in: a WS-Security token by the device's own clock in every request, and HTTP Digest (or Basic,
where a device offers nothing else for its pictures) when it asks for that.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from lxml import etree
from yarl import URL

from axxond.devices import elements, failures
from axxond.devices.elements import Node
from axxond.devices.onvif import faults, messages
from axxond.devices.onvif.address import Address
from axxond.devices.onvif.messages import Message, Service
from axxond.devices.port import DeviceError

# The largest answers seen (profiles of a 64-channel recorder) have 600 KiB.
_MAX_ANSWER_BYTES = 4 << 20
_MAX_PICTURE_BYTES = 16 << 20
# Cameras serve few connections at once; one is held by the subscription.
_MAX_CONNECTIONS = 4
_KEEP_ALIVE_S = 15.0
_MAX_ORIGINS = 8  # ports of one device: seen are three
_CHUNK_BYTES = 64 << 10
# Answered without a log-in (ONVIF Core §5.9.2, PRE_AUTH): no proof that the password is right.
_OPEN_TO_ALL = {"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetServiceCapabilities"}
_NOTHING = Node(etree.Element("nothing"))


class Link:
    """One log-in to one device.  `clock_offset_us`: its clock minus ours, None until told."""

    def __init__(self, address: Address, user: str, password: str, timeout_s: float) -> None:
        self.address = address
        self.user = user
        self.clock_offset_us: int | None = None
        self.urls: dict[Service, str] = {Service.DEVICE: address.service}
        self._password = password
        self._timeout_s = timeout_s
        self._sessions: dict[URL, aiohttp.ClientSession] = {}  # by origin: so is the log-in
        self._logged_in = False

    @property
    def place(self) -> str:
        """The device's name in messages for a person."""
        return self.address.place

    def has(self, service: Service) -> bool:
        return service in self.urls

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    # SOAP

    async def call(
        self,
        service: Service,
        operation: str,
        parameters: dict[str, Any] | None = None,
        *,
        anonymous: bool = False,
        is_void: bool = False,
    ) -> Node:
        """The answer's body element.  `is_void`: nothing is read from the answer, so that its
        form does not matter.  Raises DeviceError, of kind UNSUPPORTED without the service."""
        url = self.urls.get(service)
        if url is None:
            raise faults.missing(self.place, f"{service.name.lower().replace('_', ' ')} service")
        await messages.prepare(service)
        try:
            message = messages.request(service, operation, parameters or {})
        except ValueError as error:
            raise faults.unspeakable(self.place, operation, str(error)) from error
        return await self.send(url, operation, message, anonymous=anonymous, is_void=is_void)

    async def send(
        self,
        url: str,
        operation: str,
        message: Message,
        *,
        anonymous: bool = False,
        is_void: bool = False,
        extra_s: float = 0.0,
    ) -> Node:
        """`extra_s`: how much longer than others the device may take over it."""
        content = f'application/soap+xml; charset=utf-8; action="{message.action}"'
        headers = {"Content-Type": content}

        def signed() -> bytes:
            """Anew for each attempt: a token counts once."""
            if self.user and not anonymous:
                now_us = time.time_ns() // 1000 + (self.clock_offset_us or 0)
                messages.log_in(message, self.user, self._password, now_us)
            return messages.encode(message)

        limit_s = self._timeout_s + extra_s
        try:
            async with asyncio.timeout(limit_s):
                status, answer = await self._exchange(url, signed, headers, can_repeat=not extra_s)
        except TimeoutError as error:
            raise failures.timed_out(self.place, f"answer {operation}", limit_s) from error
        body = self._body(url, operation, status, answer, is_void)
        self._logged_in = self._logged_in or operation not in _OPEN_TO_ALL
        return body

    def _body(self, url: str, operation: str, status: int, answer: bytes, is_void: bool) -> Node:
        root = elements.parse(answer) if answer.strip() else None
        body = root.first("Body") if root is not None and root.name == "Envelope" else None
        fault = faults.read(body) if body is not None else None
        if fault is not None:
            raise faults.refused(
                self.place, operation, fault, self.user, logged_in=self._logged_in
            )
        if status >= 300:
            raise self._failed(url, operation, status)
        if body is not None:
            for child in body.children():
                if is_void or child.name == f"{operation}Response":
                    return child
            if is_void:
                return body
        if is_void and not answer.strip():
            return _NOTHING
        if root is None or root.name != "Envelope":
            raise faults.not_onvif(url, "no SOAP message")
        raise faults.no_answer(self.place, operation)

    def _failed(self, url: str, operation: str, status: int) -> DeviceError:
        if status in (401, 403, 407):
            return faults.not_allowed(self.place, operation, self.user, self._logged_in)
        if status < 400:
            return faults.secure_only(url)
        if status in (404, 405, 410, 501):
            return faults.not_onvif(url, f"HTTP status {status}")
        return faults.busy(url, status)

    # HTTP

    async def picture(self, url: str) -> bytes:
        """A JPEG by GET."""
        try:
            async with asyncio.timeout(self._timeout_s):
                status, data = await self._attempt("GET", url, _MAX_PICTURE_BYTES)
        except aiohttp.ClientError as error:
            raise _foreign(url, error) from error
        except TimeoutError as error:
            raise failures.timed_out(self.place, "send a snapshot", self._timeout_s) from error
        if status != 200:
            raise self._failed(url, "the snapshot", status)
        if not data.startswith(b"\xff\xd8"):
            raise failures.garbage(url, "its snapshot is no JPEG")
        return data

    async def _exchange(
        self,
        url: str,
        data: Callable[[], bytes],
        headers: dict[str, str],
        *,
        can_repeat: bool,
    ) -> tuple[int, bytes]:
        """A connection that the device closed while it was idle is made anew, once."""
        try:
            return await self._attempt("POST", url, _MAX_ANSWER_BYTES, data(), headers)
        except aiohttp.ServerDisconnectedError as error:
            if not can_repeat:
                raise _foreign(url, error) from error
        except aiohttp.ClientError as error:
            raise _foreign(url, error) from error
        try:
            return await self._attempt("POST", url, _MAX_ANSWER_BYTES, data(), headers)
        except aiohttp.ClientError as error:
            raise _foreign(url, error) from error

    async def _attempt(
        self,
        method: str,
        url: str,
        limit_bytes: int,
        data: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        session = self._open(url)
        async with session.request(
            method, url, data=data, headers=headers, allow_redirects=False
        ) as answer:
            offered = answer.headers.get("WWW-Authenticate", "")
            # In clear, so for nobody but the device itself.
            asks = answer.status == 401 and offered.lower().startswith("basic")
            if not (asks and self.user and URL(url).host == self.address.host):
                return answer.status, await _read(answer, url, limit_bytes)
        pair = base64.b64encode(f"{self.user}:{self._password}".encode()).decode()
        basic = (headers or {}) | {"Authorization": f"Basic {pair}"}
        async with session.request(
            method, url, data=data, headers=basic, allow_redirects=False
        ) as answer:
            return answer.status, await _read(answer, url, limit_bytes)

    def _open(self, url: str) -> aiohttp.ClientSession:
        """Raises DeviceError for what is no address."""
        try:
            origin = URL(url).origin()
        except ValueError as error:
            raise faults.not_onvif(failures.without_login(url), "no address") from error
        if origin not in self._sessions:
            if len(self._sessions) >= _MAX_ORIGINS:
                raise faults.not_onvif(self.place, "its services are at too many addresses")
            digest = []
            if self.user and ":" not in self.user:  # RFC 7617 §2: there is no such user name
                digest = [aiohttp.DigestAuthMiddleware(self.user, self._password)]
            self._sessions[origin] = aiohttp.ClientSession(
                # Cameras have self-made certificates: encrypted, but not authenticated.
                connector=aiohttp.TCPConnector(
                    limit=_MAX_CONNECTIONS, keepalive_timeout=_KEEP_ALIVE_S, ssl=False
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),  # every call has its own limit
                middlewares=digest,
            )
        return self._sessions[origin]


async def _read(answer: aiohttp.ClientResponse, url: str, limit_bytes: int) -> bytes:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK_BYTES):
        data += chunk
        if len(data) > limit_bytes:
            raise faults.too_large(url, limit_bytes)
    return bytes(data)


def _foreign(url: str, error: aiohttp.ClientError) -> DeviceError:
    shown = failures.without_login(url)
    if isinstance(error, aiohttp.ClientSSLError):
        return faults.not_onvif(shown, "no TLS")
    if isinstance(error, aiohttp.ClientConnectorError):
        if isinstance(error.os_error, socket.gaierror):
            return failures.unreachable(shown, f"the name {error.host} is not known")
        if isinstance(error.os_error, ConnectionRefusedError):
            return failures.unreachable(shown, "the connection was refused")
        why = error.os_error.strerror or type(error.os_error).__name__
        return failures.unreachable(shown, why.lower())
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return failures.closed(shown)
    return faults.not_onvif(shown, type(error).__name__)
