"""Events by a pull point: subscribed, pulled, renewed, made anew when it is lost or falls silent
(ONVIF Core §9.2)."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
import time
from datetime import UTC, datetime
from typing import Any

from attrs import define
from lxml import etree

from axxond.base.units import SECOND_US
from axxond.devices.control import EventSink
from axxond.devices.elements import Node
from axxond.devices.onvif import address, clock, faults, messages
from axxond.devices.onvif.link import Link
from axxond.devices.onvif.messages import Service
from axxond.devices.onvif.silence import Silence
from axxond.devices.onvif.topics import Reader, stamp_us
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

log = logging.getLogger(__name__)

_LIFETIME_S = 120.0
_SHORTEST_S = 1.0  # of a lifetime that a device may mean
_MESSAGES = 100  # in one answer
_FAREWELL_S = 1.0
# Beyond what whole seconds and a slow network make of the same clock.
_CLOCK_JUMP_US = 3 * SECOND_US
# Subscriptions that fail within moments of being made, one after the other.
_MAX_SHORT_LIVES = 5
_SHORT_LIFE_S = 1.0


class _Wish(enum.Enum):
    """How the end of a subscription is wished for: not all devices take the plain form (the
    WS-BaseNotification type is a duration or a date, and may be left out)."""

    DURATION = "duration"
    DATE = "date"
    NONE = "none"


@define
class _Subscription:
    """`until_s` by the monotonic clock."""

    url: str
    told_url: str
    parameters: list[etree._Element]
    lifetime_s: float
    until_s: float
    can_renew: bool = True

    def extend(self, answer: Node, now_s: float) -> None:
        """By the times in an answer; an answer without them changes nothing."""
        now_us = stamp_us(answer.text("CurrentTime"))
        end_us = stamp_us(answer.text("TerminationTime"))
        if end_us is not None and now_us is not None:
            self.until_s = now_s + (end_us - now_us) / SECOND_US


class PullPoint:
    """Runs `longest_pull_s` long requests; messages come as soon as they are there."""

    def __init__(self, link: Link, reader: Reader, longest_pull_s: float) -> None:
        self._link = link
        self._reader = reader
        self._longest_pull_s = longest_pull_s
        self._wish = _Wish.DURATION
        self._silence = Silence()

    async def run(self, sink: EventSink) -> None:
        """As `axxond.devices.control.Control.events`."""
        short_lives = 0
        while True:
            subscription = await self._subscribe()
            begun_s = time.monotonic()
            sink.subscribed(True)
            try:
                error = await self._follow(subscription, sink)
            finally:
                sink.subscribed(False)
                await self._unsubscribe(subscription)
            log.info("%s: subscribing to events anew: %s", self._link.place, error)
            if error.kind is FailureKind.LOGIN:
                await clock.compare(self._link)  # it may have set its clock
            short = time.monotonic() - begun_s < _SHORT_LIFE_S
            short_lives = short_lives + 1 if short else 0
            if short_lives >= _MAX_SHORT_LIVES:
                raise DeviceError(
                    FailureKind.CLOSED,
                    f"{self._link.place} drops every subscription to its events: {error}",
                )
            if short_lives > 1:
                await asyncio.sleep(min(1.0, 0.1 * 2**short_lives))

    async def _follow(self, subscription: _Subscription, sink: EventSink) -> DeviceError:
        """Pull until it is lost; returns why."""
        silence = self._silence
        silence.begin(time.monotonic())
        while True:
            try:
                if self._is_due(subscription):
                    await self._renew(subscription)
                if await self._pull(subscription, sink):
                    silence.heard(time.monotonic())
                elif silence.is_dead:
                    silence.give_up()
                    return self._silent()
                if silence.must_ask(time.monotonic()):
                    await self._ask(subscription)
            except DeviceError as error:
                if error.kind is not FailureKind.CLOSED or self._longest_pull_s <= _SHORTEST_S:
                    return error
                # It may have found the pull too long: the subscription may well live.
                self._longest_pull_s = max(_SHORTEST_S, self._longest_pull_s / 4)

    def _silent(self) -> DeviceError:
        return DeviceError(
            FailureKind.STALLED, f"{self._link.place} tells nothing, not even when asked."
        )

    async def _subscribe(self) -> _Subscription:
        """Raises DeviceError: the device is not there, or has no events."""
        answer = await self._create()
        told = answer.text("SubscriptionReference/Address")
        given = answer.first("SubscriptionReference/ReferenceParameters")
        now_s = time.monotonic()
        made = _Subscription(
            address.service_url(told, self._link.address),
            told,
            [] if given is None else [child.element for child in given.children()],
            _LIFETIME_S,
            now_s + _LIFETIME_S,
        )
        made.extend(answer, now_s)
        made.lifetime_s = max(_SHORTEST_S, made.until_s - now_s)
        return made

    async def _create(self) -> Node:
        """In the first form that the device takes, which it is asked in from then on."""
        for wish in list(_Wish)[list(_Wish).index(self._wish) :]:
            try:
                answer = await self._ask_for(wish)
            except faults.FaultError as error:
                if wish is _Wish.NONE or error.kind is FailureKind.LOGIN:
                    raise
            else:
                self._wish = wish
                return answer
        raise AssertionError("the last form returns or raises")

    async def _ask_for(self, wish: _Wish) -> Node:
        end = self._end(wish)
        operation = "CreatePullPointSubscription"
        url = self._link.urls[Service.EVENTS]
        await messages.prepare(Service.EVENTS)
        parameters = {"InitialTerminationTime": end} if end else {}
        message = messages.request(Service.EVENTS, operation, parameters)
        messages.address(message, url, [])
        return await self._link.send(url, operation, message)

    def _end(self, wish: _Wish) -> str:
        """What a device is told as the end of a subscription; "" for nothing."""
        if wish is _Wish.NONE:
            return ""
        if wish is _Wish.DURATION:
            return f"PT{_LIFETIME_S:.0f}S"
        offset_s = (self._link.clock_offset_us or 0) / SECOND_US
        end = datetime.fromtimestamp(time.time() + offset_s + _LIFETIME_S, UTC)
        return end.strftime("%Y-%m-%dT%H:%M:%SZ")

    def _is_due(self, subscription: _Subscription) -> bool:
        rest_s = subscription.until_s - time.monotonic()
        return subscription.can_renew and rest_s < subscription.lifetime_s / 2

    async def _renew(self, subscription: _Subscription) -> None:
        wish = self._end(self._wish if self._wish is not _Wish.NONE else _Wish.DURATION)
        try:
            answer = await self._on(
                Service.SUBSCRIPTION, subscription, "Renew", {"TerminationTime": wish}
            )
        except faults.FaultError as error:
            if error.kind is not FailureKind.UNSUPPORTED or not error.fault.is_unsupported:
                raise
            subscription.can_renew = False  # its pulls keep it alive, or it is made anew
            return
        now_s = time.monotonic()
        subscription.until_s = now_s + subscription.lifetime_s
        subscription.extend(answer, now_s)

    async def _pull(self, subscription: _Subscription, sink: EventSink) -> int:
        """The number of notifications."""
        now_s = time.monotonic()
        rest_s = max(subscription.until_s - now_s, _SHORTEST_S)
        most_s = rest_s / 2 if subscription.can_renew else _LIFETIME_S / 4
        wait_s = self._silence.wait_s(now_s, min(self._longest_pull_s, most_s))
        answer = await self._on(
            Service.PULL_POINT,
            subscription,
            "PullMessages",
            {"Timeout": _duration(wait_s), "MessageLimit": _MESSAGES},
            extra_s=wait_s,
        )
        subscription.extend(answer, time.monotonic())
        now_us = time.time_ns() // 1000
        self._compare_clocks(answer, now_us)
        told = answer.all("NotificationMessage")
        for notification in told[: 10 * _MESSAGES]:
            event = self._reader.event(notification, now_us, self._link.clock_offset_us)
            if event is not None:
                sink.device_event(event)
        return len(told)

    def _compare_clocks(self, answer: Node, now_us: int) -> None:
        """The device's clock may be set, or jump, while we listen; the log-in depends on it."""
        told_us = stamp_us(answer.text("CurrentTime"))
        if told_us is None:
            return
        known_us = self._link.clock_offset_us
        if known_us is None or abs(told_us - now_us - known_us) > _CLOCK_JUMP_US:
            self._link.clock_offset_us = told_us - now_us

    async def _ask(self, subscription: _Subscription) -> None:
        """For all states, which come with the next pull."""
        with contextlib.suppress(faults.FaultError):
            await self._on(Service.PULL_POINT, subscription, "SetSynchronizationPoint", {})

    async def _unsubscribe(self, subscription: _Subscription) -> None:
        with contextlib.suppress(DeviceError, TimeoutError):
            async with asyncio.timeout(_FAREWELL_S):
                await self._on(Service.SUBSCRIPTION, subscription, "Unsubscribe", {})

    async def _on(
        self,
        service: Service,
        subscription: _Subscription,
        operation: str,
        parameters: dict[str, Any],
        *,
        extra_s: float = 0.0,
    ) -> Node:
        await messages.prepare(service)
        message = messages.request(service, operation, parameters)
        messages.address(message, subscription.told_url, subscription.parameters)
        return await self._link.send(
            subscription.url,
            operation,
            message,
            is_void=operation in ("Unsubscribe", "SetSynchronizationPoint"),
            extra_s=extra_s,
        )


def _duration(seconds: float) -> str:
    return f"PT{seconds:.1f}S" if seconds % 1 else f"PT{seconds:.0f}S"
