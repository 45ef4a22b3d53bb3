"""Speaking to an emulated camera, in whatever its loudspeaker takes: what it heard is decoded."""

from __future__ import annotations

import numpy as np
import pytest

from axxon_client.video.decode import AudioDecoder
from axxond.devices.control import ControlSettings
from axxond.devices.demo.sdp import describe
from axxond.devices.loudspeaker import Loudspeaker
from axxond.devices.onvif.control import OnvifControl
from axxond.devices.rtsp import depay
from axxond.devices.rtsp.sdp import parse
from protocol.types import AudioFormat, Codec, Format
from tests.fakes.onvif import rtsp
from tests.fakes.onvif.emulator import emulated
from tests.fakes.onvif.model import Camera
from tests.fakes.waiting import until

TONE_HZ = 500
# Payloads of about 0.8 s.
LEAST = {"PCMU": 40, "G726": 38, "AAC": 12}
CODECS = {"PCMU": Codec.PCMU, "G726": Codec.G726, "AAC": Codec.AAC}


def tone(rate: int, seconds: float) -> bytes:
    t = np.arange(round(rate * seconds)) / rate
    return (9000 * np.sin(2 * np.pi * TONE_HZ * t)).astype(">i2").tobytes()


def decoded(ear: str, payloads: list[bytes]) -> tuple[np.ndarray, int]:
    """By the camera's own description; samples, and how many a second."""
    (medium,) = parse(describe("camera", (), ear)).media
    decoder, blocks = AudioDecoder(8000, 1), []

    def take(timestamp: int, data: bytes, keyframe: bool, form: Format, ticks: int) -> None:
        assert isinstance(form, AudioFormat)
        decoder.configure(form)
        blocks.extend(decoder.decode(data, 0))

    unpacker = depay.choose("audio", medium.formats[0], take)
    for number, payload in enumerate(payloads):
        unpacker.push(memoryview(payload), 0, len(payload), number * 1024, True)
    assert decoder.errors == 0
    return np.concatenate([block.samples[:, 0] for block in blocks]), 8000


@pytest.mark.parametrize("ear", CODECS)
async def test_the_camera_hears_what_is_said_in_its_own_encoding(ear: str) -> None:
    camera = Camera(has_speaker=True, ear=ear)
    async with emulated(camera, rtsp.tracks()) as emulator:
        control = OnvifControl(ControlSettings(emulator.url, camera.user, camera.password))
        await control.describe()
        assert control.talk is not None
        form = await control.talk.open("")
        assert form.codec is CODECS[ear]
        speaker = Loudspeaker(control.talk, form, lambda text: None)
        speaker.feed(tone(form.sample_rate, 1.2))
        await until(lambda: len(camera.heard) >= LEAST[ear])
        await speaker.close()
        await control.close()
    samples, rate = decoded(ear, camera.heard)
    loud = samples[len(samples) // 4 : len(samples) * 3 // 4].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(loud * np.hanning(len(loud))))
    assert abs(np.argmax(spectrum) * rate / len(loud) - TONE_HZ) < 10
    assert np.sqrt(np.mean(loud**2)) == pytest.approx(9000 / np.sqrt(2), rel=0.1)
