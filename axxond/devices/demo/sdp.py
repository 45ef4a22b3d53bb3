"""The session description of a simulated stream (RFC 4566)."""

from __future__ import annotations

from collections.abc import Sequence

from axxond.devices.demo.track import Track

SPEAKER = "speaker"  # its control address


def describe(name: str, tracks: Sequence[Track], *, speaker: bool = False) -> bytes:
    """Media sections have the control addresses track0, track1, … below the stream's own.
    `speaker`: with one for sound to the camera (ONVIF Streaming §5.3)."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", f"s={name}", "t=0 0", "a=control:*"]
    for number, track in enumerate(tracks):
        lines.append(f"m={track.kind.value} 0 RTP/AVP {track.payload_type}")
        lines += [f"a={attribute}" for attribute in track.description]
        lines.append(f"a=control:{control(number)}")
    if speaker:
        lines += ["m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000", f"a=control:{SPEAKER}"]
        lines.append("a=sendonly")
    return "".join(f"{line}\r\n" for line in lines).encode()


def control(number: int) -> str:
    return f"track{number}"
