"""Keeps the control side of one device alive for ever: describe, events, again after a failure.

Beside the streams and apart from them: whatever fails here disturbs no picture.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve, frozen

from axxond.base import tasks
from axxond.base.clock import Clock
from axxond.devices import knock
from axxond.devices.control import Control, ControlSettings, Description, DeviceEvent
from axxond.devices.failures import without_login
from axxond.devices.port import DeviceError, Driver
from axxond.devices.supervisor import Backoff
from protocol.types import Capability, DeviceState, FailureKind

log = logging.getLogger(__name__)

_D = DeviceState
# A device without events is asked so often whether it is still there; so are its outputs.
_LOOK_EVERY_S = 30.0
# A device that neither answers nor fails: longer than any driver's own time limits together.
_DESCRIBE_LIMIT_S = 60.0
_CLOSE_LIMIT_S = 5.0


@frozen
class ControlState:
    """`events`: what the device notices arrives here."""

    state: DeviceState
    failure: FailureKind | None
    reason: str
    since_us: int
    events: bool = False


class ControlKeeper:
    """From `start` until `stop`.  Callbacks are called on the event loop; what they raise is
    logged and goes no further.  `description` is the last one, also while the device is away."""

    def __init__(
        self,
        settings: ControlSettings,
        driver: Driver,
        on_state: Callable[[ControlState], None],
        on_event: Callable[[DeviceEvent], None],
        clock: Clock,
        backoff: Backoff | None = None,
    ) -> None:
        self.state = ControlState(_D.STOPPED, None, "", clock.now_us())
        self.description: Description | None = None
        self._settings = settings
        self._driver = driver
        self._on_state = on_state
        self._on_event = on_event
        self._clock = clock
        self._backoff = backoff or Backoff()
        self._control: Control | None = None
        self._task: asyncio.Task[None] | None = None
        self._url = without_login(settings.url)

    @property
    def control(self) -> Control:
        """Raises DeviceError while the device is away, with the reason."""
        if self._control is None or self.state.state is not _D.ONLINE:
            reason = self.state.reason or f"{self._url} is not connected."
            raise DeviceError(self.state.failure or FailureKind.UNREACHABLE, reason)
        return self._control

    def start(self) -> None:
        if self._task is None or self._task.done():
            self._task = tasks.spawn(self._run(), f"control {self._url}")

    async def stop(self) -> None:
        await tasks.cancel(self._task)
        self._task = None
        if self.state.state is not _D.STOPPED:
            self._go(_D.STOPPED)

    async def refresh(self) -> Description:
        """Ask the device again.  Raises DeviceError."""
        async with _limit(self._url):
            self.description = await self.control.describe()
        return self.description

    # The sink's side

    def device_event(self, event: DeviceEvent) -> None:
        try:
            self._on_event(event)
        except Exception:
            log.exception("an event of %s was not taken", self._url)

    def subscribed(self, on: bool) -> None:
        if on is not self.state.events:
            self.state = evolve(self.state, events=on)
            self._tell()

    # The loop

    async def _run(self) -> None:
        failures = 0
        while True:
            self._go(_D.CONNECTING)
            error, was_online = await self._attempt()
            failures = 1 if was_online else failures + 1
            self._go(_D.WAITING, error)
            delay_s = self._backoff.delay_s(failures, random.random())
            await knock.wait(self._settings.url, delay_s, error.kind)

    async def _attempt(self) -> tuple[DeviceError, bool]:
        """One log-in from begin to end: what ended it, and whether the device was there."""
        self._control = self._driver.control(self._settings)
        assert self._control is not None
        try:
            error = await self._guarded(self._describe())
            if error is not None:
                return error, False
            self._go(_D.ONLINE)
            return await self._watch(), True
        finally:
            control, self._control = self._control, None
            with contextlib.suppress(TimeoutError, DeviceError, OSError):
                async with asyncio.timeout(_CLOSE_LIMIT_S):
                    await control.close()

    async def _describe(self) -> None:
        assert self._control is not None
        async with _limit(self._url):
            self.description = await self._control.describe()

    async def _watch(self) -> DeviceError:
        """Events for as long as the device answers; returns why it no longer does."""
        fails = 0
        while True:
            began_us = self._clock.monotonic_us()
            await self._listen()
            self.subscribed(False)
            if self._clock.monotonic_us() - began_us > self._backoff.settled_s * 1_000_000:
                fails = 0
            fails += 1
            error = await self._guarded(self.refresh())
            if error is not None:
                return error
            self._tell()
            await asyncio.sleep(self._backoff.delay_s(fails, random.random()))

    async def _listen(self) -> None:
        """Until the device's events fail; one without events is looked at now and then."""
        control, description = self.control, self.description
        if description is None or Capability.EVENTS not in description.capabilities:
            await asyncio.sleep(_LOOK_EVERY_S)
            return
        error = await self._guarded(control.events(self))
        log.info("events of %s ended: %s", self._url, error)

    async def _guarded(self, work: Coroutine[Any, Any, object]) -> DeviceError | None:
        try:
            await work
        except DeviceError as error:
            return error
        except Exception as error:  # the edge: a driver is code that talks to anything
            log.exception("the driver %s failed at %s", self._driver.name, self._url)
            text = f"The driver {self._driver.name} failed at {self._url} "
            return DeviceError(FailureKind.INTERNAL, f"{text}({type(error).__name__}).")
        return None

    def _go(self, state: DeviceState, error: DeviceError | None = None) -> None:
        reason = "" if error is None else str(error)
        failure = None if error is None else error.kind
        self.state = ControlState(state, failure, reason, self._clock.now_us())
        self._tell()

    def _tell(self) -> None:
        try:
            self._on_state(self.state)
        except Exception:
            log.exception("a change of state of %s was not taken", self._url)


@contextlib.asynccontextmanager
async def _limit(url: str) -> Any:
    """Raises DeviceError TIMEOUT."""
    try:
        async with asyncio.timeout(_DESCRIBE_LIMIT_S):
            yield
    except TimeoutError as error:
        text = f"{url} did not say what it is within {_DESCRIBE_LIMIT_S:g} s."
        raise DeviceError(FailureKind.TIMEOUT, text) from error
