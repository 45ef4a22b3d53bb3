"""Footage as one Matroska file by our own writer: any codec, nothing re-encoded."""

from __future__ import annotations

import contextlib
import uuid
from io import BufferedWriter
from pathlib import Path

from attrs import evolve

from axxond.archive.cutter import Cluster, Cutter
from axxond.archive.errors import ExportError
from axxond.archive.export.period import HoleCloser
from axxond.archive.matroska.cluster import encode_cluster
from axxond.archive.matroska.header import SegmentHeader, encode_header, with_duration
from axxond.media.packet import Packet
from protocol.types import AudioFormat, StreamRole, VideoFormat


class MkvSink:
    """`title` stands in the file; its times count from the first packet."""

    def __init__(self, path: Path, title: str = "") -> None:
        """Raises OSError."""
        self._path = path
        self._file: BufferedWriter = path.open("wb")
        self._title = title
        self._header: SegmentHeader | None = None
        self._holes = HoleCloser()
        self._cutter = Cutter(audio=True)
        self._end_us = 0

    def add(self, packets: list[Packet]) -> None:
        shift = self._holes.shift(packets)
        if shift:
            packets = [
                evolve(one, pts_us=one.pts_us - shift, dts_us=one.dts_us - shift)
                for one in packets
            ]
        if packets[0].discontinuity:  # the hole is closed up
            packets = [evolve(packets[0], discontinuity=False), *packets[1:]]
        self._cutter.feed(packets)
        self._write()

    def finish(self) -> None:
        """Raises ExportError when nothing was added, OSError."""
        self._cutter.seal()
        self._write()
        if self._header is None:
            raise ExportError("there is nothing decodable to export in that period")
        self._file.seek(0)
        span = self._end_us - self._header.origin_us
        self._file.write(encode_header(with_duration(self._header, span)))
        self._file.close()

    def abort(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            self._path.unlink(missing_ok=True)

    def _write(self) -> None:
        sealed, self._cutter.sealed = self._cutter.sealed, []
        for cluster in sealed:
            if self._header is None:
                self._begin(cluster)
            assert self._header is not None
            _check_same(self._header, cluster)
            encoded = encode_cluster(cluster.packets, self._header.origin_us)
            self._file.write(encoded.front)
            self._file.write(encoded.body)
            self._end_us = max(self._end_us, encoded.head.end_us)

    def _begin(self, cluster: Cluster) -> None:
        video, audio = cluster.video, cluster.audio
        who = ("", self._title, StreamRole.HIGH, "")
        origin = min(packet.pts_us for packet in cluster.packets)
        self._header = SegmentHeader(uuid.uuid4().bytes, origin, *who, video, audio)
        self._file.write(encode_header(self._header))


def _check_same(header: SegmentHeader, cluster: Cluster) -> None:
    """New parameter sets are in the stream; another codec needs another file."""
    if not _same_video(header.video, cluster.video) or not _same_audio(
        header.audio, cluster.audio
    ):
        raise ExportError(
            "the camera's encoding changed within the period; export the parts before and after"
            " the change apart"
        )


def _same_video(first: VideoFormat | None, now: VideoFormat | None) -> bool:
    if first is None or now is None:
        return first is now
    return first.codec is now.codec


def _same_audio(first: AudioFormat | None, now: AudioFormat | None) -> bool:
    return now is None or first == now
