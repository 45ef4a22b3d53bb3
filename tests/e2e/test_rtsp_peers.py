"""Proof against a camera server of the field: what arrives is what its encoders made, to the byte.

`AXXON_PROOF_SECONDS=60 pytest tests/e2e/test_rtsp_peers.py` runs the long form.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from attrs import define, field

from axxond.base.clock import SystemClock
from axxond.devices import drivers
from axxond.devices.port import DeviceError, StreamSettings
from axxond.devices.probe import probe
from axxond.devices.supervisor import StreamState, StreamSupervisor
from axxond.media.packet import Packet
from protocol.types import Codec, DeviceState, FailureKind, MediaKind
from tests.e2e.peers import canonical

SECONDS = float(os.environ.get("AXXON_PROOF_SECONDS", "5"))
SERVER = Path(__file__).parent / "peers" / "gst_rtsp.py"
SYSTEM_PYTHON = "/usr/bin/python3"
MOUNTS = (
    "h264-aac",
    "h264-pcmu",
    "h265",
    "mjpeg",
    "h264b",
    "h265-pcma",
    "h264-latm",
    "h264-l16",
    "h264-opus",
    "h264-g726",
)
SAMPLED = (Codec.PCMU, Codec.PCMA, Codec.L16, Codec.G726)

pytestmark = [pytest.mark.peer, pytest.mark.timeout(SECONDS * 2 + 60)]


def has_server() -> bool:
    if shutil.which(SYSTEM_PYTHON) is None:
        return False
    check = "import gi; gi.require_version('GstRtspServer', '1.0')"
    return subprocess.run([SYSTEM_PYTHON, "-c", check], capture_output=True).returncode == 0


if not has_server():
    pytest.skip("the GStreamer RTSP server is not installed", allow_module_level=True)


class Server:
    """The peer as a process; a port of 0 takes a free one."""

    def __init__(self, *options: str, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(SERVER), "--port", str(port), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the GStreamer RTSP server did not start"
        self.port = int(json.loads(line)["port"])

    def url(self, mount: str) -> str:
        return f"rtsp://127.0.0.1:{self.port}/{mount}"

    def kill(self) -> None:
        self._process.kill()
        self.close()

    def close(self) -> None:
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


@define
class Viewer:
    """A supervised stream whose packets and states are kept."""

    settings: StreamSettings
    packets: list[Packet] = field(factory=list)
    states: list[StreamState] = field(factory=list)
    supervisor: StreamSupervisor = field(init=False)
    _changed: asyncio.Event = field(factory=asyncio.Event)

    def __attrs_post_init__(self) -> None:
        self.supervisor = StreamSupervisor(
            self.settings,
            drivers.driver("rtsp"),
            self.packets.append,
            self._state,
            SystemClock(),
        )

    def _state(self, state: StreamState) -> None:
        self.states.append(state)
        self._changed.set()

    async def reaches(self, state: DeviceState, after: int = 0) -> StreamState:
        """The first such state at or after the index `after` of `states`."""
        while True:
            for found in self.states[after:]:
                if found.state is state:
                    return found
            self._changed.clear()
            await self._changed.wait()

    def units(self, kind: MediaKind) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind is kind]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    folder = tmp_path_factory.mktemp("sent")
    peer = Server("--hashes", str(folder))
    yield peer, folder
    peer.close()


@pytest.fixture(scope="module")
def received(server: tuple[Server, Path]) -> dict[str, Viewer]:
    """All mounts, watched side by side."""
    peer, _ = server

    async def watch() -> dict[str, Viewer]:
        viewers = {mount: Viewer(StreamSettings(peer.url(mount))) for mount in MOUNTS}
        for viewer in viewers.values():
            viewer.supervisor.start()
        await asyncio.gather(*(v.reaches(DeviceState.ONLINE) for v in viewers.values()))
        await asyncio.sleep(SECONDS)
        await asyncio.gather(*(viewer.supervisor.stop() for viewer in viewers.values()))
        return viewers

    return asyncio.run(watch())


def form(packet: Packet) -> str:
    if packet.format.codec in (Codec.H264, Codec.H265):
        return canonical.digest(canonical.nal_units_by_length(packet.data))
    if packet.format.codec is Codec.MJPEG:
        return canonical.digest(canonical.jpeg_parts(packet.data))
    return canonical.digest([packet.data])


def is_run(part: list[str], whole: list[str]) -> bool:
    """Whether `part` stands in `whole` without a gap."""
    starts = (at for at, value in enumerate(whole) if value == part[0])
    return any(whole[at : at + len(part)] == part for at in starts)


@pytest.mark.parametrize("mount", MOUNTS)
def test_every_unit_received_is_the_bytes_that_the_encoder_made(
    mount: str, server: tuple[Server, Path], received: dict[str, Viewer]
) -> None:
    pictures = received[mount].units(MediaKind.VIDEO)
    sent = (server[1] / f"{mount}.video").read_text().splitlines()
    assert len(pictures) >= SECONDS * 25 * 0.8
    assert is_run([form(packet) for packet in pictures], sent)
    assert sum(packet.lost_before for packet in received[mount].packets) == 0
    assert any(packet.keyframe for packet in pictures)
    assert (pictures[0].format.width, pictures[0].format.height) == (320, 240)


@pytest.mark.parametrize("mount", [mount for mount in MOUNTS if "-" in mount])
def test_the_sound_received_is_the_bytes_that_the_encoder_made(
    mount: str, server: tuple[Server, Path], received: dict[str, Viewer]
) -> None:
    sound = received[mount].units(MediaKind.AUDIO)
    covered_us = sound[-1].pts_us + sound[-1].duration_us - sound[0].pts_us
    assert covered_us >= SECONDS * 0.8 * 1e6
    if sound[0].format.codec in SAMPLED:
        whole = (server[1] / f"{mount}.sound").read_bytes()
        assert b"".join(packet.data for packet in sound) in whole
    else:
        sent = (server[1] / f"{mount}.audio").read_text().splitlines()
        assert is_run([form(packet) for packet in sound], sent)


@pytest.mark.parametrize("mount", MOUNTS)
def test_times_rise_steadily(mount: str, received: dict[str, Viewer]) -> None:
    for kind in MediaKind:
        units = received[mount].units(kind)
        stamps = [packet.dts_us for packet in units]
        assert stamps == sorted(set(stamps))
        assert not any(packet.discontinuity for packet in units)
        assert len({packet.pts_us for packet in units}) == len(units)


def test_pictures_out_of_order_have_decoding_times_before_showing(
    received: dict[str, Viewer],
) -> None:
    pictures = received["h264b"].units(MediaKind.VIDEO)
    shown = [packet.pts_us for packet in pictures]
    assert shown != sorted(shown), "the encoder made no B-frames"
    assert all(packet.dts_us <= packet.pts_us for packet in pictures)


def test_picture_and_sound_are_aligned_by_sender_reports(received: dict[str, Viewer]) -> None:
    viewer = received["h264-pcmu"]
    offset_us = viewer.supervisor.timing.offset_us
    if SECONDS < 10 and offset_us is None:
        pytest.skip("no sender report came in so short a time")
    assert offset_us is not None
    assert abs(offset_us) < 2_000_000  # the same machine's clock, but for the server's latency


@pytest.fixture(params=["digest", "basic"])
def locked(request: pytest.FixtureRequest) -> Iterator[Server]:
    options = ["--user", "guard", "--password", "s3cret word"]
    peer = Server(*options, *(["--basic"] if request.param == "basic" else []))
    yield peer
    peer.close()


async def test_a_camera_with_a_log_in_is_opened_and_a_wrong_one_is_told(locked: Server) -> None:
    url = locked.url("h264-aac")
    rtsp = drivers.driver("rtsp")
    found = await probe(StreamSettings(url, "guard", "s3cret word"), rtsp, 10)
    assert found.video is not None
    assert found.key_frame is not None
    for user, password in (("guard", "wrong-secret"), ("", "")):
        with pytest.raises(DeviceError) as caught:
            await probe(StreamSettings(url, user, password), rtsp, 10)
        assert caught.value.kind is FailureKind.LOGIN
        assert "wrong-secret" not in str(caught.value)
        assert url in str(caught.value)


async def test_a_path_that_does_not_exist_is_told(server: tuple[Server, Path]) -> None:
    with pytest.raises(DeviceError) as caught:
        await probe(StreamSettings(server[0].url("nothing")), drivers.driver("rtsp"), 10)
    assert caught.value.kind is FailureKind.NOT_VIDEO


async def test_what_our_client_does_not_speak_is_taken_by_libav_or_told(
    server: tuple[Server, Path],
) -> None:
    with pytest.raises(DeviceError) as caught:
        await probe(StreamSettings(server[0].url("vp8")), drivers.driver("auto"), 15)
    assert caught.value.kind is FailureKind.UNSUPPORTED
    assert "vp8" in str(caught.value).lower()


async def test_a_camera_that_sends_by_udp_alone_is_taken_by_libav(
    server: tuple[Server, Path],
) -> None:
    settings = StreamSettings(server[0].url("h264-udp"), audio=False)
    with pytest.raises(DeviceError) as caught:
        await probe(settings, drivers.driver("rtsp"), 10)
    assert caught.value.kind is FailureKind.UNSUPPORTED
    found = await probe(settings, drivers.driver("auto"), 20)
    assert found.video is not None
    assert (found.video.codec, found.video.width) == (Codec.H264, 320)
    assert found.key_frame is not None


@contextlib.asynccontextmanager
async def watching(url: str) -> AsyncIterator[Viewer]:
    viewer = Viewer(StreamSettings(url))
    viewer.supervisor.start()
    try:
        yield viewer
    finally:
        await viewer.supervisor.stop()


async def test_a_server_killed_and_restarted_is_back_within_five_seconds() -> None:
    peer = Server()
    try:
        async with watching(peer.url("h264-aac")) as viewer:
            await viewer.reaches(DeviceState.ONLINE)
            peer.kill()
            lost = await viewer.reaches(DeviceState.WAITING)
            assert lost.failure is FailureKind.CLOSED
            assert lost.reason
            before = len(viewer.states)
            peer = await asyncio.to_thread(lambda: Server(port=peer.port))
            back = asyncio.get_running_loop().time()
            await viewer.reaches(DeviceState.ONLINE, before)
            assert asyncio.get_running_loop().time() - back < 5
        first_after = next(p for p in viewer.packets if p.pts_us > lost.since_us)
        assert first_after.pts_us - lost.since_us < 15_000_000
    finally:
        peer.close()
