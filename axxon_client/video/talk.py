"""Speaking to a camera's loudspeaker: a channel of the link, fed by the microphone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import miniaudio

from axxon_client.net.channels import TalkChannel
from axxon_client.net.errors import LinkError
from axxon_client.net.link import ServerLink
from axxon_client.net.thread import NetworkThread
from axxon_client.net.wire import ChannelMessage
from axxon_client.video.microphone import Microphone, MicrophoneError
from protocol.errors import ProtocolError
from protocol.messages import ChannelNotice, MediaFrame


class Talk:
    """One speech.  `start` and `stop` from any thread but the network's.  `on_state(bool
    speaking, str trouble)` comes on the network thread, `on_level(float)` on the sound card's."""

    def __init__(
        self,
        network: NetworkThread,
        link: ServerLink,
        camera: str,
        backends: list[miniaudio.Backend] | None = None,
    ) -> None:
        self.on_state: Callable[[bool, str], None] = lambda speaking, trouble: None
        self.on_level: Callable[[float], None] = lambda level: None
        self._network = network
        self._link = link
        self._camera = camera
        self._backends = backends
        self._microphone: Microphone | None = None
        self._channel: TalkChannel | None = None
        self._stopped = False

    def start(self) -> None:
        self._network.run(self._open())

    def stop(self) -> None:
        """Returns at once; microphone and channel are closed in the background."""
        self._stopped = True
        if self._network.running:
            self._network.run(self._close())

    async def _open(self) -> None:
        try:
            self._channel = await self._link.open_talk(self._camera, self)
            assert self._channel.format is not None
            rate = self._channel.format.sample_rate
            self._microphone = Microphone(rate, self._on_samples, self._backends)
            # A sound card takes its time to open: not on the network's loop.
            await asyncio.get_running_loop().run_in_executor(None, self._microphone.start)
        except (ProtocolError, LinkError, MicrophoneError) as error:
            self.on_state(False, getattr(error, "text", "") or str(error))
            await self._close()
            return
        if self._stopped:
            await self._close()
        else:
            self.on_state(True, "")

    async def _close(self) -> None:
        microphone, self._microphone = self._microphone, None
        channel, self._channel = self._channel, None
        if microphone is not None:
            microphone.stop()
        if channel is None:
            return
        try:
            await channel.close()
        except (ProtocolError, LinkError):
            return  # it ended with the camera or the connection
        self.on_state(False, "")

    def _on_samples(self, samples: bytes, level: float) -> None:
        """On the sound card's thread."""
        self.on_level(level)
        if self._network.running:
            self._network.call(self._send, samples)

    def _send(self, samples: bytes) -> None:
        if self._channel is not None:
            self._channel.speak(samples)

    # --- ChannelListener

    def reset(self) -> None:
        """It is open."""

    def media(self, frame: MediaFrame) -> None:
        """Nothing comes back."""

    def message(self, message: ChannelMessage) -> None:
        if isinstance(message, ChannelNotice) and message.what == "closed":
            self.lost(message.text)

    def lost(self, reason: str) -> None:
        self.on_state(False, reason)
        self.stop_soon()

    def stop_soon(self) -> None:
        """From the network thread."""
        self._stopped = True
        microphone, self._microphone = self._microphone, None
        self._channel = None
        if microphone is not None:
            microphone.stop()
