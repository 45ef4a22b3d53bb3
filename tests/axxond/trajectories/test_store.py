from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from axxond.base.units import DAY_US, HOUR_US, SECOND_US
from axxond.trajectories import block, files, log
from axxond.trajectories import store as store_module
from axxond.trajectories.block import DamagedBlockError
from axxond.trajectories.points import Flag, Points
from axxond.trajectories.store import Limits, Store
from tests.axxond.trajectories.tracks import T0, some

FOREVER = (0, 1 << 60)


def opened(folder: Path, limits: Limits | None = None) -> Store:
    store = Store(folder, limits)
    store.open()
    return store


def read(store: Store, camera: str, begin_us: int = 0, end_us: int = 1 << 60) -> Points:
    """Without what is repeated, by time."""
    found = [block.Block(one.header, one.where(), one.what()).points
             for one in store.blocks(camera, begin_us, end_us)]  # fmt: skip
    points = np.concatenate(found) if found else some(0)
    points = points[(points["flags"] & Flag.REPEATED) == 0]
    return points[np.argsort(points["time_us"], kind="stable")]


def abandon(store: Store) -> None:
    """As if the program ended here."""
    store._end_log()


def test_points_are_found_while_they_wait_and_when_they_are_blocks(tmp_path: Path) -> None:
    store = opened(tmp_path)
    points = some(300)
    store.append({"cam1": points[:200], "cam2": points[200:]}, T0)
    assert store.cameras() == ["cam1", "cam2"]
    assert (read(store, "cam1") == points[:200]).all()
    store.close()
    again = opened(tmp_path)
    assert (read(again, "cam1") == points[:200]).all()
    assert (read(again, "cam2") == points[200:]).all()
    assert read(again, "cam3").size == 0
    again.close()


def test_what_was_flushed_survives_a_crash_once(tmp_path: Path) -> None:
    store = opened(tmp_path)
    points = some(900)
    for at in range(0, 900, 100):
        store.append({"cam1": points[at : at + 100]}, T0)
        if at == 400:
            store._seal(["cam1"])
    abandon(store)
    for _ in range(2):
        again = opened(tmp_path)
        assert (read(again, "cam1") == points).all()
        assert again.next_object("cam1") == 6
        abandon(again)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(cut=st.integers(0, 400), garbage=st.binary(max_size=40))
def test_a_torn_log_costs_its_last_record(
    tmp_path_factory: pytest.TempPathFactory, cut: int, garbage: bytes
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = opened(folder)
    points = some(60)
    for at in range(0, 60, 20):
        store.append({"cam1": points[at : at + 20]}, T0)
    abandon(store)
    (path,) = log.logs(folder)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut] + garbage)
    again = opened(folder)
    lost = -(-cut // (len(whole) // 3)) * 20
    assert (read(again, "cam1") == points[: 60 - lost]).all()
    again.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(data=st.data())
def test_a_damaged_file_costs_what_is_damaged(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("store")
    store = opened(folder)
    points = some(90, objects=3)
    for at in (0, 30, 60):
        store.append({"cam1": points[at : at + 30]}, T0)
        store._seal(["cam1"])
    store.close()
    (path,) = (folder / "c-cam1").iterdir()
    whole = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(whole) - 1))
    for place in range(at, min(at + data.draw(st.integers(1, 50)), len(whole))):
        whole[place] ^= 0xA5
    path.write_bytes(whole[: data.draw(st.integers(at, len(whole)))])
    again = opened(folder)
    found = []
    for one in again.blocks("cam1", *FOREVER):
        try:
            found.append(block.Block(one.header, one.where(), one.what()).points)
        except DamagedBlockError:
            continue
    for some_points in found:
        assert np.isin(some_points["time_us"], points["time_us"]).all()
    if at >= len(files.MAGIC):
        begin = len(files.MAGIC)
        size = (len(whole) - begin) / 3
        assert len(found) >= int((at - begin) // size), "blocks before the damage are lost"
    later = some(10, first_us=T0 + HOUR_US, first=50)
    again.append({"cam1": later}, T0)
    again.close()
    last = opened(folder)
    assert (read_sound(last)[-10:]["time_us"] == later["time_us"]).all()
    last.close()


def read_sound(store: Store) -> Points:
    found = []
    for one in store.blocks("cam1", *FOREVER):
        try:
            found.append(block.Block(one.header, one.where(), one.what()).points)
        except DamagedBlockError:
            continue
    return np.concatenate(found)


def test_only_blocks_of_the_period_are_read(tmp_path: Path) -> None:
    store = opened(tmp_path)
    for day in range(4):
        rows = some(50, first_us=T0 + day * DAY_US, first=1 + 5 * day)
        store.append({"cam1": rows}, T0 + day * DAY_US)
        store._seal(["cam1"])
    assert len(store.blocks("cam1", *FOREVER)) == 4
    (one,) = store.blocks("cam1", T0 + DAY_US, T0 + 2 * DAY_US)
    assert one.header["first_us"] == T0 + DAY_US
    store.close()


def test_who_goes_on_is_in_the_next_block_too(tmp_path: Path) -> None:
    store = opened(tmp_path)
    points = some(40, objects=1)
    store.append({"cam1": points[:20]}, T0)
    store._seal(["cam1"])
    store.append({"cam1": points[20:]}, T0)
    store._seal(["cam1"])
    second = store.blocks("cam1", *FOREVER)[1]
    assert second.what().flags[0] & Flag.REPEATED
    assert (read(store, "cam1") == points).all()
    store.close()


def test_the_oldest_go_first_when_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 3000)
    store = opened(tmp_path, Limits(20_000, 0))
    for hour in range(30):
        camera = f"cam{hour % 2}"
        now_us = T0 + hour * HOUR_US  # the log is renewed
        store.append({camera: some(60, first_us=now_us)}, now_us)
        store.limit(now_us)
    used = sum(path.stat().st_size for path in tmp_path.rglob("*.axt"))
    assert 15_000 < used <= 20_000
    kept = [read(store, camera)["time_us"].min() for camera in ("cam0", "cam1")]
    assert abs(kept[0] - kept[1]) <= 3 * HOUR_US
    assert store.stats.deleted_files > 5
    store.close()


