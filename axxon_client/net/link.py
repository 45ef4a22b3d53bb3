"""One server: connected, logged in, kept, and brought back when lost.

All methods and callbacks belong to the network thread (`net.thread`); callbacks must not block
and must not raise (what they raise is logged).
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from axxon_client.net.channels import (
    Channel,
    ChannelListener,
    ChannelTable,
    LiveChannel,
    LiveTap,
    OpenRequest,
    PreviewChannel,
    PulledChannel,
    TalkChannel,
)
from axxon_client.net.dial import dial as dial_tls
from axxon_client.net.errors import FINAL, LinkError, LinkFailure, from_protocol
from axxon_client.net.states import OFFLINE, LinkPhase, LinkState, change
from axxon_client.net.trust import TrustStore
from axxon_client.net.wire import ChannelMessage, Dial, Wire
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import (
    ChangePassword,
    ChannelNotice,
    CloseChannel,
    Done,
    Export,
    FetchExport,
    GetStatus,
    Login,
    LoginReply,
    MediaFrame,
    Message,
    Opened,
    OpenLive,
    OpenPlayback,
    OpenPreview,
    OpenTalk,
    Request,
    Subscribe,
    TalkOpened,
)
from protocol.types import StreamRole

M = TypeVar("M", bound=Message)
log = logging.getLogger(__name__)

# A server that restarts is back within seconds; one that is switched off is asked four times a
# minute.
_FIRST_RETRY_S = 0.5
_LAST_RETRY_S = 15.0
# A dead peer (cable pulled) is noticed within the sum of both.
_PROBE_AFTER_S = 5.0
_PROBE_TIMEOUT_S = 10.0
_CONNECT_TIMEOUT_S = 10.0


def waits(jitter: Callable[[], float] = random.random) -> Iterator[float]:
    """Seconds before each further attempt: doubling, with jitter, bounded."""
    wait = _FIRST_RETRY_S
    while True:
        yield wait * (0.75 + jitter() / 2)
        wait = min(wait * 2, _LAST_RETRY_S)


class ServerLink:
    """`open` logs in once; from then on the link comes back by itself until `close`.

    `on_state(LinkState)` hears every change, `on_notice(message, payload)` what the topics of
    `subscribe` bring.  After a reconnect topics and channels are restored; a listener of the
    state should then ask anew for what it shows (the tree, lists).
    """

    def __init__(self, address: str, port: int, trust: TrustStore, dial: Dial = dial_tls) -> None:
        self.address = address
        self.port = port
        self.trust = trust
        self.state = OFFLINE
        self.login: LoginReply | None = None
        self.on_state: Callable[[LinkState], None] = _ignore_state
        self.on_notice: Callable[[Message, bytes], None] = _ignore_notice
        self._dial = dial
        self._wire: Wire | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._user = ""
        self._password = ""
        self._topics: list[str] = []
        self._channels = ChannelTable()
        self._clock_offset_us = 0
        self._side_tasks: set[asyncio.Task[None]] = set()

    # --- life ------------------------------------------------------------------------------

    async def open(self, user: str, password: str, keep_trying: bool = False) -> LoginReply:
        """Connect and log in.  Raises LinkError; with `keep_trying`, a failure that time may
        mend is raised too, but attempts go on in the background."""
        await self.close()
        self._user, self._password = user, password
        try:
            reply = await self._attempt()
        except LinkError as error:
            if keep_trying and error.failure not in FINAL:
                self._keeper = asyncio.create_task(self._keep(error), name=self._name)
            raise
        self._keeper = asyncio.create_task(self._keep(None), name=self._name)
        return reply

    async def close(self) -> None:
        """Log out; nothing is retried any more.  May be called in any state."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait([keeper])
        await self._hang_up()
        if self.state.phase is not LinkPhase.OFFLINE:
            self._channels.break_all("Logged out.")
            self._set(OFFLINE)

    # --- talk ------------------------------------------------------------------------------

    async def request(
        self, message: Request, payload: bytes = b"", timeout_s: float = 30.0
    ) -> tuple[Message, bytes]:
        """The reply and its payload.  Raises ProtocolError (the server refused) or LinkError."""
        if self._wire is None or self.state.phase is not LinkPhase.READY:
            raise LinkError(LinkFailure.OFFLINE, f"Not connected to {self._name}.")
        if isinstance(message, ChangePassword) and not message.user:
            return await self._change_password(self._wire, message, timeout_s)
        return await self._wire.request(message, payload, timeout_s)

    async def _change_password(
        self, wire: Wire, message: ChangePassword, timeout_s: float
    ) -> tuple[Message, bytes]:
        """One's own: the server ends all sessions of a changed account, perhaps before it has
        answered; the link comes back with the new password."""
        try:
            answer = await wire.request(message, b"", timeout_s)
        except ProtocolError as error:
            if error.code is not ErrorCode.NOT_LOGGED_IN:
                raise
            answer = Done(), b""
        self._password = message.new
        return answer

    async def ask(self, message: Request, reply: type[M], timeout_s: float = 30.0) -> M:
        """`request` for a reply of a known class whose payload is not wanted."""
        answer, _ = await self.request(message, timeout_s=timeout_s)
        if not isinstance(answer, reply):
            raise LinkError(LinkFailure.SERVER, f"Unexpected answer to {message.NAME}.")
        return answer

    def send(self, message: Message, payload: bytes = b"") -> None:
        """A notification; silently lost while there is no connection."""
        if self._wire is not None:
            self._wire.send(message, payload)

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Replaces the set of topics, now and after every reconnect."""
        self._topics = list(topics)
        if self.state.phase is LinkPhase.READY:
            await self.request(Subscribe(self._topics))

    def server_now_us(self) -> int:
        """The server's clock, as measured at log-in (half the round trip's error)."""
        return _now_us() + self._clock_offset_us

    # --- channels --------------------------------------------------------------------------

    async def open_live(
        self, camera: str, role: StreamRole, audio: bool, listener: ChannelListener
    ) -> LiveTap:
        """A camera's live stream; it comes back after every reconnect.

        Never fails for want of a connection: `listener.lost` tells.  Raises ProtocolError.
        """
        channel = self._channels.live(camera, role)
        known = channel is not None
        if channel is None:
            channel = LiveChannel(self, OpenLive(camera, role, audio))
            self._channels.add(channel)
        channel.join(listener, audio)
        tap = LiveTap(channel, listener, self._switch_sound)
        if not known:
            try:
                await self._open_channel(channel)
            except ProtocolError as error:
                await tap.close()
                channel.broke(str(error))  # for those who joined meanwhile
                raise
        await self._switch_sound(channel)
        return tap

    async def _switch_sound(self, channel: LiveChannel) -> None:
        """Ask for sound, or for none, when that has changed.

        The server counts how often a stream was opened: the second opening that says so is
        closed again.
        """
        async with channel.switching:
            wanted = channel.wanted
            if channel.closed or channel.number is None or wanted == channel.request:
                return
            before = channel.number
            await self._channels.open(channel, lambda: self._number(wanted))
            channel.request = wanted
            if channel.number == before:
                await self.request(CloseChannel(before))

    def _is_end_of_live(self, notice: ChannelNotice) -> bool:
        """The server ends a live stream when its camera is set up anew: open it again."""
        channel = self._channels.numbered(notice.channel)
        if notice.what != "closed" or not isinstance(channel, LiveChannel):
            return False
        self._channels.unbind(channel, notice.text or "The stream was closed.")
        self._aside(self._open_again(channel, notice.channel))
        return True

    async def _open_again(self, channel: LiveChannel, number: int) -> None:
        """Until it is open, the camera is gone, or a new connection takes care of it."""
        try:
            await self.request(CloseChannel(number))
        except (ProtocolError, LinkError) as error:
            log.debug("the ended channel %d: %s", number, error)
        for wait_s in waits():
            await asyncio.sleep(wait_s)
            ready = self.state.phase is LinkPhase.READY
            if channel.closed or channel.number is not None or not ready:
                return
            try:
                await self._open_channel(channel)
            except LinkError:
                return
            except ProtocolError as error:
                channel.broke(str(error))
                if error.code is ErrorCode.NOT_FOUND:
                    return

    async def open_pulled(
        self, request: OpenPlayback | Export | FetchExport, listener: ChannelListener
    ) -> PulledChannel:
        """Playback (comes back after a reconnect) or export.  Raises ProtocolError, LinkError."""
        channel = PulledChannel(self, request, listener)
        await self._open_new(channel)
        return channel

    async def open_preview(
        self, request: OpenPreview, listener: ChannelListener
    ) -> PreviewChannel:
        """Try a detector's draft; it comes back after a reconnect.  Raises ProtocolError,
        LinkError."""
        channel = PreviewChannel(self, request, listener)
        await self._open_new(channel)
        return channel

    async def open_talk(self, camera: str, listener: ChannelListener) -> TalkChannel:
        """Speak to a camera's loudspeaker; it does not come back after a loss.  Raises
        ProtocolError, LinkError."""
        channel = TalkChannel(self, OpenTalk(camera), listener)
        self._channels.add(channel)

        async def number() -> int:
            opened = await self.ask(channel.request, TalkOpened)
            channel.format = opened.format
            return opened.channel

        try:
            await self._channels.open(channel, number)
        except (ProtocolError, LinkError):
            self._channels.forget(channel)
            raise
        return channel

    async def _open_new(self, channel: Channel) -> None:
        self._channels.add(channel)
        try:
            await self._open_channel(channel)
        except ProtocolError:
            self._channels.forget(channel)
            raise

    def forget(self, channel: Channel) -> None:
        """For `Channel.close`."""
        self._channels.forget(channel)

    async def _open_channel(self, channel: Channel) -> None:
        if self.state.phase is not LinkPhase.READY:
            channel.broke(self.state.reason or f"Not connected to {self._name}.")
            return
        request: OpenRequest = channel.request
        if isinstance(channel, PulledChannel):
            request = channel.again()
        elif isinstance(channel, LiveChannel):
            request = channel.request = channel.wanted
        await self._channels.open(channel, lambda: self._number(request))

    async def _number(self, request: OpenRequest) -> int:
        return (await self.ask(request, Opened)).channel

    async def _reopen(self, channel: Channel) -> None:
        try:
            await self._open_channel(channel)
        except (ProtocolError, LinkError) as error:
            channel.broke(str(error))

    # --- what arrives (WireSink) ------------------------------------------------------------

    def message(self, message: Message, payload: bytes) -> None:
        try:
            if isinstance(message, ChannelNotice) and self._is_end_of_live(message):
                return
            if isinstance(message, ChannelMessage):
                self._channels.deliver(message)
            else:
                self.on_notice(message, payload)
        except Exception:  # a listener's bug must not end the connection
            log.exception("a listener of %s failed on %s", self._name, message.NAME)

    def media(self, frame: MediaFrame) -> None:
        try:
            self._channels.deliver(frame)
        except Exception:  # a listener's bug must not end the connection
            log.exception("a listener of %s failed on a media frame", self._name)

    # --- keeping it ------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return f"{self.address}:{self.port}"

    def _set(self, state: LinkState) -> None:
        self.state = change(self.state, state)
        try:
            self.on_state(state)
        except Exception:  # a listener's bug must not stop the reconnecting
            log.exception("a listener of the state of %s failed", self._name)

    async def _attempt(self) -> LoginReply:
        """One connection and log-in; ends in READY, or raises after LOST or REFUSED."""
        self._set(LinkState(LinkPhase.CONNECTING))
        try:
            async with asyncio.timeout(None) as limit:
                self._wire = await self._dial(self.address, self.port, self.trust, self)
                limit.reschedule(asyncio.get_running_loop().time() + _CONNECT_TIMEOUT_S)
                self._set(LinkState(LinkPhase.LOGGING_IN))
                return await self._log_in(self._wire)
        except TimeoutError:
            error = LinkError(LinkFailure.TIMEOUT, f"{self._name} does not answer.")
            await self._failed(error)
            raise error from None
        except ProtocolError as refusal:
            error = from_protocol(refusal)
            await self._failed(error)
            raise error from refusal
        except LinkError as error:
            await self._failed(error)
            raise

    async def _failed(self, error: LinkError) -> None:
        await self._hang_up()
        final = error.failure in FINAL
        phase = LinkPhase.REFUSED if final else LinkPhase.LOST
        self._set(LinkState(phase, error.text, error.failure))

    async def _log_in(self, wire: Wire) -> LoginReply:
        asked_us = _now_us()
        reply, _ = await wire.request(Login(self._user, self._password))
        if not isinstance(reply, LoginReply):
            raise LinkError(LinkFailure.NOT_A_SERVER, f"{self._name} gave no answer to log-in.")
        self._clock_offset_us = reply.server_time_us - (asked_us + _now_us()) // 2
        self.login = reply
        self._set(LinkState(LinkPhase.READY))
        return reply

    async def _hang_up(self) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _keep(self, error: LinkError | None) -> None:
        """Until cancelled or refused: wait for the loss, then try again and again."""
        again = waits()
        while True:
            if error is None:
                again = waits()
                reason = await self._until_lost()
                await self._hang_up()
                self._set(LinkState(LinkPhase.LOST, reason, LinkFailure.LOST))
                self._channels.break_all(reason)
            elif error.failure in FINAL:
                return
            error = await self._try_again(next(again))

    async def _try_again(self, wait_s: float) -> LinkError | None:
        await asyncio.sleep(wait_s)
        try:
            await self._attempt()
        except LinkError as error:
            return error
        self._aside(self._restore())
        return None

    async def _restore(self) -> None:
        """Topics and channels as they were before the connection was lost."""
        try:
            if self._topics:
                await self.request(Subscribe(self._topics))
        except (ProtocolError, LinkError) as error:
            log.warning("%s refused the subscription after a reconnect: %s", self._name, error)
        for channel in self._channels.unopened():
            await self._reopen(channel)

    async def _until_lost(self) -> str:
        wire = self._wire
        assert wire is not None
        prober = asyncio.create_task(self._probe(wire))
        loss = asyncio.create_task(wire.lost())
        tasks: set[asyncio.Task[str]] = {prober, loss}
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    async def _probe(self, wire: Wire) -> str:
        """Returns when a silent server gives no answer (a cable pulled closes nothing)."""
        while True:
            await asyncio.sleep(_PROBE_AFTER_S / 2)
            if wire.silent_s < _PROBE_AFTER_S:
                continue
            try:
                await wire.request(GetStatus(), timeout_s=_PROBE_TIMEOUT_S)
            except LinkError as error:
                return error.text
            except ProtocolError:
                log.debug("%s is alive, though it refuses its status", self._name)

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._side_tasks.add(task)
        task.add_done_callback(self._side_tasks.discard)


def _now_us() -> int:
    return time.time_ns() // 1000


def _ignore_state(_state: LinkState) -> None:
    pass


def _ignore_notice(_message: Message, _payload: bytes) -> None:
    pass
