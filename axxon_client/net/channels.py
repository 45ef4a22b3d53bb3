"""The media streams of one link, across reconnects.  Everything here runs on the network thread.

A listener sees `reset`, then formats, then media frames; `lost` between two connections.  One
live stream may have several listeners: the server numbers live channels by camera and role, so
a second one joins the first with what came since the last key frame.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from attrs import evolve

from axxon_client.net.wire import ChannelMessage
from protocol.messages import (
    ChangePreview,
    ChannelNotice,
    CloseChannel,
    Credit,
    Export,
    FetchExport,
    FormatNotice,
    MediaFrame,
    Message,
    OpenLive,
    OpenPlayback,
    OpenPreview,
    OpenTalk,
    Request,
    SeekPlayback,
    TalkSamples,
)
from protocol.types import AudioFormat

# What a late listener of a live stream starts with: one GOP of 4 s at 8 Mbit/s.
_MAX_REPLAY_BYTES = 4 << 20
# Credit goes back in quarters of the window: few messages, never an empty window.
_CREDIT_SHARE = 4

OpenRequest = OpenLive | OpenPlayback | OpenPreview | OpenTalk | Export | FetchExport


class ChannelListener(Protocol):
    """Called on the network thread; must not block."""

    def reset(self) -> None:
        """The stream begins (again) with a key frame.  Formats come before it, but for a seek:
        then those that were told stay."""

    def media(self, frame: MediaFrame) -> None: ...

    def message(self, message: ChannelMessage) -> None: ...

    def lost(self, reason: str) -> None:
        """Nothing comes for now (a sentence says why); `reset` follows if it comes back."""


class ChannelHost(Protocol):
    """What channels need of their link."""

    async def request(
        self, message: Request, payload: bytes = b"", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]: ...

    def send(self, message: Message, payload: bytes = b"") -> None: ...

    def forget(self, channel: Channel) -> None: ...


class Channel:
    """One stream from the server.  `number` is None while it is not open."""

    def __init__(self, host: ChannelHost, request: OpenRequest) -> None:
        self.request = request
        self.number: int | None = None
        self.closed = False
        self._host = host
        self._listeners: list[ChannelListener] = []

    @property
    def reopens(self) -> bool:
        """Whether a new connection brings it back."""
        return not isinstance(self.request, Export | FetchExport | OpenTalk)

    def opened(self, number: int) -> None:
        self.number = number
        for listener in self._listeners:
            listener.reset()

    def broke(self, reason: str) -> None:
        self.number = None
        for listener in self._listeners:
            listener.lost(reason)

    def media(self, frame: MediaFrame) -> None:
        for listener in self._listeners:
            listener.media(frame)

    def message(self, message: ChannelMessage) -> None:
        for listener in self._listeners:
            listener.message(message)

    async def close(self) -> None:
        if self.closed:
            return
        self.closed = True
        self._listeners.clear()
        self._host.forget(self)
        number, self.number = self.number, None
        if number is not None:
            await self._host.request(CloseChannel(number))


class LiveChannel(Channel):
    """A camera's live stream, shared by its listeners; with sound while any of them wants it."""

    request: OpenLive

    def __init__(self, host: ChannelHost, request: OpenLive) -> None:
        super().__init__(host, request)
        self.switching = asyncio.Lock()
        self._with_sound: list[ChannelListener] = []
        self._formats: dict[int, FormatNotice] = {}
        self._replay: list[MediaFrame] = []
        self._replay_bytes = 0

    @property
    def wanted(self) -> OpenLive:
        """The request that suits the listeners of now."""
        return evolve(self.request, audio=bool(self._with_sound))

    def join(self, listener: ChannelListener, audio: bool) -> None:
        self._listeners.append(listener)
        if audio:
            self._with_sound.append(listener)
        if self.number is None:
            return
        listener.reset()
        for notice in self._formats.values():
            listener.message(notice)
        for frame in self._replay:
            listener.media(frame)

    async def leave(self, listener: ChannelListener) -> None:
        """The last one closes the stream."""
        if listener in self._listeners:
            self._listeners.remove(listener)
        if listener in self._with_sound:
            self._with_sound.remove(listener)
        if not self._listeners:
            await self.close()

    def opened(self, number: int) -> None:
        self._forget_replay()
        self._formats.clear()
        super().opened(number)

    def media(self, frame: MediaFrame) -> None:
        if frame.track == 0 and frame.keyframe:
            self._forget_replay()
        if self._replay or (frame.track == 0 and frame.keyframe):
            self._remember(frame)
        super().media(frame)

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, FormatNotice):
            self._formats[message.track] = message
        super().message(message)

    def _remember(self, frame: MediaFrame) -> None:
        self._replay_bytes += len(frame.payload)
        if self._replay_bytes > _MAX_REPLAY_BYTES:
            self._forget_replay()
        else:
            self._replay.append(frame)

    def _forget_replay(self) -> None:
        self._replay = []
        self._replay_bytes = 0


class LiveTap:
    """One listener's part in a live stream."""

    def __init__(
        self,
        channel: LiveChannel,
        listener: ChannelListener,
        switch_sound: Callable[[LiveChannel], Awaitable[None]],
    ) -> None:
        self._channel = channel
        self._listener = listener
        self._switch_sound = switch_sound

    async def close(self) -> None:
        await self._channel.leave(self._listener)
        await self._switch_sound(self._channel)


