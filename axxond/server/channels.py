"""The media channels that one session has open, by number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from axxond.server.errors import not_found
from axxond.server.export import ExportChannel, Wanted
from axxond.server.live import LiveRelay, Viewer
from axxond.server.playback import Gops, Playback, Position
from axxond.server.ports import Unlisten
from axxond.server.preview import PreviewChannel
from axxond.server.talk import TalkChannel
from protocol.devicetypes import FoundDevice
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import FoundNotice
from protocol.types import StreamRole

if TYPE_CHECKING:
    from axxond.server.session import Session

# Four screens of 25 tiles, and then some.
MAX_LIVE = 128
# Each holds a GOP in memory: a synchronous playback of 25 cameras, twice.
MAX_PLAYBACKS = 50
MAX_EXPORTS = 8
MAX_TALKS = 4
MAX_DISCOVERIES = 4


class _Live:
    """A live channel; counted, because two tiles may show one stream."""

    def __init__(self, relay: LiveRelay, viewer: Viewer) -> None:
        self.relay = relay
        self.viewer = viewer
        self.opened = 1


class Channels:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._live: dict[int, _Live] = {}
        self._playbacks: dict[int, Playback] = {}
        self._exports: dict[int, ExportChannel] = {}
        self._previews: dict[int, PreviewChannel] = {}
        self._talks: dict[int, TalkChannel] = {}
        self._discoveries: dict[int, Unlisten | None] = {}

    def open_live(self, camera: str, role: StreamRole, audio: bool) -> tuple[int, _Live | None]:
        """The channel, and what to start once the client knows its number (None: it runs)."""
        session = self._session
        relay = session.shared.relay(camera, role)
        live = self._live.get(relay.channel)
        if live is not None and live.relay is relay:
            live.opened += 1
            live.viewer.audio = audio
            return relay.channel, None
        if live is None and len(self._live) >= MAX_LIVE:
            raise _too_many("live channels", MAX_LIVE)
        viewer = Viewer(session.connection, session.outbound, relay.channel, session.system.clock)
        viewer.audio = audio
        relay.reserve(viewer)
        live = self._live[relay.channel] = _Live(relay, viewer)
        return relay.channel, live

    def start_live(self, live: _Live) -> None:
        """Not when it was closed meanwhile."""
        if self._live.get(live.relay.channel) is live:
            live.relay.join(live.viewer)

    def open_playback(self, gops: Gops, position: Position, credit_bytes: int) -> int:
        if len(self._playbacks) >= MAX_PLAYBACKS:
            raise _too_many("playback channels", MAX_PLAYBACKS)
        channel = self._session.shared.new_channel()
        self._playbacks[channel] = Playback(
            channel,
            self._session.connection,
            gops,
            position,
            credit_bytes,
            self._session.system.clock,
        )
        return channel

    async def seek(self, channel: int, position: Position) -> None:
        playback = self._playbacks.get(channel)
        if playback is None:
            raise not_found("playback channel", str(channel))
        await playback.seek(position)

    def open_export(self, wanted: Wanted, credit_bytes: int) -> int:
        for ended in [number for number, sent in self._exports.items() if sent.ended]:
            del self._exports[ended]
        if len(self._exports) >= MAX_EXPORTS:
            raise _too_many("exports", MAX_EXPORTS)
        session = self._session
        channel = session.shared.new_channel()
        self._exports[channel] = ExportChannel(
            channel,
            session.connection,
            session.system.exports,
            wanted,
            session.author,
            credit_bytes,
        )
        return channel

    def open_preview(self, camera: str, properties: dict[str, Any]) -> int:
        """One at a time: a form shows one.  Raises ProtocolError and ConfigError."""
        if self._previews:
            raise _too_many("previews of a detector", 1)
        session = self._session
        channel = session.shared.new_channel()
        preview = PreviewChannel(channel, session.connection)
        preview.begin(session.system.previews, camera, properties)
        self._previews[channel] = preview
        return channel

    def change_preview(self, channel: int, properties: dict[str, Any]) -> None:
        preview = self._previews.get(channel)
        if preview is None:
            raise not_found("preview channel", str(channel))
        preview.change(properties)

    def credit(self, channel: int, grant_bytes: int) -> None:
        """Nothing for a channel that is closed: the notice crossed its closing."""
        job = self._playbacks.get(channel) or self._exports.get(channel)
        if job is not None:
            job.credit.grant(grant_bytes)

    def open_discovery(self) -> tuple[int, Callable[[], None]]:
        """The channel, and what begins once the client knows its number."""
        if len(self._discoveries) >= MAX_DISCOVERIES:
            raise _too_many("searches", MAX_DISCOVERIES)
        channel = self._session.shared.new_channel()
        self._discoveries[channel] = None
        return channel, partial(self._begin_discovery, channel)

    def _begin_discovery(self, channel: int) -> None:
        """Not when it was closed meanwhile."""
        if channel not in self._discoveries:
            return
        connection = self._session.connection

        def tell(found: list[FoundDevice]) -> None:
            connection.notify(FoundNotice(channel, found))

        self._discoveries[channel] = self._session.system.devices.discover(tell)

    async def open_talk(self, camera: str) -> tuple[int, int]:
        """The channel, and the sample rate in Hz."""
        if len(self._talks) >= MAX_TALKS:
            raise _too_many("loudspeakers", MAX_TALKS)
        session = self._session
        talk = TalkChannel(session.shared.new_channel(), session.connection)
        self._talks[talk.channel] = talk
        try:
            speech = await session.system.devices.talk(
                camera, session.who, session.address, talk.ended
            )
        except BaseException:
            self._talks.pop(talk.channel, None)
            raise
        talk.begin(speech)
        if talk.channel not in self._talks:  # the client has gone meanwhile
            await talk.close()
        return talk.channel, speech.sample_rate

    def talk(self, channel: int, samples: bytes) -> None:
        """Nothing for a channel that is closed, as `credit`."""
        if (talk := self._talks.get(channel)) is not None:
            talk.feed(samples)

    async def close(self, channel: int) -> None:
        """Raises NOT_FOUND."""
        if (live := self._live.get(channel)) is not None:
            self._close_live(channel, live)
        elif (playback := self._playbacks.pop(channel, None)) is not None:
            await playback.close()
        elif (export := self._exports.pop(channel, None)) is not None:
            await export.close()
        elif (preview := self._previews.pop(channel, None)) is not None:
            await preview.close()
        elif (talk := self._talks.pop(channel, None)) is not None:
            await talk.close()
        elif channel in self._discoveries:
            self._close_discovery(channel)
        else:
            raise not_found("open channel", str(channel))

    async def close_all(self) -> None:
        for live in self._live.values():
            live.relay.leave(live.viewer)
        self._live.clear()
        for channel in list(self._discoveries):
            self._close_discovery(channel)
        jobs: list[Playback | ExportChannel | PreviewChannel | TalkChannel] = [
            *self._playbacks.values(),
            *self._exports.values(),
            *self._previews.values(),
            *self._talks.values(),
        ]
        self._playbacks.clear()
        self._exports.clear()
        self._previews.clear()
        self._talks.clear()
        for job in jobs:
            await job.close()

    def _close_discovery(self, channel: int) -> None:
        if (unlisten := self._discoveries.pop(channel)) is not None:
            unlisten()

    def _close_live(self, channel: int, live: _Live) -> None:
        live.opened -= 1
        if live.opened <= 0:
            del self._live[channel]
            live.relay.leave(live.viewer)


def _too_many(what: str, most: int) -> ProtocolError:
    return ProtocolError(ErrorCode.LIMIT, f"at most {most} {what} for one client")
