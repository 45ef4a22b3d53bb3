"""Everyone hears everything, in order."""

from __future__ import annotations

import pytest

from axxond.events.bus import EventBus
from axxond.events.types import SERVER_STARTED, SERVER_STOPPED, Event


def event(text: str) -> Event:
    return Event(SERVER_STARTED, 0, "", "", text)


def test_all_listeners_hear_in_the_order_of_publishing() -> None:
    bus, heard = EventBus(), list[str]()
    bus.listen(lambda one: heard.append(f"a{one.text}"))
    bus.listen(lambda one: heard.append(f"b{one.text}"))
    bus.publish(event("1"))
    bus.publish(event("2"))
    assert heard == ["a1", "b1", "a2", "b2"]


def test_an_event_that_follows_is_delivered_after_the_one_it_follows() -> None:
    bus, heard = EventBus(), list[str]()

    def answer(one: Event) -> None:
        if one.type is SERVER_STARTED:
            bus.publish(Event(SERVER_STOPPED, 0, "", "", "answer"))

    bus.listen(answer)
    bus.listen(lambda one: heard.append(one.text))
    bus.publish(event("first"))
    assert heard == ["first", "answer"]


def test_a_listener_that_was_taken_off_hears_nothing() -> None:
    bus, heard = EventBus(), list[Event]()
    unlisten = bus.listen(heard.append)
    unlisten()
    bus.publish(event("1"))
    assert heard == []


def test_a_listener_that_fails_keeps_the_event_from_nobody(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bus, heard = EventBus(), list[str]()

    def fail(_event: Event) -> None:
        raise ValueError("broken")

    bus.listen(fail)
    bus.listen(lambda one: heard.append(one.text))
    bus.publish(event("1"))
    bus.publish(event("2"))
    assert heard == ["1", "2"]
    assert "broken" in caplog.text
