"""A detector's draft tried on the server; across reconnects."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from typing import Any

from axxon_client.net.channels import PreviewChannel
from axxon_client.net.errors import LinkError
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.wire import ChannelMessage
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, MediaFrame, OpenPreview, PreviewNotice


def _ignore(_item: object) -> None:
    pass


class TrialFeed:
    """`start`, `change` and `stop` from any thread but the network's; the callbacks come on the
    network thread: `on_notice(PreviewNotice)`; `on_refused(str)`: a sentence, "" when it works
    again."""

    def __init__(self, network: NetworkThread, link: ServerLink) -> None:
        self.on_notice: Callable[[PreviewNotice], None] = _ignore
        self.on_refused: Callable[[str], None] = _ignore
        self._network = network
        self._link = link
        self._channel: PreviewChannel | None = None
        self._wanted: OpenPreview | None = None
        self._busy: concurrent.futures.Future[None] | None = None
        self._turning = False

    def change(self, camera: str, properties: dict[str, Any]) -> None:
        """Open it, or go on with other properties; the newest of several calls counts."""
        self._wanted = OpenPreview(camera, properties)
        self._turn()

    def stop(self) -> None:
        self._wanted = None
        self.on_notice = self.on_refused = _ignore
        self._turn()

    def _turn(self) -> None:
        if self._network.running:
            self._busy = self._network.run(self._follow())

    async def _follow(self) -> None:
        """One at a time; whoever comes meanwhile only leaves a new wish."""
        if self._turning:
            return
        self._turning = True
        done: OpenPreview | None = None
        try:
            while done is not self._wanted or (done is None and self._channel is not None):
                done = self._wanted
                try:
                    await self._become(done)
                except (ProtocolError, LinkError) as error:
                    self.on_refused(getattr(error, "text", "") or str(error))
                else:
                    self.on_refused("")
        finally:
            self._turning = False

    async def _become(self, wanted: OpenPreview | None) -> None:
        channel = self._channel
        if channel is not None and (wanted is None or not _alike(channel.request, wanted)):
            self._channel = None
            await channel.close()
            channel = None
        if wanted is None:
            return
        if channel is None:
            self._channel = await self._link.open_preview(wanted, self)
        else:
            await channel.change(wanted.properties)

    # --- ChannelListener

    def reset(self) -> None:
        """Opened, or again."""
        self.on_refused("")

    def lost(self, reason: str) -> None:
        self.on_refused(reason)

    def media(self, frame: MediaFrame) -> None:
        """A preview has none."""

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, PreviewNotice):
            self.on_notice(message)
        elif isinstance(message, ChannelNotice):
            self.on_refused(message.text)


def _alike(one: OpenPreview, other: OpenPreview) -> bool:
    """Whether one preview can become the other."""
    same = one.properties.get("stream") == other.properties.get("stream")
    return one.camera == other.camera and same
