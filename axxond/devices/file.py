"""A file on the server as a camera: played at its own pace, over and over, with continuous time.

Anything that libav opens; MxPEG is read by our own parser, which knows its key frames.
"""

from __future__ import annotations

from pathlib import Path

from axxond.base import tasks
from axxond.devices.address import file_of
from axxond.devices.control import ControlSettings
from axxond.devices.libav import LibavSource
from axxond.devices.port import DeviceError, Sink, Source, StreamSettings
from axxond.devices.web.mxpeg import MxpegFile
from protocol.types import FailureKind

_SNIFF_BYTES = 1024


class FileDriver:
    name = "file"

    def source(self, settings: StreamSettings) -> Source:
        return FileSource(settings)

    def control(self, settings: ControlSettings) -> None:
        """A stream is all there is."""


class FileSource:
    """One attempt.  A file that is replaced or cut while it plays is opened anew by the next."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings

    async def run(self, sink: Sink) -> None:
        path = file_of(self._settings.url)
        if path is None:
            text = f"{self._settings.url!r} is no file on the server. It looks like /srv/clip.mp4."
            raise DeviceError(FailureKind.UNREACHABLE, text)
        is_mxpeg = await tasks.in_thread(_look, path)
        source = MxpegFile(self._settings) if is_mxpeg else LibavSource(self._settings)
        await source.run(sink)


def _look(path: Path) -> bool:
    """Whether it is MxPEG.  Raises DeviceError for what cannot be opened."""
    try:
        with path.open("rb") as file:
            head = file.read(_SNIFF_BYTES)
    except OSError as error:
        raise DeviceError(FailureKind.UNREACHABLE, _why(path, error)) from error
    if not head:
        text = f"The file {path} on the server is empty. Choose another."
        raise DeviceError(FailureKind.NOT_VIDEO, text)
    return head[:2] == b"\xff\xd8" and (b"MXF\0" in head or b"MXM\0" in head)


def _why(path: Path, error: OSError) -> str:
    match error:
        case FileNotFoundError():
            return f"There is no file {path} on the server. Check the path."
        case IsADirectoryError():
            return f"{path} on the server is a folder: name a file in it."
        case PermissionError():
            return f"The server may not read {path}: give its user the right to."
    return f"The file {path} on the server cannot be read ({error.strerror}). Check the disk."
