"""Cameras with chosen detectors on a real daemon, and what the journal says of them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from axxon_client.net.link import ServerLink
from axxond.app.names import KERNELS_FOLDER
from protocol.messages import (
    Change,
    Changed,
    ChangeTree,
    GetTree,
    JournalPage,
    QueryJournal,
    Tree,
)
from protocol.types import EventRecord, ObjectKind
from tests.e2e.harness import Daemon, log_in, until

Detectors = Mapping[str, dict[str, Any]]
"""name to properties by the configuration's names"""

_COMPILED_S = 120
_STARTED_S = 2.0


@contextlib.asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[ServerLink]:
    """A link to a daemon whose detectors are ready."""
    with Daemon(folder / "data") as daemon:
        link = await log_in(daemon.port, folder / "trust")

        async def compiled() -> bool:
            return any((folder / "data" / KERNELS_FOLDER).glob("*/complete"))

        await until(compiled, _COMPILED_S, "compiling the kernels")
        await asyncio.sleep(_STARTED_S)
        yield link
        await link.close()


async def add_camera(link: ServerLink, id_: str, url: str, detectors: Detectors) -> str:
    """A device `id_` with these detectors alone (their ids: `id_.name`); the camera's id.  It is
    switched on when they are there, so that they see the first picture."""
    tree = await link.ask(GetTree(), Tree)
    server = next(one for one in tree.objects if one.kind is ObjectKind.SERVER)
    device = Change(id_, ObjectKind.DEVICE, server.id, id_, {"url": url, "enabled": False})
    await link.ask(ChangeTree([device]), Changed)
    tree = await link.ask(GetTree(), Tree)
    camera = next(
        one.id for one in tree.objects if one.parent == id_ and one.kind is ObjectKind.CAMERA
    )
    changes = [
        Change(one.id, remove=True)
        for one in tree.objects
        if one.parent == camera and one.kind is ObjectKind.DETECTOR
    ]
    changes += [
        Change(f"{id_}.{name}", ObjectKind.DETECTOR, camera, name, properties)
        for name, properties in detectors.items()
    ]
    await link.ask(ChangeTree(changes), Changed)
    (record,) = (one for one in tree.objects if one.id == id_)
    on = Change(id_, properties={"enabled": True}, revision=record.revision)
    await link.ask(ChangeTree([on]), Changed)
    return camera


async def told(link: ServerLink, camera: str) -> list[tuple[str, EventRecord]]:
    """The detectors' events, oldest first, each with its detector's name."""
    query = QueryJournal(types=["detector."], objects=[camera], limit=1000)
    page = await link.ask(query, JournalPage)
    return [
        (str(event.details["detector"]).partition(".")[2], event)
        for event in reversed(page.events)
    ]
