from __future__ import annotations

import queue
from collections.abc import Iterator

import pytest

from axxon_client.video.decode import AudioBlock
from axxon_client.video.frame import VideoPicture
from axxon_client.video.live import FeedNote, LiveFeed
from protocol.messages import FormatNotice, MediaFrame
from protocol.types import Box, StreamRole
from tests.axxon_client.video.conftest import Bench
from tests.fakes import footage

WAIT_S = 20.0


class Watched:
    def __init__(
        self,
        bench: Bench,
        camera: str,
        role: StreamRole = StreamRole.LOW,
        audio: bool = False,
    ) -> None:
        self.pictures: queue.Queue[VideoPicture] = queue.Queue()
        self.notes: queue.Queue[FeedNote] = queue.Queue()
        self.sounds: queue.Queue[AudioBlock] = queue.Queue()
        self.boxes: queue.Queue[tuple[int, list[Box]]] = queue.Queue()
        self.feed = LiveFeed(bench.network, bench.link, bench.pool, camera, role, audio)
        self.feed.on_picture = self.pictures.put
        self.feed.on_note = self.notes.put
        self.feed.on_audio = lambda block, due_us: self.sounds.put(block)
        self.feed.on_seen = lambda time_us, boxes: self.boxes.put((time_us, boxes))

    def note(self, what: str) -> FeedNote:
        while (note := self.notes.get(timeout=WAIT_S)).what != what:
            pass
        return note


@pytest.fixture
def watched(bench: Bench) -> Iterator[Watched]:
    made = Watched(bench, "camera-1", audio=True)
    made.feed.start()
    yield made
    made.feed.stop()


def test_pictures_sound_and_detections_arrive(watched: Watched) -> None:
    picture = watched.pictures.get(timeout=WAIT_S)
    assert (picture.width, picture.height) == (320, 180)
    assert watched.sounds.get(timeout=WAIT_S).rate == 48_000
    assert watched.boxes.get(timeout=WAIT_S)[1]


def test_statistics_say_what_comes(watched: Watched) -> None:
    for _ in range(10):
        watched.pictures.get(timeout=WAIT_S)
    stats = watched.feed.stats()
    assert (stats.codec, stats.width, stats.height) == ("h264", 320, 180)
    assert stats.pictures >= 10
    assert stats.fps > 0
    assert stats.bitrate_bps > 0
    assert stats.latency_us is not None
    assert stats.latency_us < 5_000_000
    assert stats.first_picture_us is not None
    assert stats.errors == 0


def test_an_unknown_camera_is_refused_in_words(bench: Bench) -> None:
    watched = Watched(bench, "nothing")
    watched.feed.start()
    assert "No such camera" in watched.note("refused").text
    watched.feed.stop()


def test_it_goes_on_after_the_connection_was_lost(bench: Bench) -> None:
    watched = Watched(bench, "camera-2")
    watched.feed.start()
    before = watched.pictures.get(timeout=WAIT_S).pts_us
    bench.server_thread.call(bench.server.drop)
    watched.note("lost")
    watched.note("reset")
    while watched.pictures.get(timeout=WAIT_S).pts_us <= before:
        pass
    watched.feed.stop()


def test_nothing_comes_after_stop(bench: Bench) -> None:
    watched = Watched(bench, "camera-1")
    watched.feed.start()
    watched.pictures.get(timeout=WAIT_S)
    watched.feed.stop()
    count = watched.pictures.qsize()
    loop = footage.loop(1, 320, 180)
    watched.feed.message(FormatNotice(1, 0, loop.format))
    watched.feed.media(MediaFrame(1, 0, 0, True, False, 0, 0, 40_000, loop.frames[0]))
    assert watched.pictures.qsize() == count


def test_a_decoder_that_is_behind_skips_to_a_key_frame(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched = Watched(bench, "camera-1")
    feed = watched.feed
    loop = footage.loop(1, 320, 180)
    held: list[object] = []
    monkeypatch.setattr(feed._lane, "put", held.append)
    feed.message(FormatNotice(1, 0, loop.format))
    for index in range(400):
        data = loop.frames[index % len(loop.frames)]
        key = index % footage.FPS == 0
        feed.media(MediaFrame(1, 0, 0, key, False, index, index, 1, data))
    for work in held:
        assert callable(work)
        work()
    shown = [watched.pictures.get_nowait().pts_us for _ in range(watched.pictures.qsize())]
    assert feed.stats().skipped == 300
    assert feed.stats().errors == 0
    assert shown[-1] == 399
    feed.stop()
