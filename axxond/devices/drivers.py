"""Drivers by name: the built-in ones, and driver packs.

A pack is a Python distribution with entry points of the group `axxond.drivers`: the name is what a
device's `driver` property holds, the object a class without arguments that is a
`axxond.devices.port.Driver`.  A built-in name is never overridden by a pack.
"""

from __future__ import annotations

import logging
from importlib import metadata

from axxond.devices.control import ControlSettings
from axxond.devices.libav import LibavDriver
from axxond.devices.port import DeviceError, Driver, Sink, Source, StreamSettings
from axxond.devices.rtsp.client import RtspDriver
from axxond.devices.web.mjpeg import MjpegDriver
from protocol.types import FailureKind

log = logging.getLogger(__name__)

GROUP = "axxond.drivers"
_RTSP = ("rtsp://", "rtsps://")
_HTTP = ("http://", "https://")


class AutoDriver:
    """By the address our client for RTSP or for pictures over HTTP; libav for what they do not
    speak and for all other addresses."""

    name = "auto"

    def source(self, settings: StreamSettings) -> Source:
        url = settings.url.lower()
        if url.startswith(_RTSP):
            return _AutoSource(RtspDriver(), settings)
        if url.startswith(_HTTP):
            return _AutoSource(MjpegDriver(), settings)
        return LibavDriver().source(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class _AutoSource:
    def __init__(self, first: Driver, settings: StreamSettings) -> None:
        self._first = first
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        try:
            await self._first.source(self._settings).run(sink)
        except DeviceError as error:
            if error.kind is not FailureKind.UNSUPPORTED:
                raise
        await LibavDriver().source(self._settings).run(sink)


_BUILT_IN: dict[str, type[Driver]] = {
    "auto": AutoDriver,
    "rtsp": RtspDriver,
    "mjpeg": MjpegDriver,
    "libav": LibavDriver,
}


def driver(name: str) -> Driver:
    """Raises DeviceError UNSUPPORTED for a name that nothing here provides."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    for entry in metadata.entry_points(group=GROUP, name=name):
        return _from_pack(entry)
    text = f'There is no driver "{name}" here: install its driver pack, or choose another.'
    raise DeviceError(FailureKind.UNSUPPORTED, text)


def _from_pack(entry: metadata.EntryPoint) -> Driver:
    try:
        made: Driver = entry.load()()
    except Exception as error:  # the edge: a pack is code that we did not write
        log.exception("the driver pack of %s failed", entry.value)
        text = f'The driver "{entry.name}" cannot be loaded ({type(error).__name__}); see the log.'
        raise DeviceError(FailureKind.INTERNAL, text) from error
    return made
