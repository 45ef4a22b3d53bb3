"""The capture driver on the virtual card: pictures, standards, and a bounded pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import av
import numpy as np
import pytest

from axxond.devices import drivers
from axxond.devices.capture import cards
from axxond.devices.capture.address import parse
from axxond.devices.capture.encoder import Encoder
from axxond.devices.capture.pool import MAX_WAITING, ChannelEncoder, Pool
from axxond.devices.capture.standard import Standard
from axxond.devices.control import ControlSettings
from axxond.media.packet import Packet
from protocol.types import Codec, FailureKind
from tests.axxond.devices.test_libav import decoded
from tests.axxond.devices.web.test_mjpeg import failure, received


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    yield
    cards.forget()


NAMES = {"snow": "snow", "mjpeg": "mjpeg", "mpeg4": "mpeg4", "h264": "h264"}


@pytest.mark.parametrize("codec", NAMES)
async def test_a_channel_is_encoded_as_asked(codec: str) -> None:
    sink = await received(f"capture:virtual?codec={codec}&gop=10", 25, "capture")
    packets = sink.packets
    assert packets[0].format.codec is Codec(codec)
    assert (packets[0].format.width, packets[0].format.height) == (720, 576)
    keys = [number for number, packet in enumerate(packets) if packet.keyframe]
    assert keys == (list(range(25)) if codec == "mjpeg" else [0, 10, 20])
    steps = [b.pts_us - a.pts_us for a, b in pairwise(packets) if not b.lost_before]
    assert all(step == pytest.approx(40_000, abs=2_000) for step in steps)
    assert abs(packets[-1].pts_us - time.time() * 1e6) < 2_000_000
    if codec == "snow":  # its own header stands in its key frames; the size does not
        context = av.CodecContext.create("snow", "r")
        context.width, context.height = 720, 576
        assert len([f for p in packets for f in context.decode(av.Packet(p.data))]) == 25
    else:
        assert decoded(packets, NAMES[codec]) == 25


async def test_auto_takes_a_capture_channel() -> None:
    assert await received("capture:virtual?codec=mjpeg", 2, "auto")


async def test_channels_of_a_card_share_one_standard_and_mixing_is_refused() -> None:
    sink = await received("capture:virtual:xnp?channel=2&codec=mjpeg", 3, "capture")
    assert (sink.packets[0].format.width, sink.packets[0].format.height) == (720, 480)
    mixed = await failure("capture:virtual:xnp?channel=3", "capture")
    assert mixed.kind is FailureKind.UNSUPPORTED
    assert "receives PAL, but the card works in NTSC" in str(mixed)
    dark = await received("capture:virtual:xnp?channel=1&codec=mjpeg", 2, "capture")
    assert dark.packets[0].format.height == 480


async def test_a_card_without_any_signal_says_what_to_do() -> None:
    error = await failure("capture:virtual:xx", "capture")
    assert error.kind is FailureKind.NOT_VIDEO
    assert "connect a camera" in str(error)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("capture:virtual?channel=5", "has 4 channels, none with number 5"),
        ("capture:virtual:abc", "not all of p, n, x"),
        ("capture:99", "no capture card 99"),
    ],
)
async def test_what_is_not_there_is_told(url: str, text: str) -> None:
    error = await failure(url, "capture")
    assert error.kind is FailureKind.UNREACHABLE
    assert text in str(error)


async def test_a_card_says_what_channels_it_has() -> None:
    control = drivers.driver("capture").control(ControlSettings("capture:virtual:npn?codec=h264"))
    assert control is not None
    told = await control.describe()
    await control.close()
    # The second channel is no other device: it is refused when it is opened.
    assert told.model == "Virtual capture card (NTSC, 3 channels)"
    assert [stream.channel for stream in told.streams] == ["1", "2", "3"]
    assert parse(told.streams[2].url).channel == 3
    assert (told.streams[0].setup.codec, told.streams[0].setup.height) == (Codec.H264, 480)
    assert told.capabilities == frozenset()


# The pool


def picture() -> av.VideoFrame:
    shade = np.zeros((576, 720, 3), np.uint8)
    return av.VideoFrame.from_ndarray(shade, format="rgb24").reformat(format="yuv420p")


class Slow:
    """An encoder that waits to be let on."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.threads: set[str] = set()
        self.lost: list[int] = []

    def encode(self, frame: av.VideoFrame, time_us: int, lost: int) -> list[Packet]:
        del frame, time_us
        self.go.wait(10)
        self.threads.add(threading.current_thread().name)
        self.lost.append(lost)
        return []


def test_when_encoders_are_slow_the_oldest_pictures_go_and_are_counted() -> None:
    slow = Slow()
    channel = ChannelEncoder(lambda: slow, lambda _packet: None, Pool(1))  # type: ignore[arg-type]
    frame = picture()
    channel.put((frame, 0))
    while not channel._encoder:  # the first has been taken
        time.sleep(0.001)
    for number in range(1, 11):
        channel.put((frame, number))
    assert channel.dropped == 10 - MAX_WAITING
    slow.go.set()
    while len(slow.lost) < 1 + MAX_WAITING:
        time.sleep(0.001)
    channel.close()
    assert sum(slow.lost) == channel.dropped
    assert len(slow.lost) == 1 + MAX_WAITING


def test_many_channels_share_few_threads_evenly() -> None:
    pool, slows = Pool(2), [Slow() for _ in range(6)]
    channels = [
        ChannelEncoder(lambda slow=slow: slow, lambda _packet: None, pool)  # type: ignore[arg-type,misc]
        for slow in slows
    ]
    assert sorted(pool._lanes.values()) == [3, 3]
    for slow in slows:
        slow.go.set()
    for channel in channels:
        channel.put((picture(), 0))
    for channel in channels:
        channel.close()
    assert pool._lanes == {}


def test_what_an_encoder_refuses_is_told_once_and_ends_it() -> None:
    def make() -> Encoder:
        raise ValueError("no such picture")

    channel = ChannelEncoder(make, lambda _packet: None, Pool(1))
    channel.put((picture(), 0))
    while channel.failed is None:
        time.sleep(0.001)
    channel.put((picture(), 1))
    channel.close()
    assert "no such picture" in str(channel.failed)


def test_losses_stand_with_the_next_packet() -> None:
    encoder = Encoder(parse("capture:virtual?codec=mjpeg"), Standard.PAL)
    packets = [*encoder.encode(picture(), 1000, 0), *encoder.encode(picture(), 2000, 3)]
    assert [(packet.pts_us, packet.lost_before) for packet in packets] == [(1000, 0), (2000, 3)]
