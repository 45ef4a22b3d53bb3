from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from axxond.analytics.port import DetectorEvent
from axxond.analytics.preview import Glimpse
from protocol import messages as m
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import Box, Phase, PreviewMark, SeenObject
from tests.axxond.server.conftest import WAIT_S
from tests.fakes.system import START_US, FakeSystem

LogIn = Callable[..., Any]
MOTION = {"type": "motion"}
SEEN = SeenObject(Box(0.1, 0.2, 0.3, 0.4), 3, True)
BEGIN = DetectorEvent("preview", "motion", Phase.BEGIN, START_US)


async def test_what_the_draft_sees_and_would_report_arrives(
    system: FakeSystem, client: LogIn
) -> None:
    admin = await client("admin")
    opened = await admin.ask(m.OpenPreview("cam1", MOTION))
    (preview,) = system.previews.opened
    preview.tell(Glimpse(START_US, (SEEN,), (BEGIN,), 2, 4, b"\xf0"))
    await admin.until(lambda: admin.notices(m.PreviewNotice))
    marks = [PreviewMark(START_US, Phase.BEGIN)]
    assert admin.notices(m.PreviewNotice) == [
        m.PreviewNotice(opened.channel, START_US, [SEEN], 2, 4, b"\xf0", marks)
    ]


async def test_a_change_reaches_the_preview_and_a_wrong_one_leaves_it_alone(
    system: FakeSystem, client: LogIn
) -> None:
    admin = await client("admin")
    opened = await admin.ask(m.OpenPreview("cam1", MOTION))
    await admin.ask(m.ChangePreview(opened.channel, {"type": "loitering"}))
    with pytest.raises(ProtocolError) as caught:
        await admin.ask(m.ChangePreview(opened.channel, {"type": "wrong"}))
    assert (caught.value.code, caught.value.obj) == (ErrorCode.INVALID, "preview.type")
    (preview,) = system.previews.opened
    assert preview.properties == [MOTION, {"type": "loitering"}]
    assert not preview.closed.is_set()


async def test_a_preview_ends_with_its_channel_or_its_session(
    system: FakeSystem, client: LogIn
) -> None:
    admin = await client("admin")
    opened = await admin.ask(m.OpenPreview("cam1", MOTION))
    await admin.ask(m.CloseChannel(opened.channel))
    assert system.previews.opened[0].closed.is_set()
    await admin.ask(m.OpenPreview("cam1", MOTION))
    admin.wire.close()
    async with asyncio.timeout(WAIT_S):
        await system.previews.opened[1].closed.wait()


async def test_who_may_not_configure_gets_no_preview(system: FakeSystem, client: LogIn) -> None:
    viewer = await client("viewer")
    with pytest.raises(ProtocolError) as caught:
        await viewer.ask(m.OpenPreview("cam1", MOTION))
    assert caught.value.code is ErrorCode.FORBIDDEN
    assert system.previews.opened == []


async def test_one_client_has_one_preview(client: LogIn) -> None:
    admin = await client("admin")
    await admin.ask(m.OpenPreview("cam1", MOTION))
    with pytest.raises(ProtocolError) as caught:
        await admin.ask(m.OpenPreview("cam1", MOTION))
    assert caught.value.code is ErrorCode.LIMIT


async def test_an_absent_camera_and_an_absent_channel_are_named(
    client: LogIn,
) -> None:
    admin = await client("admin")
    for request in (m.OpenPreview("cam9", MOTION), m.ChangePreview(99, MOTION)):
        with pytest.raises(ProtocolError) as caught:
            await admin.ask(request)
        assert caught.value.code is ErrorCode.NOT_FOUND