def test_what_is_too_old_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 100)
    store = opened(tmp_path, Limits(10**12, 5))
    for day in range(10):
        store.append({"cam1": some(20, first_us=T0 + day * DAY_US)}, T0)
        store._seal(["cam1"])
    store.limit(T0 + 10 * DAY_US)
    assert read(store, "cam1")["time_us"].min() == T0 + 5 * DAY_US
    store.close()


def test_a_disk_that_takes_nothing_costs_nothing_within_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(tmp_path)
    points = some(80)
    store.append({"cam1": points[:20]}, T0)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(log.Log, "append", full)
        for at in (20, 40):
            with pytest.raises(OSError, match="No space"):
                store.append({"cam1": points[at : at + 20]}, T0)
    assert (read(store, "cam1") == points[:60]).all()
    store.append({"cam1": points[60:]}, T0)
    abandon(store)
    again = opened(tmp_path)
    assert (read(again, "cam1") == points).all()
    again.close()


def test_beyond_the_bound_the_oldest_points_go_and_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_MAX_WAITING", 100)
    store = opened(tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(store_module, "Log", lambda *_: 1 / 0)
        store._end_log()
        broken.setattr(Store, "_begin_log", lambda _: (_ for _ in ()).throw(OSError(5, "I/O")))
        for at in range(10):
            with pytest.raises(OSError, match="I/O"):
                store.append({"cam1": some(30, first_us=T0 + at * SECOND_US)}, T0)
    assert store.stats.lost == 210
    assert len(read(store, "cam1")) == 90
    store.append({"cam1": some(5)}, T0)
    store.close()


def test_a_clock_that_jumps_begins_another_block(tmp_path: Path) -> None:
    store = opened(tmp_path)
    before, after = some(10, first_us=0), some(10, first_us=T0)
    store.append({"cam1": before}, T0)
    store.append({"cam1": after}, T0)
    assert len(read(store, "cam1")) == 20
    store.append({"cam1": np.concatenate([before, after])}, T0)
    assert store.stats.lost == 10
    store.close()


def test_the_log_becomes_blocks_when_it_is_old(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.append({"cam1": some(10)}, T0)
    assert store.stats.blocks == 0
    store.append({"cam1": some(10)}, T0 + HOUR_US)
    assert store.stats.blocks == 1
    assert len(log.logs(tmp_path)) == 1
    store.close()


def test_a_camera_with_many_points_writes_blocks_by_itself(tmp_path: Path) -> None:
    store = opened(tmp_path)
    points = some(40_000, objects=2000)
    store.append({"cam1": points}, T0)
    assert store.stats.blocks == 3
    store.close()
    again = opened(tmp_path)
    assert (read(again, "cam1")["time_us"] == points["time_us"]).all()
    again.close()


WRITER = """
import sys
from pathlib import Path
from axxond.trajectories import store as module
from axxond.trajectories.store import Store
from tests.axxond.trajectories.tracks import some, T0
module._MAX_LOG_BYTES = 20_000
store = Store(Path(sys.argv[1]))
store.open()
number = store.next_object("cam1")
while True:
    store.append({"cam1": some(30, 1, first_us=T0 + number * 10_000_000, first=number)}, T0)
    print(number, flush=True)
    number += 1
"""


def test_a_kill_at_any_instant_costs_at_most_what_was_being_written(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd())}
    for round_ in range(4):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)],
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert writer.stdout is not None
        last = 0
        for _ in range(23 + 31 * round_):
            last = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        rest = writer.communicate()[0].split()
        last = max(int(number) for number in [last, *rest])
        store = opened(tmp_path)
        found = read(store, "cam1")
        numbers, counts = np.unique(found["object"], return_counts=True)
        # The record that was being written may be there although nobody was told.
        assert numbers.tolist() in (list(range(1, last + 1)), list(range(1, last + 2)))
        assert (counts == 30).all()
        abandon(store)
