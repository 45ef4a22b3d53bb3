"""An archive: volumes, one recorder that writes to them, one reader of all of them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from attrs import evolve

from axxond.archive.errors import ArchiveError, Trouble
from axxond.archive.index import CameraTotals, LinkTotals
from axxond.archive.ledgerfile import Record
from axxond.archive.model import ArchiveSettings, GapRow, Protection
from axxond.archive.protections import Protections
from axxond.archive.reader import Reader
from axxond.archive.recorder import Recorder
from axxond.archive.recovery import Recovery
from axxond.archive.store import Store
from axxond.base.clock import Clock
from axxond.base.tasks import cancel, spawn

_KEEP_UP_S = 1.0
# While a volume cannot be opened it is tried so often.
_REOPEN_S = 5.0
# Days are looked at so often; the quota after every batch.
_DAYS_EVERY_S = 60


class Archive:
    """Make it by `open`.  All on the event loop; disk and SQLite in threads of each volume.

    `recorder` and `reader` are there at once, also while no volume is: links wait, readers find
    nothing, and `on_trouble` has said why.
    """

    def __init__(
        self, settings: ArchiveSettings, clock: Clock, on_trouble: Callable[[Trouble], None]
    ) -> None:
        """For `open`."""
        self.settings = settings
        self.protections = Protections()
        self._clock = clock
        self._on_trouble = on_trouble
        self.read_only = settings.read_only
        self.stores = [
            Store(
                number,
                volume,
                clock,
                self.protections,
                self._tell,
                _numbered(settings.beside, number),
                settings.read_only,
            )
            for number, volume in enumerate(settings.volumes)
        ]
        self.recorder = Recorder([store.lane for store in self.stores], clock)
        self.recorder.record = self._record
        for store in self.stores:
            store.lane.record = self._record
            store.end_live = self.recorder.rotate
            store.room_elsewhere = partial(self._room_beside, store)
        self.reader = Reader([store.source for store in self.stores], self._open_gaps)
        self._keepers: list[asyncio.Task[None]] = []

    @classmethod
    async def open(
        cls, settings: ArchiveSettings, clock: Clock, on_trouble: Callable[[Trouble], None]
    ) -> Archive:
        """Open or create; after a crash segments and index are brought together first.

        Never fails: a folder that is not usable is told as a trouble and tried again for ever.
        """
        archive = cls(settings, clock, on_trouble)
        opened = await asyncio.gather(*(store.open() for store in archive.stores))
        archive._begin([one for one, well in zip(archive.stores, opened, strict=True) if well])
        if not archive.read_only:
            archive.recorder.start()
        archive._keepers = [
            spawn(archive._keep(store), f"archive keeper {store.number}")
            for store in archive.stores
        ]
        return archive

    @property
    def ready(self) -> bool:
        """Whether a volume is open."""
        return any(store.ready for store in self.stores)

    @property
    def recovery(self) -> Recovery | None:
        """What the first volume's opening found."""
        return self.stores[0].recovery

    @property
    def troubles(self) -> list[Trouble]:
        return [one for store in self.stores for one in store.health.troubles.values()]

    @property
    def used_bytes(self) -> int:
        return sum(store.used_bytes for store in self.stores)

    @property
    def first_us(self) -> int | None:
        """Oldest footage of any camera."""
        found = [store.catalog.first_us for store in self.stores]
        return min((one for one in found if one is not None), default=None)

    @property
    def last_us(self) -> int | None:
        found = [store.catalog.last_us for store in self.stores]
        return max((one for one in found if one is not None), default=None)

    def limit(self, settings: ArchiveSettings) -> None:
        """Other quotas, days or floors from here on; the folders stay."""
        self.settings = settings
        for store, volume in zip(self.stores, settings.volumes, strict=True):
            store.limit(volume)
        self.recorder.limit_segments()

    async def protect(
        self, camera: str, period: tuple[int, int], reason: str, by: str
    ) -> Protection:
        """Keep a camera's footage that touches [begin; end) from the ring.

        On the disk of every volume that is there when this returns.  Raises ArchiveError.
        """
        begin_us, end_us = period
        if begin_us >= end_us:
            raise ArchiveError("the end of what is to be protected is not after its beginning")
        id_ = uuid.uuid4().hex[:12]
        one = Protection(id_, camera, begin_us, end_us, reason, by, self._clock.now_us())
        self.protections.add(one)
        await self._spread(one)
        return one

    async def unprotect(self, id_: str, by: str) -> Protection | None:
        """None: there is none of that id that holds."""
        one = self.protections.lift(id_, by, self._clock.now_us())
        if one is not None:
            await self._spread(one)
        return one

    async def cameras(self) -> list[CameraTotals]:
        """Of whom there is footage, each volume's part by itself."""
        found: list[CameraTotals] = []
        for store in self.stores:
            found += await store.source.ask(lambda index: index.cameras()) or []
            for info in store.catalog.footage():
                who, ends = info.identity, (info.begin_us, info.end_us)
                found.append(CameraTotals(who.camera, who.camera_name, *ends, info.bytes))
        return found

    async def link_totals(self, since_us: int) -> list[LinkTotals]:
        """What links recorded since, each volume's part by itself."""
        found: list[LinkTotals] = []
        for store in self.stores:
            found += await store.source.ask(lambda index: index.link_totals(since_us)) or []
            for info in store.catalog.footage():
                who, ends = info.identity, (info.begin_us, info.end_us)
                found.append(LinkTotals(who.link, who.camera, info.bytes, *ends))
        return found

    async def flush(self) -> None:
        """Bring disk and index up to what has come, but for the clusters not full yet."""
        await self.recorder.flush()
        await asyncio.gather(*(store.commit() for store in self.stores))

    async def made_room(self) -> None:
        """Wait until the deleting that is under way has ended."""
        for store in self.stores:
            await store.made_room()

    async def close(self) -> None:
        """Finish all segments and the index."""
        await cancel(*self._keepers)
        await self.recorder.close()
        await asyncio.gather(*(store.close() for store in self.stores))

    def _begin(self, opened: Sequence[Store]) -> None:
        """Volumes have been opened."""
        last_known: dict[str, int] = {}
        for store in opened:
            for link, last_us in store.last_known.items():
                last_known[link] = max(last_us, last_known.get(link, 0))
        for store in opened:
            known = set(store.known_protections)
            for one in self.protections.all():
                if one not in known:  # this volume was away when it was made, or lifted
                    store.catalog.record(one)
            store.begin()
        if opened and not self.recorder.ready and not self.read_only:
            self.recorder.begin(last_known)

    async def _keep(self, store: Store) -> None:
        """Once a second: the index; now and then: the days."""
        seconds = 0
        while True:
            await asyncio.sleep(_KEEP_UP_S if store.ready else _REOPEN_S)
            if not store.ready:
                if await store.open():
                    self._begin([store])
                continue
            await store.look()
            seconds += 1
            if seconds % _DAYS_EVERY_S == 0:
                store.turn()

    async def _spread(self, one: Protection) -> None:
        self._record(one)
        ready = [store for store in self.stores if store.ready]
        await asyncio.gather(*(store.commit() for store in ready))
        for store in ready:
            store.protect()

    def _record(self, record: Record, in_file: bool = True) -> None:
        """Every volume has the whole ledger: whichever is left tells all."""
        for store in self.stores:
            store.catalog.record(record, in_file)

    def _room_beside(self, store: Store) -> bool:
        """Whether another volume can take what this one cannot without deleting."""
        return any(one.lane.has_room for one in self.stores if one is not store)

    def _tell(self, trouble: Trouble) -> None:
        self._on_trouble(evolve(trouble, archive=self.settings.id))

    def _open_gaps(self, camera: str) -> list[GapRow]:
        return self.recorder.open_gaps(camera, self._clock.now_us())


def _numbered(folder: Path | None, number: int) -> Path | None:
    """One for each volume; the first one's as it always was."""
    return folder / str(number) if folder is not None and number else folder