class PulledChannel(Channel):
    """Playback or export: the server sends what the credit allows.

    `consumed` returns credit; `resume_us` is where playback goes on after a reconnect (its reader
    moves it).  What is of an older `generation` than the last seek's is dropped here.
    """

    request: OpenPlayback | Export | FetchExport

    def __init__(
        self,
        host: ChannelHost,
        request: OpenPlayback | Export | FetchExport,
        listener: ChannelListener,
    ) -> None:
        super().__init__(host, request)
        self._listeners.append(listener)
        self._owed_bytes = 0
        self._generation = 0
        self.resume_us = request.from_us if isinstance(request, OpenPlayback) else 0

    def opened(self, number: int) -> None:
        self._owed_bytes = 0
        self._generation = 0
        super().opened(number)

    def again(self) -> OpenRequest:
        """The request that brings playback back where it was."""
        if isinstance(self.request, OpenPlayback):
            return evolve(self.request, from_us=self.resume_us)
        return self.request

    def consumed(self, byte_count: int) -> None:
        """That much was used up; the server may send as much more."""
        self._owed_bytes += byte_count
        if self.number is None or self._owed_bytes * _CREDIT_SHARE < self.request.credit_bytes:
            return
        self._host.send(Credit(self.number, self._owed_bytes))
        self._owed_bytes = 0

    def media(self, frame: MediaFrame) -> None:
        if frame.generation == self._generation:
            super().media(frame)
        else:
            self.consumed(len(frame.payload))

    def message(self, message: ChannelMessage) -> None:
        old = isinstance(message, ChannelNotice) and message.generation != self._generation
        if not old:
            super().message(message)

    async def seek(self, from_us: int, reverse: bool = False, key_frames: bool = False) -> None:
        """Frames from there follow after `reset`; nothing of before comes after this call."""
        self.resume_us = from_us
        if isinstance(self.request, OpenPlayback):
            self.request = evolve(self.request, reverse=reverse, key_frames_only=key_frames)
        if self.number is None:
            return
        self._generation += 1
        for listener in self._listeners:
            listener.reset()
        await self._host.request(SeekPlayback(self.number, from_us, reverse, key_frames))


class PreviewChannel(Channel):
    """A detector's draft; comes back with its newest properties."""

    request: OpenPreview

    def __init__(self, host: ChannelHost, request: OpenPreview, listener: ChannelListener) -> None:
        super().__init__(host, request)
        self._listeners.append(listener)

    async def change(self, properties: dict[str, Any]) -> None:
        """Raises ProtocolError, LinkError; what was before goes on then."""
        if self.number is not None:
            await self._host.request(ChangePreview(self.number, properties))
        self.request = evolve(self.request, properties=properties)


class TalkChannel(Channel):
    """To a camera's loudspeaker.  `format`: what `speak` takes, once it is open."""

    request: OpenTalk

    def __init__(self, host: ChannelHost, request: OpenTalk, listener: ChannelListener) -> None:
        super().__init__(host, request)
        self.format: AudioFormat | None = None
        self._listeners.append(listener)

    def speak(self, samples: bytes) -> None:
        if self.number is not None:
            self._host.send(TalkSamples(self.number), samples)


class ChannelTable:
    """The channels of a link: by number while connected, all of them for reopening."""

    def __init__(self) -> None:
        self._all: list[Channel] = []
        self._by_number: dict[int, Channel] = {}
        self._opening = 0
        self._early: list[MediaFrame | ChannelMessage] = []

    def live(self, camera: str, role: str) -> LiveChannel | None:
        for channel in self._all:
            if isinstance(channel, LiveChannel) and not channel.closed:
                request = channel.request
                if request.camera == camera and request.role == role:
                    return channel
        return None

    def add(self, channel: Channel) -> None:
        self._all.append(channel)

    def forget(self, channel: Channel) -> None:
        if channel in self._all:
            self._all.remove(channel)
        if channel.number is not None and self._by_number.get(channel.number) is channel:
            del self._by_number[channel.number]

    async def open(self, channel: Channel, ask: Callable[[], Awaitable[int]]) -> None:
        """Ask for a number and bind it; frames that overtake the answer are kept for it."""
        self._opening += 1
        try:
            number = await ask()
            self._bind(channel, number)
        finally:
            self._opening -= 1
            if not self._opening:
                self._early.clear()

    def _bind(self, channel: Channel, number: int) -> None:
        if channel.closed or number == channel.number:
            return
        self._by_number[number] = channel
        channel.opened(number)
        mine = [item for item in self._early if item.channel == number]
        self._early = [item for item in self._early if item.channel != number]
        for item in mine:
            self.deliver(item)

    def numbered(self, number: int) -> Channel | None:
        return self._by_number.get(number)

    def unbind(self, channel: Channel, reason: str) -> None:
        """The server has ended it."""
        if channel.number is not None:
            self._by_number.pop(channel.number, None)
        channel.broke(reason)

    def deliver(self, item: MediaFrame | ChannelMessage) -> None:
        channel = self._by_number.get(item.channel)
        if channel is None:
            if self._opening:
                self._early.append(item)
        elif isinstance(item, ChannelMessage):
            channel.message(item)
        else:
            channel.media(item)

    def break_all(self, reason: str) -> list[Channel]:
        """The connection is gone: tell all; the ones to reopen are returned."""
        self._by_number.clear()
        self._early.clear()
        for channel in list(self._all):
            channel.broke(reason)
            if not channel.reopens:
                self._all.remove(channel)
        return list(self._all)

    def unopened(self) -> list[Channel]:
        return [channel for channel in self._all if channel.number is None]
