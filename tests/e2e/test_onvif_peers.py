"""ONVIF against devices that are not ours (IPyCam), and many of ours found on a network.

Each runs in a network namespace, where multicast stays on loopback.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from axxond.devices.demo import clips
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.rtsp.speaker import Speaker
from protocol.types import Codec, FailureKind
from tests.e2e.harness import ROOT

SYSTEM_PYTHON = "/usr/bin/python3"
_PEERS = Path(__file__).parent / "peers"
_VIDEO = Path(clips.__file__).with_name("clips") / "bottle-detection.mp4"

pytestmark = [pytest.mark.peer, pytest.mark.timeout(180)]


def _rig(*arguments: str) -> dict[str, Any]:
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        pytest.skip("unshare and ip are not installed")
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        pytest.skip("network namespaces cannot be made here (not root)")
    command = ["unshare", "-n", "sh", str(_PEERS / "loopback.sh"), sys.executable, "-m"]
    done = subprocess.run(
        [*command, "tests.e2e.peers.onvif_rig", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=150,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return seen


@pytest.fixture(scope="module")
def ipycam() -> dict[str, Any]:
    if importlib.util.find_spec("ipycam") is None:
        pytest.skip("ipycam is not installed")
    return _rig("ipycam", str(_VIDEO))


def test_it_is_found_by_its_name(ipycam: dict[str, Any]) -> None:
    assert [one["name"] for one in ipycam["found"]] == ["Virtual Camera"]
    assert ipycam["found"][0]["url"].startswith("onvif://127.0.0.1:")


def test_it_is_described(ipycam: dict[str, Any]) -> None:
    assert ipycam["model"] == "PythonCam VirtualCam-1"
    expected = {"ptz", "ptz-absolute", "ptz-relative", "presets", "home", "snapshot"}
    assert expected <= set(ipycam["capabilities"])
    assert not {"events", "inputs", "outputs", "talk"} & set(ipycam["capabilities"])
    assert abs(ipycam["clock_offset_us"]) < 2_000_000


def test_its_pictures_come(ipycam: dict[str, Any]) -> None:
    assert ipycam["streams"] == [["h264", 640, 360, True], ["h264", 320, 180, True]]
    assert ipycam["snapshot"] == "ffd8"


def test_it_moves_though_its_answers_are_not_well_formed(ipycam: dict[str, Any]) -> None:
    ptz = ipycam["ptz"]
    assert ptz["at"] == pytest.approx([0.25, -0.5, 0.5], abs=0.01)
    assert ptz["back"] == pytest.approx([0.25, -0.5, 0.5], abs=0.01)
    assert ptz["shifted right"]
    assert "Door" in ptz["presets"]
    assert ptz["refused"].startswith("unsupported: ")


def test_a_wrong_password_is_told(ipycam: dict[str, Any]) -> None:
    assert ipycam["wrong password"].startswith("login: 127.0.0.1:")
    assert 'refuses the user "admin"' in ipycam["wrong password"]


def test_compatibility_mode_takes_its_first_stream(ipycam: dict[str, Any]) -> None:
    (url,) = ipycam["simple"]
    assert url.endswith("?profile=Profile_Main")


def test_all_cameras_of_a_network_are_found_and_answer_among_garbage() -> None:
    seen = _rig("emulators", "5")
    assert seen["models"] == [f"Strict dome {number}" for number in range(1, 6)]
    assert {one["mac"] for one in seen["found"]} == {f"02000000000{n}" for n in range(1, 6)}


# The loudspeaker, against GStreamer's ONVIF server


def _has_onvif_server() -> bool:
    check = "import gi; gi.require_version('GstRtspServer', '1.0');"
    check += "from gi.repository import GstRtspServer; GstRtspServer.RTSPOnvifServer"
    if shutil.which(SYSTEM_PYTHON) is None:
        return False
    return subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True).returncode == 0


_LOGIN = ("--user", "admin", "--password", "secret")


@pytest.fixture
def talker(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Port, and the file with what was heard."""
    if not _has_onvif_server():
        pytest.skip("GStreamer's RTSPOnvifServer is not installed")
    heard = tmp_path / "heard"
    process = subprocess.Popen(
        [SYSTEM_PYTHON, str(_PEERS / "gst_onvif.py"), "--heard", str(heard), *_LOGIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    yield int(json.loads(process.stdout.readline())["port"]), heard
    process.stdin.close()
    process.wait(10)
    process.stdout.close()


@pytest.mark.parametrize("codec", [Codec.PCMU, Codec.PCMA])
async def test_what_is_said_is_heard_to_the_byte(talker: tuple[int, Path], codec: Codec) -> None:
    port, heard = talker
    speaker = Speaker(StreamSettings(f"rtsp://127.0.0.1:{port}/{codec.value}", "admin", "secret"))
    form = await speaker.open()
    assert (form.codec, form.sample_rate, form.channels) == (codec, 8000, 1)
    said = bytes(number % 251 for number in range(8000))
    for at in range(0, len(said), 160):
        await speaker.send(said[at : at + 160])
    for _ in range(400):
        if heard.exists() and heard.stat().st_size == len(said):
            break
        await asyncio.sleep(0.05)
    await speaker.close()
    assert heard.read_bytes() == said


async def test_a_wrong_password_keeps_us_from_talking(talker: tuple[int, Path]) -> None:
    speaker = Speaker(StreamSettings(f"rtsp://127.0.0.1:{talker[0]}/pcmu", "admin", "guess"))
    with pytest.raises(DeviceError) as caught:
        await speaker.open()
    assert caught.value.kind is FailureKind.LOGIN
