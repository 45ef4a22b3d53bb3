"""A preview channel: what a detector would see, picture by picture.  On the event loop."""

from __future__ import annotations

from typing import Any

from axxond.analytics.preview import Glimpse
from axxond.base.units import KIB
from axxond.server.ports import Preview, Previews
from protocol.messages import PreviewNotice
from protocol.transport import WireConnection
from protocol.types import PreviewMark

# With more than this waiting, a notice would be late: its marks wait for the next one.
_BEHIND_BYTES = 256 * KIB
# A client that takes nothing for minutes needs no more than the newest.
_MAX_MARKS = 1000


class PreviewChannel:
    def __init__(self, channel: int, connection: WireConnection) -> None:
        self.channel = channel
        self._connection = connection
        self._preview: Preview | None = None
        self._marks: list[PreviewMark] = []

    def begin(self, previews: Previews, camera: str, properties: dict[str, Any]) -> None:
        """Raises ProtocolError and ConfigError, and begins nothing then."""
        self._preview = previews.open(camera, properties, self._tell)

    def change(self, properties: dict[str, Any]) -> None:
        """Raises ConfigError, and changes nothing then."""
        assert self._preview is not None
        self._preview.change(properties)

    async def close(self) -> None:
        preview, self._preview = self._preview, None
        if preview is not None:
            await preview.close()

    def _tell(self, glimpse: Glimpse) -> None:
        self._marks += [PreviewMark(one.time_us, one.phase) for one in glimpse.events]
        del self._marks[:-_MAX_MARKS]
        if self._preview is None or self._connection.outbound_bytes > _BEHIND_BYTES:
            return
        marks, self._marks = self._marks, []
        self._connection.notify(
            PreviewNotice(
                self.channel,
                glimpse.time_us,
                list(glimpse.seen),
                glimpse.rows,
                glimpse.columns,
                glimpse.cells,
                marks,
            )
        )
