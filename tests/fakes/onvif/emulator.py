"""The emulated camera on the network: SOAP and snapshots by HTTP, streams by the demo server."""

from __future__ import annotations

import asyncio
import base64
import functools
import inspect
import re
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiohttp import web
from lxml import etree

from axxond.devices.demo.server import CameraServer
from axxond.devices.demo.track import Track
from axxond.devices.elements import Node
from protocol.types import Codec
from tests.fakes import coded
from tests.fakes.onvif import (
    device,
    events,
    imaging,
    login,
    media1,
    media2,
    ports,
    ptz,
    rtsp,
    schemas,
)
from tests.fakes.onvif.model import Camera, FaultError

_ENV = "http://www.w3.org/2003/05/soap-envelope"
_ERRORS = "http://www.onvif.org/ver10/error"


@functools.cache
def _snapshot() -> bytes:
    """A JPEG of a slope from dark to light."""
    slope = np.tile(np.linspace(16, 235, 640, dtype=np.uint8), (360, 1))
    return bytes(coded.packets([(0, slope)], Codec.MJPEG)[0].data)


class Emulator:
    """`port` is known once it serves.  Whatever is not as ONVIF's schemas have it, asked or
    answered, stands in `camera.violations`."""

    def __init__(
        self,
        camera: Camera | None = None,
        played: Sequence[Track] = (),
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`played`: what its streams show; without, their addresses lead nowhere."""
        self._tls = tls
        self.camera = camera if camera is not None else Camera()
        self.host = host
        self.port = 0
        self.stream = ""  # the address of all its streams, when it is another's
        self._played = played
        self._rtsp: CameraServer | None = None
        self.events: events.Events
        self._services: dict[str, tuple[Any, str]] = {}
        self._nonces: set[str] = set()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"onvif{'s' if self._tls else ''}://{self.host}:{self.port}"

    @property
    def service(self) -> str:
        return f"http://{self.host}:{self.port}/onvif/device_service"

    async def start(self, port: int = 0) -> None:
        app = web.Application()
        app.router.add_post("/onvif/{service}", self._post)
        app.router.add_get("/snapshot.jpg", self._snapshot)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, port, ssl_context=self._tls)
        await site.start()
        self.port = self._runner.addresses[0][1]
        self._snapshot_port = self.port
        if self.camera.own_snapshot_port:
            await web.TCPSite(self._runner, self.host, 0).start()
            self._snapshot_port = self._runner.addresses[1][1]
        if self._played:
            self._rtsp = await rtsp.serve(self.camera, self._played)
        self.build()

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        if self._rtsp is not None:
            await self._rtsp.close()
            self._rtsp = None

    def build(self) -> None:
        """Anew after a change of what the camera has or of the addresses that it tells."""
        camera = self.camera
        told = camera.faults.wrong_host or f"{self.host}:{self.port}"
        base = f"http{'s' if self._tls else ''}://{told}/onvif"
        place = told if self._rtsp is None else f"{self.host}:{self._rtsp.port}"
        if camera.faults.wrong_host and self._rtsp is not None:
            place = f"{camera.faults.wrong_host}:{self._rtsp.port}"
        streams = {token: self.stream or f"rtsp://{place}/{token}" for token in camera.encoders}
        snapshot = f"http://{self.host}:{self._snapshot_port}/snapshot.jpg"
        first = media1.Media1(camera, streams, snapshot)
        self.events = events.Events(camera, f"{base}/events")
        found: dict[str, tuple[Any, str]] = {
            media1.NAMESPACE: (first, media1.BINDING),
            imaging.NAMESPACE: (imaging.Imaging(camera), imaging.BINDING),
            ports.NAMESPACE: (ports.Ports(camera), ports.BINDING),
        }
        if camera.has_media2:
            made = media2.Media2(camera, first, streams, snapshot)
            found[media2.NAMESPACE] = (made, "")
        if camera.has_ptz:
            found[ptz.NAMESPACE] = (ptz.Ptz(camera), ptz.BINDING)
        if camera.has_events:
            found[events.NAMESPACE] = (self.events, "")
        urls = {device.NAMESPACE: f"{base}/device_service"}
        urls |= {namespace: f"{base}/{namespace.split('/')[-2]}" for namespace in found}
        urls[media2.NAMESPACE] = f"{base}/media2"
        if not camera.has_media2:
            del urls[media2.NAMESPACE]
        found[device.NAMESPACE] = (device.Device(camera, urls), device.BINDING)
        found[events.WSN] = (self.events, "")
        self._services = found

    # HTTP

    async def _post(self, request: web.Request) -> web.Response:
        if self.camera.http_digest:
            guard = login.http(self.camera)
            if not guard.accepts("POST", request.headers.get("Authorization", "")):
                return web.Response(status=401, headers={"WWW-Authenticate": guard.challenge})
        data = await request.read()
        try:
            operation, answer = await self._answered(data)
        except ConnectionResetError:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        except FaultError as fault:
            return _reply(_fault(fault), 400 if fault.sender else 500)
        if isinstance(answer, web.Response):
            return answer
        if answer is not None and (wrong := schemas.complaint(answer)):
            self.camera.violations.append(f"answer to {operation}: {wrong}")
        return _reply(answer, 200)

    async def _snapshot(self, request: web.Request) -> web.Response:
        if self.camera.basic_snapshots:
            pair = f"{self.camera.user}:{self.camera.password}".encode()
            if request.headers.get("Authorization") != f"Basic {base64.b64encode(pair).decode()}":
                return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
            return web.Response(body=_snapshot(), content_type="image/jpeg")
        guard = login.http(self.camera)
        if not guard.accepts("GET", request.headers.get("Authorization", "")):
            return web.Response(status=401, headers={"WWW-Authenticate": guard.challenge})
        return web.Response(body=_snapshot(), content_type="image/jpeg")

    # SOAP

    async def _answered(self, data: bytes) -> tuple[str, Any]:
        root = etree.fromstring(data)
        envelope = Node(root)
        body, header = envelope.first("Body"), envelope.first("Header")
        if root.tag != f"{{{_ENV}}}Envelope" or body is None:
            raise FaultError("No SOAP 1.2 envelope", "WellFormed")
        called = next(body.children())
        operation, namespace = called.name, etree.QName(called.element).namespace
        self.camera.calls.append(operation)
        self._check(called, namespace)
        if namespace in (events.NAMESPACE, events.WSN):
            self._check_addressing(operation, header)
        if operation not in login.ANONYMOUS and not self.camera.http_digest:
            login.check_token(self.camera, header, self._nonces)
        await asyncio.sleep(self.camera.faults.delay_s.get(operation, 0.0))
        if (injected := self._injected(operation)) is not None:
            return operation, injected
        return operation, await self._call(operation, namespace, called, header)

    def _check(self, called: Node, namespace: str) -> None:
        if namespace not in self._services:
            raise FaultError("No such service", "ActionNotSupported", sender=False)
        if wrong := schemas.complaint(called.element):
            self.camera.violations.append(wrong)
            raise FaultError(wrong, "InvalidArgVal")

    def _check_addressing(self, operation: str, header: Node | None) -> None:
        """WS-Addressing 1.0 Core §3.2: each property once, and as meant."""
        told = {name: header.all(name) for name in ("To", "Action", "MessageID")} if header else {}
        wrong = [name for name, found in told.items() if len(found) != 1]
        if not told or wrong:
            self.camera.violations.append(f"{operation}: WS-Addressing headers {wrong or told}")
            raise FaultError("Invalid addressing headers", "InvalidAddressingHeader")
        if not told["Action"][0].text().endswith(f"{operation}Request"):
            self.camera.violations.append(f"{operation}: action {told['Action'][0].text()}")

    def _injected(self, operation: str) -> web.Response | None:
        faults = self.camera.faults
        if operation in faults.hang_ups:
            faults.hang_ups.discard(operation)
            raise ConnectionResetError("hung up")
        if operation in faults.raw:
            return web.Response(body=faults.raw[operation])
        wanted = faults.answers.get(operation)
        if isinstance(wanted, int):
            return web.Response(status=wanted)
        if wanted is not None:
            raise FaultError("Injected", wanted)
        return None

    async def _call(
        self, operation: str, namespace: str, called: Node, header: Node | None
    ) -> etree._Element:
        service, binding = self._services[namespace]
        if "Relay" in operation:
            if namespace == device.NAMESPACE and not self.camera.relays_in_device:
                raise FaultError("No relays here", "ActionNotSupported", sender=False)
            service = self._services[device.NAMESPACE][0]
        handler: Callable[..., Any] | None = getattr(service, _snake(operation), None)
        if handler is None:
            raise FaultError(f"No {operation}", "ActionNotSupported", sender=False)
        takes_header = "header" in inspect.signature(handler).parameters
        made = handler(called, header) if takes_header else handler(called)
        if inspect.isawaitable(made):
            made = await made
        if operation == "SetRelayOutputState":
            self.events.set_relay(called.text("RelayOutputToken"))
        if isinstance(made, dict):
            return schemas.answer(namespace, binding, operation, made)
        return made


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _reply(content: etree._Element | None, status: int) -> web.Response:
    envelope = etree.Element(f"{{{_ENV}}}Envelope", nsmap={"s": _ENV})
    body = etree.SubElement(envelope, f"{{{_ENV}}}Body")
    if content is not None:
        body.append(content)
    return web.Response(
        body=etree.tostring(envelope), status=status, content_type="application/soap+xml"
    )


def _fault(fault: FaultError) -> etree._Element:
    inner = ""
    for name in reversed(fault.subcodes):
        inner = f"<s:Subcode><s:Value>e:{name}</s:Value>{inner}</s:Subcode>"
    code = "Sender" if fault.sender else "Receiver"
    text = etree.Element("x")
    text.text = fault.reason
    reason = etree.tostring(text, encoding="unicode")[3:-4]
    return schemas.parse(
        f'<s:Fault xmlns:s="{_ENV}" xmlns:e="{_ERRORS}"><s:Code><s:Value>s:{code}</s:Value>{inner}'
        f'</s:Code><s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason></s:Fault>'
    )


@asynccontextmanager
async def emulated(
    camera: Camera | None = None, played: Sequence[Track] = ()
) -> AsyncIterator[Emulator]:
    """A camera on loopback; anything against the schemas fails whoever used it."""
    made = Emulator(camera, played)
    await made.start()
    try:
        yield made
    finally:
        await made.close()
    assert made.camera.violations == []
