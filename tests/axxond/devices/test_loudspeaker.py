"""What is said to a camera's loudspeaker: encoded as the field does it, at the pace of speech."""

from __future__ import annotations

import asyncio

import pytest

from axxond.devices.loudspeaker import MAX_WAITING_S, Loudspeaker
from axxond.devices.port import DeviceError
from protocol.types import AudioFormat, Codec
from tests.fakes.control import FakeControl
from tests.fakes.waiting import until

PCMU = AudioFormat(Codec.PCMU, 8000, 1, 8)
PIECE = 320  # 20 ms


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
        Loudspeaker(FakeControl(), AudioFormat(Codec.OPUS, 48_000, 2), lambda text: None)


async def test_the_end_of_what_is_said_is_not_kept_back() -> None:
    """Though the encoder takes 64 ms at a time."""
    device = FakeControl()
    speaker = Loudspeaker(device, AudioFormat(Codec.AAC, 16_000, 1), lambda text: None)
    speaker.feed(bytes(2 * 1100))
    await until(lambda: len(device.spoken) >= 1)
    await speaker.close()
