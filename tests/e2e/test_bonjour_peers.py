"""Axis devices are found by Bonjour: real zeroconf on both sides, in a network of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.harness import ROOT

_PEERS = Path(__file__).parent / "peers"

pytestmark = [pytest.mark.peer, pytest.mark.timeout(90)]


@pytest.fixture(scope="module")
def found() -> dict[str, dict[str, str]]:
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare and ip are not installed")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        pytest.skip("network namespaces cannot be made here (not root)")
    command = ["unshare", "-n", "sh", str(_PEERS / "loopback.sh"), sys.executable, "-m"]
    done = subprocess.run(
        [*command, "tests.e2e.peers.bonjour_rig"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {one["key"]: one for one in json.loads(done.stdout.splitlines()[-1])}


def test_devices_are_found_with_their_names(found: dict[str, dict[str, str]]) -> None:
    default = found["mac:accc8e012345"]
    assert default["name"] == "AXIS M5525-E - ACCC8E012345"
    assert default["model"] == "M5525-E"
    assert (default["url"], default["driver"]) == ("axis://127.0.0.1", "axis")


def test_a_renamed_device_is_found_by_its_record(found: dict[str, dict[str, str]]) -> None:
    renamed = found["mac:accc8e0aaaaa"]
    assert (renamed["name"], renamed["url"]) == ("Front door", "axis://127.0.0.1:8081")


def test_a_device_that_comes_later_is_found_and_others_are_not(
    found: dict[str, dict[str, str]],
) -> None:
    assert found.keys() == {"mac:accc8e012345", "mac:accc8e0aaaaa", "mac:accc8e0bbbbb"}
