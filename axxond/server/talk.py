"""The channel by which one client speaks to a camera's loudspeaker.  On the event loop."""

from __future__ import annotations

from typing import Protocol

from axxond.server.errors import invalid
from protocol.messages import ChannelNotice
from protocol.transport import WireConnection

MAX_SAMPLES_BYTES = 32_768  # of one notice: a second at 16 kHz


class Speech(Protocol):
    """Somebody's turn at a loudspeaker."""

    sample_rate: int

    def feed(self, samples: bytes) -> int:
        """Signed 16-bit big-endian; returns how many milliseconds had to be thrown away."""

    async def close(self) -> None: ...


class TalkChannel:
    def __init__(self, channel: int, connection: WireConnection) -> None:
        self.channel = channel
        self._connection = connection
        self._speech: Speech | None = None

    def begin(self, speech: Speech) -> None:
        self._speech = speech

    def ended(self, text: str) -> None:
        """The loudspeaker has gone."""
        self._speech = None
        self._connection.notify(ChannelNotice(self.channel, "closed", text=text))

    def feed(self, samples: bytes) -> None:
        """Nothing for a channel that has ended: the notice crossed its end."""
        if len(samples) > MAX_SAMPLES_BYTES or len(samples) % 2:
            text = f"{len(samples)} bytes: wanted whole samples, at most {MAX_SAMPLES_BYTES} bytes"
            raise invalid("talk.samples", text)
        if self._speech is None:
            return
        skipped_ms = self._speech.feed(samples)
        if skipped_ms:
            self._connection.notify(ChannelNotice(self.channel, "skipped", count=skipped_ms))

    async def close(self) -> None:
        speech, self._speech = self._speech, None
        if speech is not None:
            await speech.close()
