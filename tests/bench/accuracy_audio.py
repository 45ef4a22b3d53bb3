"""No signal, signal and noise on real sound, as it is and as cameras encode it.

Two tracks.  `phrase`: the speech file; its truth is found in the raw PCM by a method that has
nothing in common with the detectors: spectral energy between 300 and 3400 Hz in frames of 10 ms,
against 12 dB over the track's own median (most of it is pauses); the speech is the longest run of
frames over that with no second below.  `scenes`: the other samples laid one after the other into
a faint hiss (-60 dBFS) at known times, the noise twice in a row; the truth is where they were
laid, less their own silent ends (below 1 % of a sample's own peak).  The detectors run as `axxond
analyze` does, at the defaults; every begin and every end must be within 0.5 s.
"""

from __future__ import annotations

import tempfile
import wave
from pathlib import Path
from typing import Any

import numpy as np
from attrs import frozen

from axxond.analytics.audio.detectors import KINDS, NO_SIGNAL, NOISE, SIGNAL
from axxond.analytics.offline import analyze
from axxond.analytics.offline_config import detector
from protocol.types import Codec
from tests.bench.accuracy import DATA
from tests.bench.accuracy_events import Line, matched
from tests.bench.table import Row
from tests.fakes.sounds import CODINGS, Samples, encoded, hiss

_WITHIN_S = 0.5
_PHRASE = "was_der_mensch_saet_das_wird_er_vielfach_ernten_44100Hz_mono_lead_trail_silence.wav"
_RATE = 44_100
_FLOOR_DBFS = -60.0
_PAUSE_S = 4.0
# Sample, how often in a row, and what it is apart from a signal.
_SCENES = (
    ("Noise.wav", 2, True),
    ("wp_gun_fire-01.wav", 1, False),
    ("break_glass_1.wav", 1, False),
    ("wp_flump_explo-01.wav", 1, False),
    ("Front_Center.wav", 1, False),
)

Spans = list[tuple[float, float]]


@frozen
class Track:
    name: str
    samples: Samples
    truth: dict[str, Spans]


def is_there() -> bool:
    return (DATA / "audio" / _PHRASE).exists()


def lines_and_rows() -> tuple[list[Line], list[Row]]:
    """For each kind all tracks and codecs together."""
    lines: list[Line] = []
    for track in (phrase(), scenes()):
        lines += scored(track, "PCM", None)
        for codec in CODINGS:
            lines += scored(track, codec.name, codec)
    wrong = sum(line.false + line.missed for line in lines)
    goal = f"0 beyond {_WITHIN_S} s"
    true = sum(line.true for line in lines)
    return lines, [
        Row("audio begins and ends found", "", true),
        Row("audio begins and ends missed or invented", "", wrong, goal=goal, ok=wrong == 0),
    ]


def scored(track: Track, name: str, codec: Codec | None) -> list[Line]:
    found = _run(track, codec)
    lines = []
    for kind in KINDS:
        spans = [(one["begin_s"], one["end_s"]) for one in found if one["kind"] == kind]
        edges = matched(
            f"{track.name} {name}", kind, _edges(track.truth[kind]), _edges(spans), _WITHIN_S
        )
        lines.append(edges)
    return lines


def _edges(spans: Spans) -> list[tuple[float, str]]:
    begins = [(begin_s, "begin") for begin_s, _ in spans]
    return [*begins, *((end_s, "end") for _, end_s in spans)]


def _run(track: Track, codec: Codec | None) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "track")
        if codec is None:
            _write(path, track.samples)
        else:
            path.write_bytes(encoded(track.samples, _RATE, codec, as_file=True))
        found = analyze(path, [detector(kind, kind) for kind in KINDS])
    events: list[dict[str, Any]] = found["events"]
    return events


def phrase() -> Track:
    samples = _read(_PHRASE)
    begin_s, end_s = _speech(samples)
    whole_s = len(samples) / _RATE
    quiet = [(0.0, begin_s), (end_s, whole_s)]
    return Track("phrase", samples, {SIGNAL: [(begin_s, end_s)], NO_SIGNAL: quiet, NOISE: []})


def _speech(samples: Samples) -> tuple[float, float]:
    """See the module."""
    size = _RATE // 100
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    hertz = np.fft.rfftfreq(size, 1 / _RATE)
    energy = spectrum[:, (hertz >= 300) & (hertz <= 3400)].sum(axis=1)
    loud = np.flatnonzero(energy > np.median(energy) * 10**1.2)
    groups = np.split(loud, np.flatnonzero(np.diff(loud) > 100) + 1)
    longest = max(groups, key=lambda group: group[-1] - group[0])
    return float(longest[0]) / 100, float(longest[-1] + 1) / 100


def scenes() -> Track:
    """Sounds with pauses between them."""
    pause = hiss(_PAUSE_S, _FLOOR_DBFS, _RATE)
    parts, signals, noises = [pause], [], []
    at_s = _PAUSE_S
    for name, times, is_noise in _SCENES:
        sample = np.tile(_read(name), times)
        audible = np.flatnonzero(np.abs(sample) > 0.01 * np.abs(sample).max()) / _RATE
        span = (at_s + float(audible[0]), at_s + float(audible[-1]))
        signals.append(span)
        if is_noise:
            noises.append(span)
        parts += [sample, pause]
        at_s += len(sample) / _RATE + _PAUSE_S
    begins = [0.0, *(end for _, end in signals)]
    ends = [*(begin for begin, _ in signals), at_s]
    quiet = list(zip(begins, ends, strict=True))
    samples = np.concatenate(parts)
    return Track("scenes", samples, {SIGNAL: signals, NO_SIGNAL: quiet, NOISE: noises})


def _read(name: str) -> Samples:
    """At _RATE; a linear change of rate is enough for levels."""
    with wave.open(str(DATA / "audio" / name)) as file:
        rate = file.getframerate()
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)
    samples = raw / np.float32(32_768)
    if rate == _RATE:
        return samples
    count = len(samples) * _RATE // rate
    at = np.arange(count) * (rate / _RATE)
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


def _write(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes((samples * 32_767).astype("<i2").tobytes())
