"""The server's port onto what the archives keep: coverage, protections, states, plans.

On the event loop.
"""

from __future__ import annotations

import asyncio

from axxond.app.names import FOREIGN_MARK
from axxond.app.runtime import Runtime
from axxond.archive.archive import Archive
from axxond.archive.coverage import coverage, days_of
from axxond.archive.index import CameraTotals
from axxond.archive.merged import Stretch
from axxond.archive.model import GapRow, Protection
from axxond.archive.planner import MEASURE_US, LinkRate, days_kept, rates, too_small
from axxond.archive.store import Store
from axxond.base.clock import Clock
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import (
    ARCHIVE_PROTECTED,
    ARCHIVE_SMALL,
    ARCHIVE_UNPROTECTED,
    Event,
    EventType,
)
from protocol.errors import ErrorCode, ProtocolError
from protocol.types import (
    ArchiveCamera,
    ArchiveState,
    CoverageDay,
    LinkPlan,
    ProtectionRecord,
    VolumeState,
)

_PLAN_EVERY_S = 60.0


class Vault:
    """`ports.Vault`."""

    def __init__(self, tree: ConfigTree, runtime: Runtime, bus: EventBus, clock: Clock) -> None:
        self._tree = tree
        self._runtime = runtime
        self._bus = bus
        self._clock = clock
        self._warned: set[str] = set()

    async def run(self) -> None:
        """Warn before a quota is too small for the wanted days."""
        while True:
            await asyncio.sleep(_PLAN_EVERY_S)
            for id_, archive in list(self._runtime.archives.items()):
                await self._warn(id_, archive)

    async def coverage(
        self, camera: str, archive: str, begin_us: int, end_us: int
    ) -> list[CoverageDay]:
        now_us = self._clock.now_us()
        end_us = min(end_us, now_us)
        footage: list[Stretch] = []
        gaps: list[GapRow] = []
        for one, there in self._holding(camera, archive):
            footage += await one.reader.footage(there, begin_us, end_us)
            gaps += await one.reader.gaps(there, begin_us, end_us)
        return coverage(footage, gaps, days_of(begin_us, end_us))

    async def protect(
        self, camera: str, archive: str, period: tuple[int, int], reason: str, who: tuple[str, str]
    ) -> list[ProtectionRecord]:
        user, address = who
        made = []
        for one, there in self._holding(camera, archive):
            if one.read_only or not await one.reader.footage(there, *period):
                continue
            protection = await one.protect(there, period, reason, user)
            made.append(_record(one, protection))
        if not made:
            text = "there is no footage of that time to protect"
            raise ProtocolError(ErrorCode.NOT_FOUND, text, camera)
        self._journal(ARCHIVE_PROTECTED, made[0], f"Protected: {reason}", user, address)
        return made

    async def unprotect(self, protection: str, who: tuple[str, str]) -> None:
        user, address = who
        for archive in self._runtime.archives.values():
            lifted = await archive.unprotect(protection, user)
            if lifted is not None:
                record = _record(archive, lifted)
                text = f"Protection lifted: {lifted.reason}"
                self._journal(ARCHIVE_UNPROTECTED, record, text, user, address)
                return
        raise ProtocolError(ErrorCode.NOT_FOUND, "there is no such protection", protection)

    def protections(self) -> list[ProtectionRecord]:
        return [
            _record(archive, one)
            for archive in self._runtime.archives.values()
            for one in archive.protections.active()
        ]

    async def archives(self) -> list[ArchiveState]:
        return [await self._state(id_, archive) for id_, archive in self._runtime.archives.items()]

    def _holding(self, camera: str, archive: str) -> list[tuple[Archive, str]]:
        found = self._runtime.holding(camera)
        return [one for one in found if not archive or one[0].settings.id == archive]

    async def _state(self, id_: str, archive: Archive) -> ArchiveState:
        obj = self._tree.find(id_)
        links, days = await self._plan(archive)
        return ArchiveState(
            id=id_,
            name=obj.name if obj is not None else id_,
            read_only=archive.read_only,
            volumes=[_volume(store) for store in archive.stores],
            cameras=_cameras(archive, await archive.cameras()),
            plan=[_link_plan(link, days) for link in links],
            days=days,
            wanted_days=obj["wanted_days"] if obj is not None else 0,
        )

    async def _plan(self, archive: Archive) -> tuple[list[LinkRate], float | None]:
        if archive.read_only:
            return [], None
        now_us = self._clock.now_us()
        since_us = now_us - MEASURE_US
        wanted = {link.id for links in self._runtime.all_links() for link in links}
        totals = [one for one in await archive.link_totals(since_us) if one.link in wanted]
        links = rates(totals, now_us, since_us)
        kept = sum(store.kept_bytes for store in archive.stores)
        return links, days_kept(archive.settings.volumes, kept, links)

    async def _warn(self, id_: str, archive: Archive) -> None:
        obj = self._tree.find(id_)
        if obj is None:
            return
        wanted = obj["wanted_days"]
        _links, days = await self._plan(archive)
        small = too_small(days, wanted, id_ in self._warned)
        if small and id_ not in self._warned:
            text = (
                f"At what is recorded now, footage stays {days:.1f} days, not {wanted}: "
                "make the archive larger, or record less."
            )
            now_us = self._clock.now_us()
            self._bus.publish(Event(ARCHIVE_SMALL, now_us, id_, obj.name, text))
        (self._warned.add if small else self._warned.discard)(id_)

    def _journal(
        self, kind: EventType, record: ProtectionRecord, text: str, user: str, address: str
    ) -> None:
        camera = self._tree.find(record.camera)
        self._bus.publish(
            Event(
                kind,
                self._clock.now_us(),
                record.camera,
                camera.name if camera is not None else record.camera,
                text,
                user=user,
                address=address,
                details={
                    "protection": record.id,
                    "begin_us": record.begin_us,
                    "end_us": record.end_us,
                },
            )
        )


def _record(archive: Archive, one: Protection) -> ProtectionRecord:
    return ProtectionRecord(
        one.id,
        archive.settings.id,
        one.camera,
        one.begin_us,
        one.end_us,
        one.reason,
        one.author,
        one.made_us,
    )


def _volume(store: Store) -> VolumeState:
    return VolumeState(
        str(store.settings.path),
        store.ready,
        store.settings.quota_bytes,
        store.used_bytes,
        store.kept_bytes,
        store.catalog.first_us,
        store.catalog.last_us,
        [trouble.text for trouble in store.health.troubles.values()],
    )


def _cameras(archive: Archive, parts: list[CameraTotals]) -> list[ArchiveCamera]:
    found: dict[str, ArchiveCamera] = {}
    prefix = f"{archive.settings.id}{FOREIGN_MARK}" if archive.read_only else ""
    for part in parts:
        known = found.get(part.camera)
        found[part.camera] = ArchiveCamera(
            prefix + part.camera,
            part.name,
            min(part.first_us, known.first_us) if known else part.first_us,
            max(part.last_us, known.last_us) if known else part.last_us,
            part.bytes + (known.bytes if known else 0),
        )
    return sorted(found.values(), key=lambda camera: camera.name)


def _link_plan(link: LinkRate, days: float | None) -> LinkPlan:
    rate = link.bytes_per_s
    bits = round(8 * rate) if rate is not None else 0
    return LinkPlan(
        link.link, link.camera, bits, link.measured_us, days if rate is not None else None
    )
