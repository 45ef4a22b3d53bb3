"""A camera's side of the wire as bytes: what the tests of the RTSP core feed it."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterable

from attrs import define, field

from axxond.devices.rtsp.reception import Reception
from axxond.devices.rtsp.session import PICTURE, PICTURE_AND_SOUND, Session
from axxond.media.packet import Packet

URL = "rtsp://192.0.2.10/stream"

# Made by x264 and x265 for 320×240 pixels.
SPS = bytes.fromhex("6742c014da0507ec05a8303035280000030008000003019478a155")
PPS = bytes.fromhex("68ce3c80")
# 320×240, High profile, one reordered frame told in the VUI.
SPS_HIGH = bytes.fromhex("6764000dacd94141fb016a0c0c0d4a0000030002000003006" + "51e28532c")
PPS_HIGH = bytes.fromhex("68efbcb0")
VPS5 = bytes.fromhex("40010c01ffff040800000300980800000300003cba0240")
SPS5 = bytes.fromhex(
    "420101040800000300980800000300003c90014101e2294b7494985ffe00020002d4181818100000030010"
    "000003019080"
)
PPS5 = bytes.fromhex("4401c07030603120")
AAC_CONFIG = bytes.fromhex("1208")
VOL = bytes.fromhex(
    "000001b001000001b58913000001000000012000c48d8ffffd0a041e1463000001b24c61766335392e33372e313030"
)
H264_LINES = (
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;"
    f"sprop-parameter-sets={base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}\r\n"
    "a=control:stream=0\r\n"
)
PCMU_LINES = "m=audio 0 RTP/AVP 0\r\na=control:stream=1\r\n"
AAC_LINES = (
    "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/44100/1\r\na=fmtp:97 streamtype=5;"
    "mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1208\r\n"
    "a=control:stream=1\r\n"
)


def sdp(*media: str) -> bytes:
    return ("v=0\r\ns=x\r\na=control:*\r\n" + "".join(media)).encode()


def rtp(
    number: int,
    timestamp: int,
    payload: bytes,
    marker: bool = False,
    payload_type: int = 96,
    ssrc: int = 7,
) -> bytes:
    second = payload_type | (0x80 if marker else 0)
    return struct.pack(">BBHII", 0x80, second, number & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc) + (
        payload
    )


def interleaved(channel: int, packet: bytes) -> bytes:
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet


def response(
    cseq: int, status: str = "200 OK", headers: Iterable[str] = (), body: bytes = b""
) -> bytes:
    lines = [f"RTSP/1.0 {status}", f"CSeq: {cseq}", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def sender_report(rtp_time: int, ntp_us: int, ssrc: int = 7) -> bytes:
    seconds, rest_us = divmod(ntp_us, 1_000_000)
    words = (ssrc, seconds + 2_208_988_800, (rest_us << 32) // 1_000_000, rtp_time, 0, 0)
    return struct.pack(">BBHIIIIII", 0x80, 200, 6, *words)


def talk(description: bytes, tracks: int = 1) -> list[bytes]:
    """The answers of a camera from OPTIONS to PLAY."""
    answers = [
        response(1, headers=["Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER"]),
        response(2, headers=["Content-Type: application/sdp"], body=description),
    ]
    for track in range(tracks):
        transport = f"Transport: RTP/AVP/TCP;unicast;interleaved={2 * track}-{2 * track + 1}"
        answers.append(response(3 + track, headers=[transport, "Session: 4711;timeout=30"]))
    answers.append(response(3 + tracks, headers=["Session: 4711"]))
    return answers


@define
class Camera:
    """A reception whose other side is played by the test."""

    user: str = ""
    password: str = ""
    audio: bool = True
    packets: list[Packet] = field(factory=list)
    sent: list[bytes] = field(factory=list)
    offsets: list[int] = field(factory=list)
    session: Session = field(init=False)
    reception: Reception = field(init=False)

    def __attrs_post_init__(self) -> None:
        wish = PICTURE_AND_SOUND if self.audio else PICTURE
        self.session = Session(URL, self.user, self.password, wish)
        self.reception = Reception(self.session, self)
        self.reception.send = self.sent.append
        self.sent.append(self.session.begin())

    def packet(self, packet: Packet) -> None:
        self.packets.append(packet)

    def clock_offset(self, offset_us: int) -> None:
        self.offsets.append(offset_us)

    def feed(self, data: bytes, arrival_us: int = 0) -> None:
        """As much at a time as there is room for."""
        position = 0
        while position < len(data):
            space = self.reception.framer.space()
            piece = data[position : position + len(space)]
            space[: len(piece)] = piece
            self.reception.received(len(piece), arrival_us)
            position += len(piece)

    def play(self, description: bytes, tracks: int = 1, now_us: int = 0) -> Camera:
        for answer in talk(description, tracks):
            self.feed(answer, now_us)
        assert self.session.is_playing
        return self


def fragments(nal: bytes, size: int) -> list[bytes]:
    """FU-A payloads of an H.264 NAL unit (RFC 6184 §5.8)."""
    head, body = nal[0], nal[1:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return [
        bytes(
            (
                head & 0xE0 | 28,
                head & 31 | (0x80 if at == 0 else 0) | (0x40 if at == len(pieces) - 1 else 0),
            )
        )
        + piece
        for at, piece in enumerate(pieces)
    ]


def fragments5(nal: bytes, size: int, number: bytes = b"") -> list[bytes]:
    """FU payloads of an H.265 NAL unit (RFC 7798 §4.4.3); `number`: a DONL for the first."""
    kind, body = nal[0] >> 1 & 63, nal[2:]
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    head = bytes((nal[0] & 0x81 | 49 << 1, nal[1]))
    return [
        head
        + bytes((kind | (0x80 if at == 0 else 0) | (0x40 if at == len(pieces) - 1 else 0),))
        + (number if at == 0 else b"")
        + piece
        for at, piece in enumerate(pieces)
    ]


def aggregate(*nals: bytes) -> bytes:
    """STAP-A (RFC 6184 §5.7.1)."""
    return b"\x78" + b"".join(len(nal).to_bytes(2, "big") + nal for nal in nals)


def lengths(*nals: bytes) -> bytes:
    """As `Codec.H264` wants it."""
    return b"".join(len(nal).to_bytes(4, "big") + nal for nal in nals)


def aac_payload(*frames: bytes) -> bytes:
    """AAC-hbr (RFC 3640 §3.3.6)."""
    heads = b"".join((len(frame) << 3).to_bytes(2, "big") for frame in frames)
    return (16 * len(frames)).to_bytes(2, "big") + heads + b"".join(frames)


def push_all(
    push: Callable[[memoryview, int, int, int, bool], None],
    packets: Iterable[tuple[int, bytes, bool]],
) -> None:
    """Give (time stamp, payload, marker) to a depacketizer, each in a buffer with a rim."""
    for timestamp, payload, marker in packets:
        push(memoryview(b"rim" + payload + b"rim"), 3, 3 + len(payload), timestamp, marker)
