"""Previews of detectors that see what a test tells them to see."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from attrs import define, field

from axxond.analytics.preview import Glimpse
from axxond.base.errors import ConfigError
from protocol.errors import ErrorCode, ProtocolError


@define
class FakePreview:
    camera: str
    properties: list[dict[str, Any]]
    tell: Callable[[Glimpse], None]
    closed: asyncio.Event = field(factory=asyncio.Event)

    def change(self, properties: dict[str, Any]) -> None:
        _check(properties)
        self.properties.append(properties)

    async def close(self) -> None:
        self.closed.set()


@define
class FakePreviews:
    """`type` "wrong" is refused; the only camera is "cam1"."""

    opened: list[FakePreview] = field(factory=list)

    def open(
        self, camera: str, properties: dict[str, Any], listener: Callable[[Glimpse], None]
    ) -> FakePreview:
        if camera != "cam1":
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        _check(properties)
        self.opened.append(FakePreview(camera, [properties], listener))
        return self.opened[-1]


def _check(properties: dict[str, Any]) -> None:
    if properties.get("type") == "wrong":
        raise ConfigError("is none of the types", "preview", "type")
