"""Detectors that are tried out on live pictures, for the server.  On the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axxond.analytics.kinds import check, is_of_sound
from axxond.analytics.port import DetectorSettings
from axxond.analytics.preview import Glimpse
from axxond.analytics.watching import Change, Trying
from axxond.app.runtime import Runtime
from axxond.base.errors import ConfigError
from axxond.config.objects import ConfigObject
from axxond.config.plan import checked_properties
from axxond.config.tree import ConfigTree
from axxond.stream.pool import DecodedStream
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import ObjectKind, StreamRole

# Each decodes a stream a second time: for whoever sets up detectors, not for watching.
MAX_PREVIEWS = 4
_TRACKER = "tracker"


class RunningPreview:
    """`ports.Preview`."""

    def __init__(
        self,
        draft: Callable[[dict[str, Any]], list[DetectorSettings]],
        stream: DecodedStream[Glimpse],
        on_close: Callable[[RunningPreview], None],
    ) -> None:
        self._draft = draft
        self._stream = stream
        self._on_close = on_close

    def change(self, properties: dict[str, Any]) -> None:
        self._stream.tell(Change(self._draft(properties)))

    async def close(self) -> None:
        self._on_close(self)
        await self._stream.close()


class Previews:
    """`ports.Previews`."""

    def __init__(self, tree: ConfigTree, runtime: Runtime) -> None:
        self._tree = tree
        self._runtime = runtime
        self._running: set[RunningPreview] = set()

    def open(
        self, camera: str, properties: dict[str, Any], listener: Callable[[Glimpse], None]
    ) -> RunningPreview:
        found = self._tree.find(camera)
        if found is None or found.kind is not ObjectKind.CAMERA:
            raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such camera", camera)
        if not self._runtime.with_analytics:
            text = "the detectors are still being prepared: try again in a minute"
            raise ProtocolError(ErrorCode.UNAVAILABLE, text, camera)
        if len(self._running) >= MAX_PREVIEWS:
            text = f"{MAX_PREVIEWS} previews of detectors are open already: close one"
            raise ProtocolError(ErrorCode.LIMIT, text, camera)

        def draft(given: dict[str, Any]) -> list[DetectorSettings]:
            return self._draft(found, given)

        recipe = Trying(draft(properties))
        role = StreamRole(properties.get("stream", StreamRole.LOW))
        hub = self._runtime.hub(camera, role)
        if hub is None:
            raise ProtocolError(ErrorCode.UNAVAILABLE, "the camera is switched off", camera)
        stream = self._runtime.pool.open(hub, recipe, listener, f"preview {camera}")
        made = RunningPreview(draft, stream, self._running.discard)
        self._running.add(made)
        return made

    def _draft(self, camera: ConfigObject, given: dict[str, Any]) -> list[DetectorSettings]:
        """The detector with its camera's tracker.  Raises ConfigError."""
        properties = checked_properties(ObjectKind.DETECTOR, given)
        if is_of_sound(properties["type"]):
            text = "a detector of sound has nothing to show on the picture"
            raise ConfigError(text, camera.id, "type")
        made = [DetectorSettings("preview", properties["type"], properties)]
        if properties["type"] != _TRACKER:
            made += [
                DetectorSettings(one.id, _TRACKER, dict(one.properties))
                for one in self._tree.children(camera.id, ObjectKind.DETECTOR)
                if one["type"] == _TRACKER and one["enabled"]
            ]
        for one in made:
            check(one)
        return made
