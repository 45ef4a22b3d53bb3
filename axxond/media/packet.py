"""The packet: one encoded access unit or audio block with its time in UTC."""

from __future__ import annotations

from attrs import frozen

from protocol.types import Format, MediaKind


@frozen
class Packet:
    """What a camera encoded, never re-encoded or decoded on the way to disk and clients.

    `data` is laid out as `protocol.types.Codec` says and is never changed after construction.
    `pts_us` is the presentation time in UTC; `dts_us` the decoding time (equal but for streams
    with B-frames); both rise along a track but for `discontinuity`, which marks the first packet
    after an interruption or a jump.  `keyframe` is True for every audio packet.  `format` is the
    same object as the previous packet's of the track unless the parameters changed.
    `lost_before` counts network packets known to be lost between the previous packet and this.
    `stream_us` is the presentation time by the stream's own clock, of any origin: not bent to UTC
    (`media.straight`); None where nobody knows it.
    """

    format: Format
    data: bytes
    pts_us: int
    dts_us: int
    duration_us: int
    keyframe: bool
    discontinuity: bool = False
    lost_before: int = 0
    stream_us: int | None = None

    @property
    def kind(self) -> MediaKind:
        return self.format.kind

    @property
    def is_video(self) -> bool:
        return self.format.kind is MediaKind.VIDEO
