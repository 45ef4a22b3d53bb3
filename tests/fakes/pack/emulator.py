"""The door station that the sample pack drives."""

from __future__ import annotations

import asyncio
import base64
import contextlib

from aiohttp import web

_WAIT_S = 15.0


class DoorStation:
    def __init__(self) -> None:
        self.url = ""
        self.lock = False
        self._bell = False
        self._number = 0
        self._changed = asyncio.Event()
        self._login = f"Basic {base64.b64encode(b'admin:secret').decode()}"
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/info", self._info)
        app.router.add_get("/state", self._state)
        app.router.add_post("/lock", self._set_lock)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"sample://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def ring(self, active: bool) -> None:
        self._bell = active
        self._change()

    def _change(self) -> None:
        self._number += 1
        self._changed.set()
        self._changed = asyncio.Event()

    def _check(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != self._login:
            raise web.HTTPUnauthorized

    async def _info(self, request: web.Request) -> web.Response:
        self._check(request)
        about = {"maker": "Sample", "model": "Door", "firmware": "1", "serial": "7"}
        return web.json_response(about | {"stream": "rtsp://127.0.0.1:1/none"})

    async def _state(self, request: web.Request) -> web.Response:
        self._check(request)
        if int(request.query["after"]) >= self._number:
            changed = self._changed
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _WAIT_S)
        state = {"number": self._number, "bell": self._bell, "lock": self.lock}
        return web.json_response(state)

    async def _set_lock(self, request: web.Request) -> web.Response:
        self._check(request)
        self.lock = (await request.json())["open"]
        self._change()
        return web.json_response({})
