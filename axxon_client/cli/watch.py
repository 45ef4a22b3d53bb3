"""Commands that receive video: live, play, snapshot."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from pathlib import Path

from attrs import asdict

from axxon_client.cli import times
from axxon_client.cli.client import Client
from axxon_client.cli.context import Context
from axxon_client.cli.problems import CommandError, Exit
from axxon_client.video.live import FeedNote, LiveFeed, LiveStats
from axxon_client.video.picture import decode_picture, to_jpeg, to_png
from axxon_client.video.playback import PlaybackFeed, PlaybackStats
from axxon_client.video.player import Player
from axxon_client.video.pool import DecodePool
from protocol.messages import GetPicture, Picture
from protocol.types import ObjectRecord, StreamRole

_LINE_S = 1.0
_WRITERS = {".jpg": to_jpeg, ".jpeg": to_jpeg, ".png": to_png}


class _Notes:
    """What a feed says, printed; a refusal ends the command."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._queue: queue.SimpleQueue[FeedNote] = queue.SimpleQueue()
        self.ended = False

    def put(self, note: FeedNote) -> None:
        self._queue.put(note)

    def show(self) -> None:
        """Raises CommandError for a refusal."""
        while not self._queue.empty():
            note = self._queue.get()
            if note.what == "refused":
                raise CommandError(note.text or "The server refused.", Exit.NAME)
            self.ended = self.ended or note.what == "end"
            if note.what not in ("reset", "footage", "end"):
                at = f" {times.local(note.time_us)}" if note.time_us else ""
                count = f" {note.count} packets" if note.count else ""
                self._context.out.say(f"{note.what}{at}{count} {note.text}".rstrip())


def _wait(seconds: float, notes: _Notes, each_line: Callable[[], None]) -> None:
    """Until the time is over or the footage ends."""
    end = time.monotonic() + seconds
    line = time.monotonic() + _LINE_S
    while not notes.ended and (now := time.monotonic()) < end:
        time.sleep(min(0.05, end - now))
        notes.show()
        if time.monotonic() >= line:
            line += _LINE_S
            each_line()
    notes.show()


def live(context: Context) -> None:
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        pool = DecodePool()
        role = StreamRole.LOW if options.low else StreamRole.HIGH
        feed = LiveFeed(client.network, client.link, pool, camera.id, role, options.audio)
        notes = _Notes(context)
        feed.on_note = notes.put
        feed.start()
        begun = time.monotonic()

        def line() -> None:
            if options.stats and not context.out.json:
                context.out.line(None, _live_line(feed.stats()))

        try:
            _wait(options.seconds, notes, line)
        finally:
            stats = feed.stats()
            feed.stop()
            pool.close()
        _live_end(context, camera, stats, time.monotonic() - begun)


def _live_line(stats: LiveStats) -> str:
    latency = f"{stats.latency_us / 1000:.0f} ms" if stats.latency_us is not None else "-"
    return (
        f"{stats.codec} {stats.width}x{stats.height}  {stats.fps:.1f} fps  "
        f"{stats.bitrate_bps / 1000:.0f} kbit/s  {stats.packets_per_s:.0f} packets/s  "
        f"latency {latency}  skipped {stats.skipped}  errors {stats.errors}"
    )


def _live_end(context: Context, camera: ObjectRecord, stats: LiveStats, seconds: float) -> None:
    value = {"camera": camera.id, "seconds": round(seconds, 3), **asdict(stats)}
    if stats.first_picture_us is None:
        context.out.value(value, f"{camera.name}: no picture in {seconds:.1f} s.")
        raise CommandError(f"{camera.name} sent no picture.")
    text = (
        f"{camera.name}: {stats.pictures} pictures in {seconds:.1f} s, the first after "
        f"{stats.first_picture_us / 1000:.0f} ms; {_live_line(stats)}"
    )
    context.out.value(value, text)


def play(context: Context) -> None:
    options = context.options
    with context.client() as client:
        camera = context.camera(client, options.camera)
        begin_us = times.parse_time(options.begin, client.now_us())
        pool = DecodePool()
        player = Player(client.network, pool, begin_us)
        feed = player.add(client.link, camera.id, audio=options.audio)
        notes = _Notes(context)
        feed.on_note = notes.put
        begun = time.monotonic()
        try:
            _play(context, player, feed, notes)
            stats = feed.stats()
        finally:
            player.close()
            pool.close()
        _play_end(context, camera, stats, time.monotonic() - begun)


def _play(context: Context, player: Player, feed: PlaybackFeed, notes: _Notes) -> None:
    options = context.options
    try:
        player.set_speed(options.speed)
    except ValueError as error:
        raise CommandError(f"{error}.", Exit.USAGE) from error
    feed.start()
    player.play()

    def line() -> None:
        if not context.out.json:
            context.out.line(None, _play_line(feed.stats()))

    _wait(options.seconds, notes, line)


def _play_line(stats: PlaybackStats) -> str:
    return (
        f"{times.local(stats.shown_us) or '-':19}  {stats.fps:.1f} fps  "
        f"{stats.bitrate_bps / 1000:.0f} kbit/s  shown {stats.pictures}  late {stats.late}  "
        f"stalls {stats.stalls}  errors {stats.errors}"
    )


def _play_end(
    context: Context, camera: ObjectRecord, stats: PlaybackStats, seconds: float
) -> None:
    value = {"camera": camera.id, "seconds": round(seconds, 3), **asdict(stats)}
    text = f"{camera.name}: {stats.pictures} pictures in {seconds:.1f} s; {_play_line(stats)}"
    context.out.value(value, text)
    if not stats.pictures:
        raise CommandError(f"{camera.name} has no footage from there on.")


def snapshot(context: Context) -> None:
    options = context.options
    path = Path(options.output)
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise CommandError(f"{path}: the name must end in .jpg or .png.", Exit.USAGE)
    with context.client() as client:
        camera = context.camera(client, options.camera)
        reply, payload = _picture(context, client, camera)
    if reply.format is None or not payload:
        raise CommandError(f"{camera.name} has no picture at that time.")
    picture = decode_picture(reply.format, payload, reply.time_us)
    if picture is None:
        raise CommandError(f"The picture of {camera.name} cannot be decoded.")
    try:
        path.write_bytes(write(picture))
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}.") from error
    context.out.value(
        {
            "camera": camera.id,
            "time_us": reply.time_us,
            "width": picture.width,
            "height": picture.height,
            "file": str(path),
        },
        f"{path}: {camera.name} at {times.local(reply.time_us)}, "
        f"{picture.width}x{picture.height}.",
    )


def _picture(context: Context, client: Client, camera: ObjectRecord) -> tuple[Picture, bytes]:
    time_us = context.time(client, context.options.at)
    return client.ask_payload(GetPicture(camera.id, time_us), Picture)
