"""Detectors tried out on live pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocol.messages import ChangePreview, Done, Opened, OpenPreview

if TYPE_CHECKING:
    from axxond.server.session import Session


async def open_preview(session: Session, request: OpenPreview) -> Opened:
    return Opened(session.channels.open_preview(request.camera, request.properties))


async def change_preview(session: Session, request: ChangePreview) -> Done:
    session.channels.change_preview(request.channel, request.properties)
    return Done()
