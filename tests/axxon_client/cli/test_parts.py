from __future__ import annotations

import subprocess
import sys

import pytest

from axxon_client.cli.account import parse_address
from axxon_client.cli.main import join_signed
from axxon_client.cli.names import find, top_of
from axxon_client.cli.output import table, to_json
from axxon_client.cli.problems import CommandError
from protocol.types import ObjectKind, ObjectRecord


def test_no_qt_is_loaded() -> None:
    code = "import axxon_client.cli, sys; sys.exit(any('PyQt' in name for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("host", ("host", 7780)),
        ("host:1", ("host", 1)),
        ("[::1]:9", ("::1", 9)),
        ("[::1]", ("::1", 7780)),
        ("::1", ("::1", 7780)),
    ],
)
def test_addresses(text: str, wanted: tuple[str, int]) -> None:
    assert parse_address(text) == wanted


@pytest.mark.parametrize("text", ["", ":1", "host:x", "host:0", "host:99999"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="no address"):
        parse_address(text)


def test_signed_values_are_joined_to_their_option() -> None:
    assert join_signed(["--from", "-10m", "--to", "now", "--speed", "-1", "-o", "f"]) == [
        "--from=-10m", "--to", "now", "--speed=-1", "-o", "f",
    ]  # fmt: skip


def record(key: str, kind: ObjectKind, parent: str, name: str, **values: object) -> ObjectRecord:
    return ObjectRecord(key, kind, parent, name, 1, values)


OBJECTS = [
    record("d1", ObjectKind.DEVICE, "n", "Gate"),
    record("c1", ObjectKind.CAMERA, "d1", "Gate", number=4),
    record("c2", ObjectKind.CAMERA, "d2", "gate south", number=5),
]


@pytest.mark.parametrize(
    ("wanted", "kind", "key"),
    [
        ("c1", None, "c1"),
        ("Gate", ObjectKind.CAMERA, "c1"),
        ("device:gate", None, "d1"),
        ("GATE SOUTH", None, "c2"),
        ("5", None, "c2"),
    ],
)
def test_objects_are_found(wanted: str, kind: ObjectKind | None, key: str) -> None:
    assert find(OBJECTS, wanted, kind).id == key


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(CommandError, match="Did you mean 'gate south'"):
        find(OBJECTS, "gate souht")


def test_the_device_holds_its_camera() -> None:
    assert top_of(OBJECTS, "gate").id == "d1"


def test_a_table_has_numbers_to_the_right() -> None:
    assert table(("n", "what"), [(1, "one"), (12, None)]).splitlines() == [
        " n  what", "--  ----", " 1  one", "12  -",
    ]  # fmt: skip


def test_json_tells_times_twice() -> None:
    text = to_json({"begin_us": 1_790_000_000_000_000, "wait_us": 5}, indent=None)
    assert '"begin": "2026-09-21T14:13:20.000Z"' in text
    assert '"wait"' not in text
