"""The session description of a simulated stream (RFC 4566)."""

from __future__ import annotations

from collections.abc import Sequence

from axxond.devices.demo.track import Track

SPEAKER = "speaker"  # its control address
# What a loudspeaker may want, by name.
EARS = {
    "PCMU": ("m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"),
    "G726": ("m=audio 0 RTP/AVP 98", "a=rtpmap:98 G726-32/8000"),
    "AAC": (
        "m=audio 0 RTP/AVP 97",
        "a=rtpmap:97 MPEG4-GENERIC/16000/1",
        "a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408",
    ),
}


def describe(name: str, tracks: Sequence[Track], ear: str = "") -> bytes:
    """Media sections have the control addresses track0, track1, … below the stream's own.
    `ear`: with one for sound to the camera (ONVIF Streaming §5.3), in one of `EARS`."""
    lines = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", f"s={name}", "t=0 0", "a=control:*"]
    for number, track in enumerate(tracks):
        lines.append(f"m={track.kind.value} 0 RTP/AVP {track.payload_type}")
        lines += [f"a={attribute}" for attribute in track.description]
        lines.append(f"a=control:{control(number)}")
    if ear:
        lines += [*EARS[ear], f"a=control:{SPEAKER}", "a=sendonly"]
    return "".join(f"{line}\r\n" for line in lines).encode()


def control(number: int) -> str:
    return f"track{number}"
