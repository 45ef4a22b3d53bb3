"""VAPIX over HTTP, as far as the driver asks, and no further."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from email.utils import formatdate

import numpy as np
from aiohttp import web
from attrs import frozen
from PIL import Image

from tests.fakes.axis.device import LIMITS, AxisDevice, RefusedError

_CATALOGUE = (
    '<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope"><SOAP-ENV:Body>'
    '<aev:GetEventInstancesResponse xmlns:aev="http://www.axis.com/vapix/ws/event1" '
    'xmlns:wstop="http://docs.oasis-open.org/wsn/t-1" '
    'xmlns:tns1="http://www.onvif.org/ver10/topics"><wstop:TopicSet><tns1:Device><IO>'
    '<Port wstop:topic="true" aev:NiceName="Digital port"/></IO></tns1:Device></wstop:TopicSet>'
    "</aev:GetEventInstancesResponse></SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
_Query = dict[str, str]
_UPDATABLE = re.compile(
    r"(Image\.I0\.(Appearance|Stream|MPEG|RateControl)\.\w+"
    r"|StreamProfile\.S\d+\.Parameters|PTZ\.Preset\.P0\.Position\.P\d+\.Name)"
)


@frozen
class Cgi:
    device: AxisDevice

    def routes(self, app: web.Application) -> None:
        scripts: dict[str, Callable[[_Query], str]] = {
            "param.cgi": self._param,
            "com/ptz.cgi": self._ptz,
            "com/ptzconfig.cgi": self._ptz_config,
            "io/port.cgi": self._port,
            "date.cgi": self._date,
        }
        for name, script in scripts.items():
            app.router.add_get(f"/axis-cgi/{name}", self._handler(name, script))
        app.router.add_get("/axis-cgi/jpg/image.cgi", self._image)
        app.router.add_post("/axis-cgi/time.cgi", self._time)
        app.router.add_post("/axis-cgi/audio/transmit.cgi", self._transmit)
        app.router.add_post("/vapix/services", self._services)

    def _handler(self, name: str, script: Callable[[_Query], str]):
        async def handle(request: web.Request) -> web.Response:
            query = dict(request.query)
            try:
                text = script(query)
            except RefusedError as error:
                text = f"Error:\r\n{error}"
            except (KeyError, ValueError, AssertionError) as error:
                self.device.violations.append(f"{name} {request.query_string}: {error!r}")
                text = "Error: bad request"
            date = formatdate(time.time() + self.device.clock_s, usegmt=True)
            return web.Response(text=text, status=200 if text else 204, headers={"Date": date})

        return handle

    def _param(self, query: _Query) -> str:
        action = query.pop("action")
        params = self.device.params
        if action == "list":
            groups = [group.removeprefix("root.") for group in query.pop("group").split(",")]
            assert not query, "unknown arguments"
            lines = [
                f"root.{name}={value}"
                for name, value in params.items()
                if any(name == group or name.startswith(f"{group}.") for group in groups)
            ]
            missing = [
                f"# Error: Error -1 getting param in group '{group}'"
                for group in groups
                if not any(name.startswith(group) for name in params)
            ]
            return "\n".join([*lines, *missing])
        assert action == "update", action
        for name, value in query.items():
            if name not in params or not _UPDATABLE.fullmatch(name):
                return f"# Error: Error setting 'root.{name}' to '{value}'!"
        params.update(query)
        for name, value in query.items():
            if match := re.fullmatch(r"PTZ\.Preset\.P0\.Position\.P(\d+)\.Name", name):
                self.device.rename(int(match[1]), value)
        return "OK"

    def _ptz(self, query: _Query) -> str:
        device = self.device
        assert query.pop("camera") == "1"
        if "query" in query:
            return self._ptz_query(query["query"])
        for name in [name for name in ("pan", "tilt", "zoom") if name in query]:
            device.put(name, float(query.pop(name)))
        if "continuouspantiltmove" in query:
            pan, tilt = (_speed(word) for word in query.pop("continuouspantiltmove").split(","))
            device.speeds |= {"pan": pan, "tilt": tilt}
        for name in [
            name for name in query if re.fullmatch(r"continuous(zoom|focus|iris)move", name)
        ]:
            device.speeds[name[10:-4]] = _speed(query.pop(name))
        for name in [name for name in query if name in ("autofocus", "autoiris")]:
            assert query[name] in ("on", "off")
            device.automatic[name] = query.pop(name)
        if "areazoom" in query:
            x, y, z = (int(word) for word in query.pop("areazoom").split(","))
            width, height = int(query.pop("imagewidth")), int(query.pop("imageheight"))
            device.put("pan", device.place["pan"] + 60 * (x / width - 0.5))
            device.put("tilt", device.place["tilt"] - 34 * (y / height - 0.5))
            device.put("zoom", device.place["zoom"] * z / 100)
        if "gotoserverpresetno" in query:
            number = query.pop("gotoserverpresetno")
            device.go(int(number) if number.isdigit() else -1)
        if query.pop("move", "") == "home":
            device.go(-1 if device.home is None else device.home)
        assert not query, f"unknown arguments {query}"
        return ""

    def _ptz_query(self, what: str) -> str:
        device = self.device
        if what == "limits":
            return "\n".join(
                f"{end}{axis.capitalize()}={value:g}"
                for axis, limits in LIMITS.items()
                for end, value in zip(("Min", "Max"), limits, strict=True)
            )
        if what == "position":
            place = "\n".join(f"{axis}={value:.2f}" for axis, value in device.place.items())
            return f"{place}\niris=5000\nautofocus=on"
        assert what == "presetposcam", what
        lines = [f"presetposno{number}={name}" for number, (name, _) in device.presets.items()]
        return "\n".join(["Preset Positions for camera 1", *lines])

    def _ptz_config(self, query: _Query) -> str:
        device = self.device
        assert query.pop("camera") == "1"
        if "setserverpresetname" in query:
            number = device.keep_place(query.pop("setserverpresetname"))
            if query.pop("home", "no") == "yes":
                device.home = number
        if "setserverpresetno" in query:
            number = int(query.pop("setserverpresetno"))
            device.rename(number, device.presets[number][0])
            device.presets[number] = (device.presets[number][0], dict(device.place))
        if "removeserverpresetno" in query:
            device.forget(int(query.pop("removeserverpresetno")))
        assert not query, f"unknown arguments {query}"
        return ""

    def _port(self, query: _Query) -> str:
        device = self.device
        if "checkactive" in query:
            numbers = [int(word) for word in query["checkactive"].split(",")]
            words = {True: "active", False: "inactive"}
            return "\n".join(f"port{n}={words[device.ports[n - 1]]}" for n in numbers)
        match = re.fullmatch(r"(\d+):([/\\])", query["action"])
        assert match is not None, query["action"]
        number = int(match[1]) - 1
        assert device.params[f"IOPort.I{number}.Direction"] == "output"
        device.set_port(number, match[2] == "/")
        return ""

    def _date(self, query: _Query) -> str:
        assert query.pop("action") == "set"
        assert query.pop("timezone") == "GMT0"
        parts = [int(query[name]) for name in ("year", "month", "day", "hour", "minute", "second")]
        moment = time.strptime("{} {} {} {} {} {} UTC".format(*parts), "%Y %m %d %H %M %S %Z")
        self._set_clock(moment)
        return "OK"

    def _set_clock(self, moment: time.struct_time) -> None:
        import calendar

        self.device.clock_s = calendar.timegm(moment) - time.time()

    async def _time(self, request: web.Request) -> web.Response:
        if not self.device.has_time_api:
            raise web.HTTPNotFound
        asked = json.loads(await request.text())
        if asked.get("apiVersion") != "1.0" or asked.get("method") != "setDateTime":
            self.device.violations.append(f"time.cgi {asked}")
            return web.json_response({"error": {"code": 2103, "message": "Invalid method"}})
        self._set_clock(time.strptime(asked["params"]["dateTime"], "%Y-%m-%dT%H:%M:%SZ"))
        return web.json_response({"apiVersion": "1.0", "data": {}})

    async def _image(self, request: web.Request) -> web.Response:
        assert request.query["camera"] == "1"
        out = io.BytesIO()
        Image.fromarray(np.full((36, 64, 3), 90, np.uint8)).save(out, "JPEG")
        return web.Response(body=out.getvalue(), content_type="image/jpeg")

    async def _transmit(self, request: web.Request) -> web.Response:
        if request.content_type != "audio/basic":
            raise web.HTTPUnsupportedMediaType
        async for data in request.content.iter_any():
            self.device.spoken += data
        return web.Response()

    async def _services(self, request: web.Request) -> web.Response:
        text = await request.text()
        assert "GetEventInstances" in text
        return web.Response(text=_CATALOGUE, content_type="application/soap+xml")


def _speed(word: str) -> int:
    value = int(word)
    assert -100 <= value <= 100
    return value
