"""Keeps one stream of a device running for ever; every change of state is told."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from attrs import evolve, frozen

from axxond.base import tasks
from axxond.base.clock import Clock
from axxond.base.units import SECOND_US
from axxond.devices import failures, knock
from axxond.devices.port import DeviceError, Driver, StreamSettings
from axxond.devices.timing import Timing
from axxond.media.packet import Packet
from protocol.types import DeviceState, FailureKind, MediaKind

log = logging.getLogger(__name__)

_D = DeviceState
_VIDEO = MediaKind.VIDEO

# What may follow a state.
TRANSITIONS: dict[DeviceState, frozenset[DeviceState]] = {
    _D.DISABLED: frozenset((_D.CONNECTING,)),
    _D.STOPPED: frozenset((_D.CONNECTING,)),
    _D.CONNECTING: frozenset((_D.ONLINE, _D.WAITING, _D.STOPPED)),
    _D.ONLINE: frozenset((_D.WAITING, _D.STOPPED)),
    _D.WAITING: frozenset((_D.CONNECTING, _D.STOPPED)),
}

_CHECKS_PER_STALL = 8


@frozen
class StreamState:
    """`reason` is a sentence for a person, "" when there is nothing to say."""

    state: DeviceState
    failure: FailureKind | None
    reason: str
    since_us: int


@frozen
class Backoff:
    """How long to wait before the next attempt: growing, with jitter, never giving up."""

    first_s: float = 1.0
    longest_s: float = 30.0
    growth: float = 1.5
    jitter: float = 0.2  # so that cameras behind one switch do not come back in step
    settled_s: float = 10.0  # a connection that lasted so long starts the row anew

    def delay_s(self, failures_in_a_row: int, chance: float) -> float:
        """`chance` in [0; 1] picks a place within the jitter."""
        steps = min(max(0, failures_in_a_row - 1), 64)
        plain = min(self.longest_s, self.first_s * self.growth**steps)
        return plain * (1 - self.jitter + 2 * self.jitter * chance)


class StreamSupervisor:
    """Runs sources of `driver` one after the other, from `start` until `stop`.

    `on_packet` and `on_state` are called on the event loop; what they raise is logged and goes no
    further.  The first packet of a track after an interruption is a discontinuity.
    `timing` tells of the network's jitter and the camera's clock.
    """

    def __init__(
        self,
        settings: StreamSettings,
        driver: Driver,
        on_packet: Callable[[Packet], None],
        on_state: Callable[[StreamState], None],
        clock: Clock,
        *,
        backoff: Backoff | None = None,
    ) -> None:
        self.state = StreamState(_D.STOPPED, None, "", clock.now_us())
        self.timing = Timing()
        self._settings = settings
        self._driver = driver
        self._on_packet = on_packet
        self._on_state = on_state
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._task: asyncio.Task[None] | None = None
        self._url = failures.without_login(settings.url)
        self._last_picture_us = 0
        self._failures = 0
        self._complained = False
        self._resumed: set[MediaKind] = set(MediaKind)  # tracks that have begun in this attempt

    def start(self) -> None:
        """Begin; does nothing when it runs already."""
        if self._task is None or self._task.done():
            self._task = tasks.spawn(self._run(), f"stream {self._url}")

    async def stop(self) -> None:
        """End the session with the device and wait until it is over."""
        await tasks.cancel(self._task)
        self._task = None
        self._resumed.clear()
        if self.state.state is not _D.STOPPED:
            self._go(_D.STOPPED)

    # The sink's side

    def packet(self, packet: Packet) -> None:
        if packet.format.kind is _VIDEO:
            self._last_picture_us = self._clock.monotonic_us()
            self.timing.packet(self._clock.now_us() - packet.pts_us)
            if self.state.state is _D.CONNECTING:
                self._go(_D.ONLINE)
        if packet.format.kind not in self._resumed:
            self._resumed.add(packet.format.kind)
            packet = evolve(packet, discontinuity=True)
        try:
            self._on_packet(packet)
        except Exception:
            if not self._complained:  # once a connection: it would be so at every packet
                self._complained = True
                log.exception("packets of %s are not taken", self._url)

    def clock_offset(self, offset_us: int) -> None:
        self.timing.offset(offset_us, self._clock.now_us())

    # The loop

    async def _run(self) -> None:
        while True:
            self._go(_D.CONNECTING)
            began_us = self._clock.monotonic_us()
            error = await self._attempt()
            lasted_us = self._clock.monotonic_us() - began_us
            was_settled = (
                self.state.state is _D.ONLINE and lasted_us >= self._backoff.settled_s * SECOND_US
            )
            self._failures = 1 if was_settled else self._failures + 1
            self._go(_D.WAITING, error)
            self._resumed.clear()
            self.timing.restart()
            delay_s = self._backoff.delay_s(self._failures, random.random())
            await knock.wait(self._settings.url, delay_s, error.kind)

    async def _attempt(self) -> DeviceError:
        """One source from begin to end; whatever ended it, as a DeviceError."""
        self._complained = False
        self._last_picture_us = self._clock.monotonic_us()
        source = tasks.spawn(self._source(), "source")
        try:
            while not source.done():
                interval = self._settings.stall_timeout_s / _CHECKS_PER_STALL
                await asyncio.wait((source,), timeout=interval)
                if not source.done() and self._is_stalled():
                    await tasks.cancel(source)
                    return self._stall_error()
            return source.result()
        finally:
            await tasks.cancel(source)

    async def _source(self) -> DeviceError:
        url = self._url
        try:
            await self._driver.source(self._settings).run(self)
        except DeviceError as error:
            return error
        except Exception as error:
            log.exception("the driver %s failed at %s", self._driver.name, url)
            text = f"The driver {self._driver.name} failed at {url} ({type(error).__name__})."
            return DeviceError(FailureKind.INTERNAL, text)
        return failures.closed(url)

    def _is_stalled(self) -> bool:
        """Once connected; connecting has the driver's own time limit before that."""
        limit_s = self._settings.stall_timeout_s
        if self.state.state is _D.CONNECTING:
            limit_s += self._settings.connect_timeout_s
        return self._clock.monotonic_us() - self._last_picture_us > limit_s * SECOND_US

    def _stall_error(self) -> DeviceError:
        return DeviceError(
            FailureKind.STALLED,
            f"{self._url} has sent no picture for {self._settings.stall_timeout_s:g} s.",
        )

    def _go(self, state: DeviceState, error: DeviceError | None = None) -> None:
        assert state in TRANSITIONS[self.state.state], (self.state.state, state)
        reason = "" if error is None else str(error)
        failure = None if error is None else error.kind
        self.state = StreamState(state, failure, reason, self._clock.now_us())
        try:
            self._on_state(self.state)
        except Exception:
            log.exception("a change of state of %s was not taken", self._url)
