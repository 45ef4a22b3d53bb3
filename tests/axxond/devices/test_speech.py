"""Speech in every encoding that a loudspeaker may want, against libav's decoders."""

from __future__ import annotations

import av
import numpy as np
import pytest

from axxon_client.video.decode import AudioDecoder
from axxond.devices.port import DeviceError
from axxond.devices.speech import Encoder, alaw_table, encoder, ulaw_table
from protocol.types import AudioFormat, Codec, FailureKind


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


def said(rate: int, seconds: float) -> np.ndarray:
    """A tone that swells, as int16."""
    t = np.arange(round(rate * seconds)) / rate
    return (8000 * np.sin(2 * np.pi * 440 * t) * np.sin(np.pi * t / seconds)).astype(np.int16)


def spoken(made: Encoder, samples: np.ndarray) -> tuple[list[bytes], float]:
    """What goes out, and how long it lasts."""
    found, lasts_s = [], 0.0
    step = made.piece_samples
    for at in range(0, len(samples) - step + 1, step):
        for one in made.encode(samples[at : at + step].astype(">i2").tobytes()):
            found.append(one.data)
            lasts_s += one.lasts_s
    return found, lasts_s


FORMS = [
    AudioFormat(Codec.PCMU, 8000, 1, 8),
    AudioFormat(Codec.PCMA, 8000, 1, 8),
    AudioFormat(Codec.L16, 16_000, 1, 16),
    *(AudioFormat(Codec.G726, 8000, 1, bits) for bits in (2, 3, 4, 5)),
    AudioFormat(Codec.AAC, 16_000, 1, extradata=b"\x14\x08"),
    AudioFormat(Codec.AAC, 48_000, 2, extradata=b"\x11\x90"),
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form.codec}-{form.bits_per_sample}")
def test_what_is_said_is_heard(form: AudioFormat) -> None:
    samples = said(form.sample_rate, 2.0)
    units, lasts_s = spoken(encoder(form), samples)
    decoder = AudioDecoder(form.sample_rate, 1)
    decoder.configure(form)
    blocks = [block for unit in units for block in decoder.decode(unit, 0)]
    heard = np.concatenate([block.samples[:, 0] for block in blocks]).astype(np.float64)
    assert decoder.errors == 0
    assert abs(len(heard) / form.sample_rate - lasts_s) < 0.07
    assert 1.5 < lasts_s < 2.001
    # An encoder may delay what it encodes: aligned where it fits best.
    wanted = samples[: len(heard)].astype(np.float64)
    delays = range(2200)
    best = max(np.corrcoef(wanted[: len(heard) - d], heard[d:])[0, 1] for d in delays[::4])
    assert best > (0.9 if form.bits_per_sample == 2 else 0.98)


def test_g726_goes_out_in_pieces_of_whole_bytes_and_20_ms() -> None:
    units, _ = spoken(encoder(AudioFormat(Codec.G726, 8000, 1, 4)), said(8000, 1.0))
    assert {len(unit) for unit in units} == {80, 64}


@pytest.mark.parametrize(
    "form",
    [
        AudioFormat(Codec.AAC, 16_000, 1, extradata=b"\x2b\x92\x08\x00"),  # SBR
        AudioFormat(Codec.AAC, 16_000, 1, extradata=b"\x14\x0c"),  # 960 samples
        AudioFormat(Codec.OPUS, 48_000, 2),
        AudioFormat(Codec.PCMU, 8000, 2, 8),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(form: AudioFormat) -> None:
    with pytest.raises(DeviceError, match=r"choose G\.711") as caught:
        encoder(form)
    assert caught.value.kind is FailureKind.UNSUPPORTED
