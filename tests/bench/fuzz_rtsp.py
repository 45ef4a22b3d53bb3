"""Mutated RTSP, SDP, RTP and RTCP into the RTSP core: nothing but a clear refusal may come out.

    python -m tests.bench.fuzz_rtsp [--count 100000] [--seed 1]

One input is what a camera sends from the first answer to some seconds of media, damaged in up to
eight places and cut into pieces at random.  Prints the number of inputs, crashes and the peak of
memory; ends with 1 if anything but DeviceError (or a redirection) escaped.
"""

from __future__ import annotations

import argparse
import collections
import json
import random
import re
import resource
import struct
import sys
import time
import traceback

from attrs import define, field

from axxond.devices.port import DeviceError
from axxond.devices.rtsp.session import Redirected
from tests.axxond.devices.rtsp import wire

_NUMBERS = (b"0", b"-1", b"1", b"65536", b"4294967296", b"99999999999999999999", b"\xd9\xa3", b"")
_MAX_CRASHES_KEPT = 10


@define
class Outcome:
    inputs: int = 0
    packets: int = 0
    refusals: collections.Counter[str] = field(factory=collections.Counter)
    crashes: list[str] = field(factory=list)
    crash_count: int = 0


def _video(encoding: str, parameters: str, payload_type: int = 96) -> str:
    lines = [f"m=video 0 RTP/AVP {payload_type}", f"a=rtpmap:{payload_type} {encoding}/90000"]
    if parameters:
        lines.append(f"a=fmtp:{payload_type} {parameters}")
    return "\r\n".join([*lines, "a=control:stream=0", ""])


def _sound(encoding: str, parameters: str = "") -> str:
    lines = ["m=audio 0 RTP/AVP 97", f"a=rtpmap:97 {encoding}"]
    if parameters:
        lines.append(f"a=fmtp:97 {parameters}")
    return "\r\n".join([*lines, "a=control:stream=1", ""])


def _h264(chance: random.Random) -> list[bytes]:
    picture = b"\x65\x88" + chance.randbytes(300)
    return [
        wire.aggregate(wire.SPS, wire.PPS),
        *wire.fragments(picture, 100),
        b"\x41\x9a" + chance.randbytes(60),
        *wire.fragments(wire.SPS + b"\0\0\1" + wire.PPS, 20),
        b"\x06\x06\x01\xc4\x80",
    ]


def _h265(chance: random.Random) -> list[bytes]:
    sets = b"".join(len(nal).to_bytes(2, "big") + nal for nal in (wire.VPS5, wire.SPS5, wire.PPS5))
    picture = b"\x26\x01\x80" + chance.randbytes(300)
    return [b"\x60\x01" + sets, *wire.fragments5(picture, 100), b"\x02\x01\xd0" + bytes(50)]


def _jpeg(chance: random.Random) -> list[bytes]:
    tables = struct.pack(">BBH", 0, 0, 128) + chance.randbytes(128)
    head = struct.pack(">BBBBBBBB", 0, 0, 0, 0, 1, 255, 40, 30)
    restart = struct.pack(">BBBBBBBBHH", 0, 0, 0, 0, 65, 80, 40, 30, 4, 0xFFFF)
    return [head + tables + chance.randbytes(200), restart + chance.randbytes(100)]


def _mpeg4(chance: random.Random) -> list[bytes]:
    return [wire.VOL, b"\0\0\1\xb6\x10" + chance.randbytes(90), b"\0\0\1\xb6\x50\x11"]


def _aac(chance: random.Random) -> list[bytes]:
    return [wire.aac_payload(chance.randbytes(50), chance.randbytes(9)), b"\0\x10\x03\x20" + b"a"]


def _latm(chance: random.Random) -> list[bytes]:
    return [b"\x20" + chance.randbytes(32), b"\xff\x10" + chance.randbytes(271)]


def _plain(chance: random.Random) -> list[bytes]:
    return [chance.randbytes(160), b"", chance.randbytes(3)]


_VIDEOS = (
    (wire.H264_LINES, _h264),
    (_video("H265", "sprop-max-don-diff=0;sprop-vps=QAEMAf//"), _h265),
    (_video("H265", "sprop-max-don-diff=2"), _h265),
    (_video("JPEG", "", 26), _jpeg),
    (_video("MP4V-ES", f"config={wire.VOL.hex()}"), _mpeg4),
    (_video("VP8", ""), _plain),
)
_SOUNDS = (
    ("", _plain),
    (wire.PCMU_LINES, _plain),
    (wire.AAC_LINES, _aac),
    (_sound("MP4A-LATM/44100", "cpresent=0;config=400024203fc0"), _latm),
    (_sound("MP4A-LATM/44100", "cpresent=1"), _latm),
    (_sound("OPUS/48000/2", "sprop-stereo=1"), _plain),
    (_sound("G726-40/8000"), _plain),
    (_sound("L16/16000/2"), _plain),
)


