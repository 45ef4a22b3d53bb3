"""The emulated camera in WS-Discovery: says hello, and answers probes."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import uuid

from axxond.devices.discovery import wsd
from tests.fakes.onvif.model import Camera

_ANY = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous"


class Announcer(asyncio.DatagramProtocol):
    """`url` is the address of the device service.  `garbage`: sent before each answer."""

    def __init__(self, camera: Camera, url: str, garbage: bytes = b"") -> None:
        self._camera = camera
        self._url = url
        self._garbage = garbage
        self._transport: asyncio.DatagramTransport | None = None

    async def start(self, interface: str = "127.0.0.1") -> None:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(("", wsd.PORT))
        made.setblocking(False)
        member = struct.pack("4s4s", socket.inet_aton(wsd.GROUP), socket.inet_aton(interface))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=made)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def hello(self) -> None:
        assert self._transport is not None
        self._transport.sendto(self._message("Hello", ""), (wsd.GROUP, wsd.PORT))

    def datagram_received(self, data: bytes, addr: tuple[object, ...]) -> None:
        asked = re.search(rb"MessageID>\s*([^<\s]+)", data)
        if b"discovery/Probe<" not in data or asked is None or self._transport is None:
            return
        if self._garbage:
            self._transport.sendto(self._garbage, addr)
        self._transport.sendto(self._message("ProbeMatches", asked[1].decode()), addr)

    def _message(self, action: str, relates_to: str) -> bytes:
        camera = self._camera
        scopes = " ".join(
            f"onvif://www.onvif.org/{scope}"
            for scope in (
                "type/video_encoder",
                "Profile/Streaming",
                f"name/{camera.model.replace(' ', '%20')}",
                f"hardware/{camera.model.replace(' ', '%20')}",
                f"MAC/{camera.mac}",
            )
        )
        match = (
            f"<a:EndpointReference><a:Address>{camera.identity}</a:Address></a:EndpointReference>"
            f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{scopes}</d:Scopes>"
            f"<d:XAddrs>{self._url}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
        )
        body = f"<d:{action}>{match}</d:{action}>"
        if action == "ProbeMatches":
            body = f"<d:ProbeMatches><d:ProbeMatch>{match}</d:ProbeMatch></d:ProbeMatches>"
        relates = f"<a:RelatesTo>{relates_to}</a:RelatesTo>" if relates_to else ""
        return (
            '<?xml version="1.0"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
            ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
            ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
            ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
            f"<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/{action}</a:Action>"
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>{relates}"
            f"<a:To>{_ANY}</a:To></s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()
