from __future__ import annotations

import asyncio

import pytest

from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import Right
from tests.fakes.system import RIGHTS, START_US, FakeSystem

DAY_US = 86_400_000_000


def order(**more: object) -> m.BackTest:
    return m.BackTest("cam1", START_US, START_US + 2 * DAY_US, "d1", {"time_s": 60.0}, **more)


async def test_a_back_test_answers_with_both_and_shows_how_far_it_is(client, system: FakeSystem):
    somebody = await client()
    system.trials.hold = True
    work = asyncio.ensure_future(somebody.ask(order(ticket="t1")))
    await somebody.until(lambda: somebody.notices(m.BackTestProgress))
    system.trials.hold = False
    found = await work
    assert (found.present.events, found.proposed.events) == (48, 24)
    assert somebody.notices(m.BackTestProgress)[0] == m.BackTestProgress("t1", 0.5)


async def test_a_back_test_is_cancelled_by_its_ticket(client, system: FakeSystem):
    somebody = await client()
    system.trials.hold = True
    work = asyncio.ensure_future(somebody.ask(order(ticket="t1")))
    await somebody.until(lambda: system.trials.orders)
    await somebody.ask(m.CancelBackTest("t1"))
    with pytest.raises(ProtocolError) as caught:
        await work
    assert caught.value.code is ErrorCode.CANCELLED


async def test_it_takes_the_rights_to_configure_and_to_look_into_the_past(
    client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(RIGHTS, "fitter", frozenset({Right.CONFIGURE}))
    for user in ("fitter", "viewer"):
        somebody = await client(user)
        with pytest.raises(ProtocolError) as caught:
            await somebody.ask(order())
        assert caught.value.code is ErrorCode.FORBIDDEN


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (m.BackTest("cam1", 5, 5), ErrorCode.INVALID),
        (m.BackTest("cam1", 0, 401 * DAY_US), ErrorCode.INVALID),
        (m.BackTest("cam1", 0, 1, ticket="x" * 65), ErrorCode.INVALID),
        (m.BackTest("cam9", 0, 1), ErrorCode.NOT_FOUND),
        (m.BackTest("cam1", 0, 1, properties={"type": "motion"}), ErrorCode.INVALID),
    ],
)
async def test_what_cannot_be_tried_is_refused_with_a_reason(client, wrong, code):
    somebody = await client()
    with pytest.raises(ProtocolError) as caught:
        await somebody.ask(wrong)
    assert caught.value.code is code


async def test_a_client_has_two_under_way_at_most_and_each_its_own_ticket(
    client, system: FakeSystem
):
    somebody = await client()
    system.trials.hold = True
    works = [asyncio.ensure_future(somebody.ask(order(ticket=name))) for name in ("a", "b")]
    await somebody.until(lambda: len(system.trials.orders) == 2)
    with pytest.raises(ProtocolError) as caught:
        await somebody.ask(order(ticket="c"))
    assert caught.value.code is ErrorCode.LIMIT
    with pytest.raises(ProtocolError) as caught:
        await somebody.ask(order(ticket="a"))
    assert caught.value.code is ErrorCode.INVALID
    system.trials.hold = False
    await asyncio.gather(*works)


async def test_who_leaves_ends_the_back_test(client, system: FakeSystem):
    somebody = await client()
    system.trials.hold = True
    work = asyncio.ensure_future(somebody.ask(order(ticket="t1")))
    await somebody.until(lambda: system.trials.orders)
    somebody.wire.close()
    with pytest.raises((ProtocolError, ConnectionError, asyncio.CancelledError)):
        await work


async def test_the_state_of_the_store_is_told(client):
    somebody = await client()
    found = await somebody.ask(m.GetMetadata())
    assert [one.camera for one in found.cameras] == ["cam1"]