def conversation(chance: random.Random) -> list[bytes]:
    """What an honest camera would send, in pieces."""
    picture, make_picture = chance.choice(_VIDEOS)
    sound, make_sound = chance.choice(_SOUNDS)
    parts = wire.talk(wire.sdp(picture, sound), 2 if sound else 1)
    if chance.random() < 0.1:
        challenge = 'WWW-Authenticate: Digest realm="a", nonce="b", qop="auth", algorithm=SHA-256'
        later = [_renumbered(part) for part in parts[1:]]
        parts[1:] = [wire.response(2, "401 Unauthorized", [challenge]), *later]
        if chance.random() < 0.3:
            parts[2:2] = [wire.response(3, "401 Unauthorized", [challenge])]
    payload_type = 26 if "JPEG" in picture else 96
    number = chance.choice((0, 65_530))
    for unit in range(chance.randrange(6)):
        for payload in make_picture(chance):
            marker = chance.random() < 0.7
            packet = wire.rtp(number, 3600 * unit, payload, marker, payload_type)
            parts.append(wire.interleaved(0, packet))
            number += 1
        for payload in make_sound(chance):
            parts.append(wire.interleaved(2, wire.rtp(unit, 160 * unit, payload, True, 97, 8)))
        parts.append(wire.interleaved(1, wire.sender_report(3600 * unit, 1_795_000_000_000_000)))
    return parts


def _renumbered(answer: bytes) -> bytes:
    """One more in CSeq."""
    return re.sub(rb"CSeq: (\d+)", lambda found: b"CSeq: %d" % (int(found[1]) + 1), answer)


def damage(parts: list[bytes], chance: random.Random) -> bytes:
    """A few mutations of the parts, then of the bytes."""
    for _ in range(chance.randrange(3)):
        at = chance.randrange(len(parts))
        kind = chance.randrange(4)
        if kind == 0:
            del parts[at]
        elif kind == 1:
            parts.insert(at, chance.choice(parts))
        elif kind == 2:
            parts[at] = parts[at][: chance.randrange(len(parts[at]) + 1)]
        else:
            parts[at] = _number(parts[at], chance)
        if not parts:
            return b""
    data = bytearray(b"".join(parts))
    for _ in range(chance.randrange(6)):
        _bytes(data, chance)
    return bytes(data)


def _number(part: bytes, chance: random.Random) -> bytes:
    """Another number in the place of one in a text."""
    digits = [at for at in range(len(part)) if part[at : at + 1].isdigit()]
    if not digits:
        return part
    at = chance.choice(digits)
    end = at
    while part[end : end + 1].isdigit():
        end += 1
    return part[:at] + chance.choice(_NUMBERS) + part[end:]


def _bytes(data: bytearray, chance: random.Random) -> None:
    if not data:
        return
    at = chance.randrange(len(data))
    kind = chance.randrange(5)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[at] = chance.choice((0, 0x24, 0x80, 0xFF, 0x0A, 0x3A))
    elif kind == 2:
        data[at:at] = chance.randbytes(chance.randrange(1, 40))
    elif kind == 3:
        del data[at : at + chance.randrange(1, 40)]
    else:
        data[at : at + 4] = struct.pack(">I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))


def one(seed: int, outcome: Outcome) -> None:
    """Feed one damaged conversation and note what came of it."""
    chance = random.Random(seed)
    data = damage(conversation(chance), chance)
    outcome.inputs += 1
    try:
        camera = wire.Camera("guard", "secret word")
        position = arrival_us = 0
        while position < len(data):
            size = chance.choice((1, 7, 100, 1500, 65_536))
            camera.feed(data[position : position + size], arrival_us)
            camera.reception.reports(arrival_us)
            position += size
            arrival_us += chance.choice((0, 40_000, 5_000_000))
        camera.session.teardown()
        outcome.packets += len(camera.packets)
        outcome.refusals["none"] += 1
    except DeviceError as error:
        outcome.refusals[error.kind.value] += 1
        if "secret word" in str(error):
            outcome.crash_count += 1
            outcome.crashes.append(f"seed {seed}: the password is told: {error}")
    except Redirected:
        outcome.refusals["redirected"] += 1
    except Exception:  # noqa: BLE001 - what this looks for
        outcome.crash_count += 1
        if len(outcome.crashes) < _MAX_CRASHES_KEPT:
            outcome.crashes.append(f"seed {seed}\n{traceback.format_exc()}")


def fuzz(count: int, seed: int) -> Outcome:
    outcome = Outcome()
    for number in range(count):
        one(seed * 1_000_003 + number, outcome)
    return outcome


def main() -> int:
    parser = argparse.ArgumentParser(prog="fuzz_rtsp")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    fuzz(1_000, options.seed + 1)  # everything is imported and cached
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    outcome = fuzz(options.count, options.seed)
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print("\n".join(outcome.crashes))
    print(
        json.dumps(
            {
                "inputs": outcome.inputs,
                "crashes": outcome.crash_count,
                "packets": outcome.packets,
                "refusals": dict(outcome.refusals),
                "seconds": round(time.monotonic() - began, 1),
                "peak_mib": round(peak_kib / 1024, 1),
                "grown_mib": round((peak_kib - before_kib) / 1024, 1),
            }
        )
    )
    return 1 if outcome.crash_count else 0


if __name__ == "__main__":
    sys.exit(main())
