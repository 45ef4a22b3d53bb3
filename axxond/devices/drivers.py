"""Drivers by name: the built-in ones, and driver packs.

A pack is a Python distribution with entry points of the group `axxond.drivers`: the name is what a
device's `driver` property holds, the object a class without arguments that is a
`axxond.devices.port.Driver`.  A built-in name is never overridden by a pack.
"""

from __future__ import annotations

import logging
from importlib import metadata

from axxond.devices.address import file_of
from axxond.devices.axis.driver import AxisDriver
from axxond.devices.capture.driver import CaptureDriver
from axxond.devices.control import Control, ControlSettings
from axxond.devices.file import FileDriver
from axxond.devices.libav import LibavDriver
from axxond.devices.onvif.driver import OnvifDriver
from axxond.devices.port import DeviceError, Driver, Sink, Source, StreamSettings
from axxond.devices.rtsp.client import RtspDriver
from axxond.devices.web.mjpeg import MjpegDriver
from axxond.devices.web.mxpeg import MxpegDriver
from protocol.types import FailureKind

log = logging.getLogger(__name__)

GROUP = "axxond.drivers"
_RTSP = ("rtsp://", "rtsps://")
_CAPTURE = "capture:"
_HTTP = ("http://", "https://")
_ONVIF = ("onvif://", "onvifs://")
_AXIS = "axis://"


class AutoDriver:
    """By the address our client for ONVIF, Axis, RTSP, for pictures over HTTP, or the file on the
    server; libav for what they do not speak and for all other addresses."""

    name = "auto"

    def source(self, settings: StreamSettings) -> Source:
        url = settings.url.lower()
        if (named := _named(url)) is not None:
            return named.source(settings)
        if url.startswith(_RTSP):
            return _AutoSource(RtspDriver(), settings)
        if url.startswith(_HTTP):
            first = MxpegDriver() if "mxpeg" in url else MjpegDriver()
            return _AutoSource(first, settings)
        if file_of(settings.url) is not None:
            return FileDriver().source(settings)
        if url.startswith(_CAPTURE):
            return CaptureDriver().source(settings)
        return LibavDriver().source(settings)

    def control(self, settings: ControlSettings) -> Control | None:
        """None where a stream is all there is."""
        named = _named(settings.url.lower())
        return None if named is None else named.control(settings)


def _named(url: str) -> Driver | None:
    """The driver whose name is the address's scheme."""
    if url.startswith(_ONVIF):
        return OnvifDriver()
    return AxisDriver() if url.startswith(_AXIS) else None


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
    "onvif": OnvifDriver,
    "axis": AxisDriver,
    "mjpeg": MjpegDriver,
    "mxpeg": MxpegDriver,
    "file": FileDriver,
    "capture": CaptureDriver,
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
