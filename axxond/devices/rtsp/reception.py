"""What comes over one connection, without I/O: bytes in, packets out, bytes to send.

Joins the conversation (`session`), the receive buffer (`framer`) and the tracks.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable

from axxond.devices import failures
from axxond.devices.port import Sink
from axxond.devices.rtsp import metadata, rtcp
from axxond.devices.rtsp.framer import Framer
from axxond.devices.rtsp.messages import HttpError, MalformedError, Message
from axxond.devices.rtsp.metadata import TakeDocument
from axxond.devices.rtsp.session import Chosen, Session, State
from axxond.devices.rtsp.track import Control, Track
from axxond.media.timeline import CameraClock, LipSync


class Reception:
    """`send` takes bytes for the server (whoever connects sets it), `documents` those of a
    metadata track.

    `received` raises DeviceError or `session.Redirected`; nothing else that a server sends raises.
    """

    def __init__(
        self, session: Session, sink: Sink, documents: TakeDocument | None = None
    ) -> None:
        self.session = session
        self.send: Callable[[bytes], None] = _nowhere
        self.framer = Framer(self._message)
        self.tracks: list[Track] = []
        self._controls: list[tuple[int, Control]] = []
        self._sink = sink
        self._documents = documents
        self._sync: LipSync | None = None
        self._camera_clock: CameraClock | None = None
        self._arrival_us = 0
        self._ssrc = secrets.randbits(32)
        self._wired = 0

    def received(self, count: int, arrival_us: int) -> None:
        """`count` bytes were written into `framer.space()` at `arrival_us` (UTC)."""
        self._arrival_us = arrival_us
        try:
            self.framer.received(count, arrival_us)
        except HttpError as error:
            raise failures.web_server(self.session.url) from error
        except MalformedError as error:
            raise failures.garbage(self.session.url, str(error)) from error

    def reports(self, now_us: int) -> bytes:
        """Receiver reports of all tracks, to be sent every few seconds."""
        parts = []
        for channel, control in self._controls:
            if packet := control.report(self._ssrc, now_us):
                parts.append(rtcp.interleave(channel, packet))
        return b"".join(parts)

    def _message(self, message: Message) -> None:
        answer = self.session.receive(message)
        # A server may send media right behind its answer to PLAY, or before it.
        for chosen in self.session.chosen[self._wired :]:
            self.wire(chosen)
        self._wired = len(self.session.chosen)
        if answer:
            if self.session.state is State.PLAY:
                for track in self.tracks:
                    track.clock.asked(self._arrival_us)
            self.send(answer)

    def wire(self, chosen: Chosen) -> None:
        """Listen to what was set up."""
        kind = chosen.medium.kind
        if kind == metadata.KIND:
            if self._documents is not None:
                listener = metadata.Documents(self.framer.view, self._documents)
                self.framer.listen(chosen.channel, listener)
            return
        try:
            track = Track(kind, chosen.offer, self.framer.view, self._sink.packet)
        except ValueError as error:
            if kind == "audio":
                return  # set up, but what comes is not listened to
            what = f"{chosen.offer.encoding} with parameters that make no sense ({error})"
            raise failures.unsupported(self.session.url, what) from error
        control = Control(track, self.framer.view, self._report, self._bye)
        self.framer.listen(chosen.channel, track, track.whole(chosen.channel))
        self.framer.listen(chosen.channel + 1, control)
        self.tracks.append(track)
        self._controls.append((chosen.channel + 1, control))
        if kind == "video":
            self._camera_clock = CameraClock(track.clock)
        track.on_new_source = functools.partial(self._begins_anew, track)
        if len(self.tracks) == 2:
            self._sync = LipSync(self.tracks[0].clock, self.tracks[1].clock)

    def _begins_anew(self, track: Track) -> None:
        if self._sync is not None:
            self._sync.forget(track.clock)
        if track.kind == "video" and self._camera_clock is not None:
            self._camera_clock.forget()

    def _report(self, track: Track, report: rtcp.SenderReport, arrival_us: int) -> None:
        if report.ntp_us is None:
            return
        if self._sync is not None:
            self._sync.report(track.clock, report.rtp_time, report.ntp_us)
        if track.kind == "video":
            if self._camera_clock is not None:
                self._camera_clock.report(report.rtp_time, report.ntp_us)
            self._sink.clock_offset(report.ntp_us - arrival_us)

    def _bye(self, track: Track) -> None:
        if track.kind == "video" and self.session.state is State.PLAYING:
            raise failures.closed(self.session.url, "the stream is over")


def _nowhere(data: bytes) -> None:
    raise AssertionError(f"{len(data)} bytes before there was a connection")
