"""What several commits bring to the index stands there in the order in which it happened."""

from __future__ import annotations

import asyncio
from pathlib import Path

from attrs import evolve

from axxond.archive.index import put_segment
from axxond.archive.ledgerfile import Want
from axxond.archive.model import Identity, SegmentInfo
from protocol.types import StreamRole
from tests.axxond.archive.media import T0, ManualClock, opened


async def test_a_commit_with_ledger_rows_is_not_overtaken_by_the_next_one(tmp_path: Path) -> None:
    who = Identity("cam", "name", StreamRole.HIGH, "link")
    begun = SegmentInfo(7, "day/file.mkv", who, T0, T0 + 1, 1000, open=True)
    async with opened(tmp_path, ManualClock()) as archive:
        (store,) = archive.stores
        for _ in range(20):
            store.catalog.record(Want("link", "cam", True, T0))
            store.catalog.add_op(put_segment(begun))
            first = asyncio.ensure_future(store.commit())
            await asyncio.sleep(0)
            store.catalog.add_op(put_segment(evolve(begun, open=False)))
            await asyncio.gather(first, store.commit())
            stored = await store.ask(lambda index: index.segments())
            assert stored is not None
            assert [one.open for one in stored] == [False]
