"""What is said to a camera's loudspeaker: encoded as the field does it, at the pace of speech."""

from __future__ import annotations

import asyncio

import av
import numpy as np
import pytest

from axxond.devices.loudspeaker import MAX_WAITING_S, Loudspeaker, alaw_table, ulaw_table
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Codec
from tests.fakes.control import FakeControl
from tests.fakes.waiting import until

PCMU = AudioFormat(Codec.PCMU, 8000, 1, 8)
PIECE = 320  # 20 ms


@pytest.mark.parametrize(
    ("decoder", "table"), [("pcm_mulaw", ulaw_table()), ("pcm_alaw", alaw_table())]
)
def test_every_sample_is_encoded_to_the_nearest_step(decoder: str, table: np.ndarray) -> None:
    """libav's decoder gives back what differs by half a step at most (or ties with its
    neighbours)."""
    codec = av.CodecContext.create(decoder, "r")
    codec.sample_rate, codec.layout = 8000, "mono"  # type: ignore[attr-defined]
    codes = np.arange(256, dtype=np.uint8)
    (frame,) = codec.decode(av.Packet(codes.tobytes()))  # type: ignore[attr-defined]
    levels = frame.to_ndarray().reshape(-1).astype(np.int32)
    samples = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    made = levels[table]
    best = np.array([np.abs(levels - one).min() for one in samples[::257]])
    step = np.maximum(np.abs(samples[::257]) // 16, 16)
    assert np.all(np.abs(made[::257] - samples[::257]) <= best + step)
    assert np.mean(np.abs(made - samples) / (np.abs(samples) + 128)) < 0.03


async def test_speech_goes_out_in_pieces_of_its_pace() -> None:
    device = FakeControl()
    speaker = Loudspeaker(device, PCMU, lambda text: None)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    assert speaker.feed(bytes(10 * PIECE)) == 0
    await until(lambda: len(device.spoken) >= 10)
    assert loop.time() - began_s >= 0.15
    assert {len(piece) for piece in device.spoken} == {160}
    assert set(b"".join(device.spoken)) == {0xFF}, "silence in μ-law"
    await speaker.close()


async def test_what_waits_too_long_is_thrown_away_oldest_first() -> None:
    speaker = Loudspeaker(FakeControl(), PCMU, lambda text: None)
    second = bytes(16_000)
    assert speaker.feed(second) == 0
    assert speaker.feed(second) == 0
    assert speaker.feed(second) == 3000 - round(MAX_WAITING_S * 1000)
    await speaker.close()


async def test_a_device_that_goes_away_ends_it_with_the_reason() -> None:
    device, ended = FakeControl(), asyncio.Event()
    told: list[str] = []

    def on_end(text: str) -> None:
        told.append(text)
        ended.set()

    speaker = Loudspeaker(device, PCMU, on_end)
    device.away = True
    speaker.feed(bytes(PIECE))
    async with asyncio.timeout(5):
        await ended.wait()
    assert "away" in told[0]
    await speaker.close()


async def test_a_codec_that_is_not_spoken_says_what_to_choose() -> None:
    with pytest.raises(DeviceError, match=r"G\.711"):
        Loudspeaker(FakeControl(), AudioFormat(Codec.AAC, 16_000, 1), lambda text: None)
