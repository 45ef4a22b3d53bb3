"""Footage as one Matroska file by our own writer: any codec, nothing re-encoded.

A file without re-encoding must begin with a key frame.  When that is before the wanted beginning,
an ordered chapter (RFC 9559 section 5.1.7.1.4) tells players the exact period; one that knows no
chapters shows the lead-in, too.
"""

from __future__ import annotations

import contextlib
import uuid
from io import BufferedWriter
from pathlib import Path

from axxond.archive.cutter import Cutter, frame_us
from axxond.archive.errors import ExportError
from axxond.archive.export.port import Film
from axxond.archive.matroska import ebml, ids
from axxond.archive.matroska.cluster import encode_cluster
from axxond.archive.matroska.header import SegmentHeader, encode_header, with_duration
from axxond.media.packet import Packet
from protocol.types import StreamRole

_UID = 1
_SAMPLE_US = 1_000_000


class MkvSink:
    def __init__(self, film: Film) -> None:
        """Raises OSError."""
        self._film = film
        self._file: BufferedWriter = film.path.open("wb")
        self._header: SegmentHeader | None = None
        self._cutter = Cutter(audio=True)
        self._cutter.expect([one for one in (film.video, film.audio) if one is not None])
        self._end_us = 0

    def add(self, packets: list[Packet]) -> None:
        self._cutter.feed(packets)
        self._write()

    def origin_us(self) -> int | None:
        """The zero of the file's times, and what was added is in it; None: nothing is yet."""
        self._cutter.seal()
        self._write()
        return self._header.origin_us if self._header is not None else None

    def add_clusters(self, data: bytearray, end_us: int) -> None:
        """Whole clusters that count from `origin_us`, asked for since the last `add`, and end
        then.  Raises OSError."""
        self._file.write(data)
        self._end_us = max(self._end_us, end_us)

    def finish(self) -> list[Path]:
        """Raises ExportError when nothing was added, OSError."""
        self._cutter.seal()
        self._write()
        if self._header is None:
            raise ExportError("there is nothing decodable to export in that period")
        self._file.seek(0)
        span = self._end_us - self._header.origin_us
        self._file.write(encode_header(with_duration(self._header, span)))
        self._file.write(self._chapters(self._header.origin_us))
        self._file.close()
        return [self._film.path]

    def abort(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()

    def _write(self) -> None:
        sealed, self._cutter.sealed = self._cutter.sealed, []
        for cluster in sealed:
            if self._header is None:
                self._begin(cluster.packets)
            assert self._header is not None
            encoded = encode_cluster(cluster.packets, self._header.origin_us)
            self._file.write(encoded.front)
            self._file.write(encoded.body)
            self._end_us = max(self._end_us, encoded.head.end_us)
            for packet in cluster.packets:
                self._end_us = max(self._end_us, packet.pts_us + packet.duration_us)

    def _begin(self, packets: list[Packet]) -> None:
        film = self._film
        origin_us = min(packet.pts_us for packet in packets)
        self._header = SegmentHeader(
            uid=uuid.uuid4().bytes,
            origin_us=origin_us,
            camera="",
            camera_name=film.title,
            stream=StreamRole.HIGH,
            link="",
            video=film.video,
            audio=film.audio,
            frame_us=frame_us(packets),
        )
        self._file.write(encode_header(self._header))
        self._file.write(self._chapters(origin_us))

    def _chapters(self, origin_us: int) -> bytes:
        """Always as long: it is written again when the end is known."""
        lead_us = self._film.begin_us - origin_us
        if lead_us <= 0:
            return b""
        end_us = max(self._end_us - origin_us, lead_us + 1)
        atom = ebml.master(
            ids.CHAPTER_ATOM,
            ebml.uint(ids.CHAPTER_UID, _UID),
            ebml.element(ids.CHAPTER_TIME_START, (lead_us * 1000).to_bytes(8, "big")),
            ebml.element(ids.CHAPTER_TIME_END, (end_us * 1000).to_bytes(8, "big")),
            ebml.master(
                ids.CHAPTER_DISPLAY,
                ebml.text(ids.CHAP_STRING, self._film.title or "Period"),
                ebml.text(ids.CHAP_LANGUAGE, "und"),
            ),
        )
        edition = ebml.master(
            ids.EDITION_ENTRY,
            ebml.uint(ids.EDITION_UID, _UID),
            ebml.uint(ids.EDITION_FLAG_DEFAULT, 1),
            ebml.uint(ids.EDITION_FLAG_ORDERED, 1),
            atom,
        )
        return ebml.master(ids.CHAPTERS, edition)


def sample_file(film: Film, packets: list[Packet]) -> bytes:
    """The beginning of a Matroska file: all that libav needs to know of the tracks."""
    origin_us = packets[0].pts_us
    who = ("", film.title, StreamRole.HIGH, "")
    header = SegmentHeader(bytes(16), origin_us, *who, film.video, film.audio)
    near = [one for one in packets if abs(one.pts_us - origin_us) <= _SAMPLE_US]
    encoded = encode_cluster(near, origin_us)
    return encode_header(header) + bytes(encoded.front) + bytes(encoded.body)
