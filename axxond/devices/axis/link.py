"""One log-in to one Axis device: VAPIX requests over HTTP, on the event loop."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import AbstractAsyncContextManager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import aiohttp

from axxond.base.units import SECOND_US
from axxond.devices.axis import params
from axxond.devices.axis.address import Address
from axxond.devices.axis.params import Params
from axxond.devices.discovery.addresses import clean
from axxond.devices.port import DeviceError
from axxond.devices.web.client import Answer, WebClient
from protocol.types import FailureKind

T = TypeVar("T")

_CGI = "/axis-cgi/"
_MAX_TEXT_BYTES = 1 << 20  # the whole parameter list of a large device has 200 KiB
# VAPIX tells in the text that a request failed: "Error: …", "# Error: …".
_ERROR = ("error:", "# error:", "# request failed:")
_RTSP_PORT = 554


class Link:
    """Every call raises DeviceError.  `place`: the device's name in messages for a person."""

    def __init__(self, address: Address, user: str, password: str, timeout_s: float) -> None:
        self.address = address
        self.place = address.web
        self._web = WebClient(address.web, user, password, timeout_s)

    async def close(self) -> None:
        await self._web.close()

    async def text(self, script: str, query: Mapping[str, str] | None = None) -> str:
        """What a script under /axis-cgi/ answers.  Raises UNSUPPORTED when it says it failed."""
        answer = await self.ask(script, query)
        text = answer.body[:_MAX_TEXT_BYTES].decode("utf-8", "replace")
        if text.lstrip().lower().startswith(_ERROR):
            raise self.failed(script, clean(text))
        return text

    async def ask(self, script: str, query: Mapping[str, str] | None = None) -> Answer:
        return await self._call(script, self._web.ask(self._web.at(_CGI + script, query)))

    async def json(self, script: str, method: str, parameters: Mapping[str, Any]) -> None:
        """A call of VAPIX's JSON interfaces; they answer 200 whatever happened."""
        asked = {"apiVersion": "1.0", "method": method, "params": dict(parameters)}
        url, data = self._web.at(_CGI + script), json.dumps(asked).encode()
        body = await self._call(
            script, self._web.read(url, data, {"Content-Type": "application/json"})
        )
        try:
            told = json.loads(body)
        except ValueError as error:
            raise self.failed(script, "its answer is not JSON") from error
        if not isinstance(told, dict) or "error" in told:
            raise self.failed(script, clean(str(told)))

    async def soap(self, path: str, action: str, body: str) -> bytes:
        headers = {"Content-Type": f'application/soap+xml; action="{action}"'}
        return await self._call(path, self._web.read(self._web.at(path), body.encode(), headers))

    def post(
        self,
        script: str,
        query: Mapping[str, str],
        data: AsyncIterator[bytes],
        headers: Mapping[str, str],
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """A request whose body goes on."""
        return self._web.open(self._web.at(_CGI + script, query), "POST", data, headers)

    async def params(self, *groups: str) -> Params:
        """Groups that the device has not are left out."""
        query = {"action": "list", "group": ",".join(f"root.{group}" for group in groups)}
        answer = await self.ask("param.cgi", query)
        return params.parse(answer.body[:_MAX_TEXT_BYTES].decode("utf-8", "replace"))

    async def update(self, values: Mapping[str, str]) -> None:
        text = await self.text("param.cgi", {"action": "update", **values})
        if not text.strip().upper().startswith("OK"):
            raise self.failed("param.cgi", clean(text))

    async def clock_offset_us(self) -> int | None:
        """Its clock minus ours, to a second, from the Date of an answer (RFC 9110 §6.6.1)."""
        answer = await self.ask("param.cgi", {"action": "list", "group": "root.Brand"})
        now_us = time.time_ns() // 1000
        try:
            told = parsedate_to_datetime(answer.headers.get("date", ""))
        except ValueError:
            return None
        # Seconds are cut off: half of one more is the likeliest.
        return round(told.timestamp() * SECOND_US) + SECOND_US // 2 - now_us

    async def rtsp_port(self) -> int:
        told = (await self.params("Network.RTSP")).integer("Network.RTSP.Port")
        return told if told and 0 < told < 65536 else _RTSP_PORT

    def failed(self, what: str, why: str) -> DeviceError:
        return DeviceError(FailureKind.UNSUPPORTED, f"{self.place} refuses {what}: {why}.")

    async def _call(self, what: str, call: Awaitable[T]) -> T:
        """A script that is not there is a thing the device cannot do, not a wrong address."""
        try:
            return await call
        except DeviceError as error:
            if error.kind is FailureKind.NOT_VIDEO:
                raise self.failed(what, str(error)) from error
            raise
