"""A driver pack to begin with: a door station that speaks HTTP.

    GET /info            {"maker", "model", "firmware", "serial", "stream"}
    GET /state?after=N   waits for a state younger than N: {"number", "bell", "lock"}
    POST /lock           {"open": true}

`sample://host:port` is its address.  See docs/driver-packs.md.
"""

from __future__ import annotations

import base64
import time
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from attrs import evolve

from axxond.devices import control, failures
from axxond.devices.control import (
    ControlSettings,
    Description,
    DeviceEvent,
    EventSink,
    IoPort,
    StreamInfo,
    StreamSetup,
)
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from axxond.devices.rtsp.client import RtspSource
from protocol.types import Capability, Codec, DeviceEventKind, FailureKind

_MAX_ANSWER_BYTES = 64 << 10
_BELL, _LOCK = "bell", "lock"
_WAIT_S = 20.0  # how long the device holds a request for its state


class SampleDriver:
    """What the entry point names."""

    name = "sample"

    def source(self, settings: StreamSettings) -> Source:
        return _SampleSource(settings)

    def control(self, settings: ControlSettings) -> control.Control:
        return SampleControl(settings)


class _SampleSource:
    """Asks the device for its RTSP address; our RTSP client does the rest."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        given = self._settings
        link = _Link(given.url, given.user, given.password, given.connect_timeout_s)
        try:
            told = await link.ask("GET", "/info")
        finally:
            await link.close()
        await RtspSource(evolve(given, url=str(told.get("stream", "")))).run(sink)


class SampleControl:
    """`axxond.devices.control.Control`.  Facets that this device does not have are None."""

    ptz: control.Ptz | None = None
    lens: control.Lens | None = None
    streams: control.StreamSetter | None = None
    clock: control.DeviceClock | None = None
    talk: control.Talk | None = None

    def __init__(self, settings: ControlSettings) -> None:
        self.outputs: control.Outputs | None = self
        self._link = _Link(settings.url, settings.user, settings.password, settings.timeout_s)
        self._url = settings.url

    async def describe(self) -> Description:
        told = await self._link.ask("GET", "/info")
        return Description(
            *(str(told.get(name, "")) for name in ("maker", "model", "firmware", "serial")),
            frozenset((Capability.EVENTS, Capability.INPUTS, Capability.OUTPUTS)),
            (StreamInfo("1", "Door", "1", self._url, StreamSetup(Codec.H264)),),
            (IoPort(_BELL, "Bell"),),
            (IoPort(_LOCK, "Lock"),),
        )

    async def set_output(self, token: str, active: bool) -> None:
        if token != _LOCK:
            raise DeviceError(FailureKind.UNSUPPORTED, f"The door station has no output {token}.")
        await self._link.ask("POST", "/lock", {"open": active})

    async def events(self, sink: EventSink) -> None:
        told = await self._link.ask("GET", "/state?after=-1")
        sink.subscribed(True)
        try:
            self._tell(sink, told, initial=True)
            while True:
                number = told.get("number", 0)
                told = await self._link.ask("GET", f"/state?after={number}", extra_s=_WAIT_S)
                self._tell(sink, told, initial=False)
        finally:
            sink.subscribed(False)

    def _tell(self, sink: EventSink, told: dict[str, Any], *, initial: bool) -> None:
        now_us = time.time_ns() // 1000
        kinds = ((DeviceEventKind.INPUT, _BELL), (DeviceEventKind.OUTPUT, _LOCK))
        for kind, token in kinds:
            active = told.get(token) is True
            sink.device_event(DeviceEvent(kind, token, active, now_us, initial=initial))

    async def snapshot(self, channel: str) -> bytes:
        raise DeviceError(FailureKind.UNSUPPORTED, "The door station has no snapshots.")

    async def close(self) -> None:
        await self._link.close()


class _Link:
    """The I/O: every answer bounded, every failure a DeviceError."""

    def __init__(self, url: str, user: str, password: str, timeout_s: float) -> None:
        try:
            self._base = f"http://{urlsplit(url).netloc.rpartition('@')[2]}"
        except ValueError as error:
            raise failures.bad_address(failures.without_login(url)) from error
        self._user, self._password = user, password
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, extra_s: float = 0.0
    ) -> dict[str, Any]:
        limit_s = self._timeout_s + extra_s
        try:
            async with self._open().request(
                method,
                self._base + path,
                json=body,
                timeout=aiohttp.ClientTimeout(total=limit_s),
            ) as answer:
                if answer.status == 401:
                    raise failures.login(self._base, self._user)
                if answer.status != 200:
                    raise failures.closed(self._base, f"HTTP status {answer.status}")
                if (answer.content_length or 0) > _MAX_ANSWER_BYTES:
                    raise failures.garbage(self._base, "an answer that is too long")
                told = await answer.json()
        except TimeoutError as error:
            raise failures.timed_out(self._base, "answer", limit_s) from error
        except aiohttp.ClientConnectorError as error:
            raise failures.unreachable(self._base, str(error.os_error)) from error
        except aiohttp.ClientConnectionError as error:
            raise failures.closed(self._base) from error
        except (aiohttp.ClientError, ValueError) as error:
            raise failures.garbage(self._base, type(error).__name__) from error
        if not isinstance(told, dict):
            raise failures.garbage(self._base, "no object")
        return told

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            pair = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            headers = {"Authorization": f"Basic {pair}"} if self._user else {}
            self._session = aiohttp.ClientSession(headers=headers)
        return self._session
