"""What the tree shows is on disk, with who changed it and when."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from axxond.base.errors import ConfigError
from axxond.base.tasks import in_thread
from axxond.config.objects import ChangeRefusedError, TreeDelta, UnknownObjectError
from axxond.config.salvage import salvage
from axxond.config.store import ConfigStore
from axxond.config.templates import administrator, complete, first_objects
from axxond.config.tree import ConfigTree, new_id
from protocol.messages import Change
from protocol.types import ObjectKind

PASSWORD = "s3cret words"
CAMERA_PASSWORD = "camera-pass"


class FixedClock:
    def now_us(self) -> int:
        return 1_000_000

    def monotonic_us(self) -> int:
        return 1_000_000


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[ConfigTree]:
    tree = ConfigTree(ConfigStore(path), FixedClock(), lambda text: f"hash of {len(text)}")
    await tree.open()
    try:
        yield tree
    finally:
        await tree.close()


async def filled(tree: ConfigTree) -> None:
    changes = first_objects("node", "here", lambda: "archive", 20)
    await tree.apply([*changes, administrator("node", "admin", PASSWORD)], "setup")
    properties = {"url": "rtsp://10.0.0.1/", "password": CAMERA_PASSWORD}
    device = Change("device", ObjectKind.DEVICE, "node", "Gate", properties)
    await tree.apply(complete([device], tree.snapshot(), new_id), "admin")


async def test_the_tree_is_the_same_after_reopening(tmp_path: Path) -> None:
    async with opened(tmp_path / "c.sqlite") as tree:
        assert tree.server is None
        await filled(tree)
        before, revision = tree.all(), tree.revision
    async with opened(tmp_path / "c.sqlite") as tree:
        assert (tree.all(), tree.revision) == (before, revision)
        assert tree.server is not None
        assert [obj.kind for obj in tree.children("node")] == [
            ObjectKind.ARCHIVE,
            ObjectKind.ROLE,
            ObjectKind.ROLE,
            ObjectKind.USER,
            ObjectKind.DEVICE,
        ]


async def test_records_show_no_passwords(tmp_path: Path) -> None:
    async with opened(tmp_path / "c.sqlite") as tree:
        await filled(tree)
        records = [tree.record(obj) for obj in tree.all()]
        text = repr((records, tree.all()))
        assert CAMERA_PASSWORD not in text
        assert "hash of" not in text
        assert tree.get("device")["password"] == CAMERA_PASSWORD


async def test_a_users_password_is_stored_as_a_hash_only(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    async with opened(path) as tree:
        await filled(tree)
        (user,) = tree.of_kind(ObjectKind.USER)
        assert user["password"] == f"hash of {len(PASSWORD)}"
        alter = Change(user.id, properties={"enabled": True}, revision=user.revision)
        await tree.apply([alter], "x")
        assert tree.get(user.id)["password"] == f"hash of {len(PASSWORD)}"
    assert PASSWORD.encode() not in path.read_bytes()


async def test_listeners_see_each_set_once_and_refusals_never(tmp_path: Path) -> None:
    seen: list[TreeDelta] = []
    async with opened(tmp_path / "c.sqlite") as tree:
        await filled(tree)
        unlisten = tree.listen(seen.append)
        revision = tree.revision
        with pytest.raises(ChangeRefusedError):
            await tree.apply([Change("device", properties={"no": 1}, revision=revision)], "x")
        done = await tree.apply([Change("device", remove=True)], "bob")
        unlisten()
        await tree.apply([Change("archive", name="A", revision=1)], "x")
        (delta,) = seen
        assert (delta.revision, delta.author, delta.changed) == (revision + 1, "bob", ())
        assert done.revision == delta.revision
        assert len(delta.removed) == 4
        with pytest.raises(UnknownObjectError):
            tree.get("device")


async def test_an_empty_set_is_no_revision(tmp_path: Path) -> None:
    async with opened(tmp_path / "c.sqlite") as tree:
        await filled(tree)
        before = tree.revision
        assert (await tree.apply([], "x")).revision == before == tree.revision


async def test_a_snapshot_does_not_follow_later_changes(tmp_path: Path) -> None:
    async with opened(tmp_path / "c.sqlite") as tree:
        await filled(tree)
        snapshot = tree.snapshot()
        await tree.apply([Change("device", remove=True)], "x")
        assert "device" in snapshot


async def test_changes_made_at_once_are_made_one_after_the_other(tmp_path: Path) -> None:
    async with opened(tmp_path / "c.sqlite") as tree:
        await filled(tree)
        change = Change("device", name="x", revision=tree.get("device").revision)
        results = await asyncio.gather(
            *(tree.apply([change], "x") for _ in range(3)), return_exceptions=True
        )
        assert sum(isinstance(result, ConfigError) for result in results) == 2


async def test_history_says_who_and_when_without_passwords(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    async with opened(path) as tree:
        await filled(tree)
        change = Change("device", name="Door", revision=tree.get("device").revision)
        await tree.apply([change], "bob")
        await tree.apply([Change("device", remove=True)], "eve")
    store = ConfigStore(path)
    await store.open()
    rows = await store.history("device")
    await store.close()
    assert [(row.action, row.author, row.name) for row in rows] == [
        ("remove", "eve", "Door"),
        ("set", "bob", "Door"),
        ("set", "admin", "Gate"),
    ]
    assert {row.time_us for row in rows} == {1_000_000}
    assert {row.properties["password"] for row in rows} == {""}


async def test_a_damaged_file_is_one_clear_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(ConfigError) as caught:
        async with opened(path):
            pass
    text = str(caught.value)
    assert str(path) in text
    assert f"axxond check --repair --data {tmp_path}" in text
    assert path.read_bytes() == b"rubbish" * 1000


@pytest.mark.parametrize("at", [b"d50devicenode", b"d99devicenode"])
async def test_what_can_be_read_of_a_damaged_file_is_salvaged(tmp_path: Path, at: bytes) -> None:
    path, fresh = tmp_path / "c.sqlite", tmp_path / "new.sqlite"
    async with opened(path) as tree:
        await filled(tree)
        properties = {"url": "rtsp://10.0.0.1/" + "x" * 1500}
        many = [
            Change(f"d{number}", ObjectKind.DEVICE, "node", "D", properties)
            for number in range(100)
        ]
        await tree.apply(many, "x")
        count = len(tree.all())
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    data = bytearray(path.read_bytes())
    page = data.index(at) // 4096 * 4096
    data[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(data)
    kept = await in_thread(salvage, path, fresh)
    assert 0 < kept < count
    async with opened(fresh) as tree:
        assert len(tree.all()) == kept
        for obj in tree.all():
            assert not obj.parent or tree.find(obj.parent) is not None


async def test_objects_and_properties_of_another_version_are_made_whole(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    async with opened(path) as tree:
        await filled(tree)
    db = sqlite3.connect(path)
    db.execute(
        'UPDATE object SET properties = \'{"url": "rtsp://a/", "gone": 1}\' WHERE id = \'device\''
    )
    db.execute("INSERT INTO object VALUES ('r', 'robot', 'node', 'R', 1, 99, '{}')")
    db.commit()
    db.close()
    async with opened(path) as tree:
        device = tree.get("device")
        assert device["url"] == "rtsp://a/"
        assert device["stall_timeout_s"] == 5.0
        assert "gone" not in device.properties
        assert tree.find("r") is None
