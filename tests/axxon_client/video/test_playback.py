"""Playback against a whole server; tests wait for events, not for time."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise

import pytest

from axxon_client.video import playback
from axxon_client.video import player as player_module
from axxon_client.video.decode import AudioBlock
from axxon_client.video.frame import VideoPicture
from axxon_client.video.live import FeedNote
from axxon_client.video.playback import PlaybackFeed
from axxon_client.video.player import Player
from axxon_client.video.round import Reveal, Round
from protocol.types import Span
from tests.axxon_client.video.conftest import Bench
from tests.fakes.footage import FRAME_US, GOP_US

WAIT_S = 20.0


class Watcher:
    """Queues what a feed shows and says."""

    def __init__(self, feed: PlaybackFeed) -> None:
        self.pictures: queue.Queue[int] = queue.Queue()
        self.notes: queue.Queue[FeedNote] = queue.Queue()
        self.sounds: queue.Queue[AudioBlock] = queue.Queue()
        feed.on_picture = self._show
        feed.on_note = self.notes.put
        feed.on_audio = lambda block, due_us: self.sounds.put(block)

    def _show(self, picture: VideoPicture) -> Reveal:
        return lambda: self.pictures.put(picture.pts_us)

    def next(self) -> int:
        return self.pictures.get(timeout=WAIT_S)

    def until(self, wanted: Callable[[int], bool]) -> int:
        while not wanted(shown := self.next()):
            pass
        return shown

    def note(self, what: str) -> FeedNote:
        while (note := self.notes.get(timeout=WAIT_S)).what != what:
            pass
        return note


@pytest.fixture
def spans(bench: Bench) -> list[Span]:
    return [
        span for span in bench.server.world.cameras["camera-1"].footage if span.kind == "footage"
    ]


@pytest.fixture
def player(bench: Bench, spans: list[Span]) -> Iterator[Player]:
    made = Player(bench.network, bench.pool, spans[0].begin_us + 2 * GOP_US + 10 * FRAME_US)
    yield made
    made.close()


def watch(player: Player, bench: Bench, camera: str = "camera-1", audio: bool = False) -> Watcher:
    feed = player.add(bench.link, camera, audio=audio)
    watcher = Watcher(feed)
    feed.start()
    return watcher


def test_paused_it_shows_the_picture_of_that_moment(bench: Bench, player: Player) -> None:
    assert watch(player, bench).next() == player.position_us()


def test_paused_it_rests(bench: Bench, player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[Round] = []

    class Counted(Round):
        def close(self) -> None:
            rounds.append(self)
            super().close()

    monkeypatch.setattr(player_module, "Round", Counted)
    watch(player, bench).next()
    while rounds and rounds[-1].joined:
        time.sleep(0.05)
    begun = len(rounds)
    time.sleep(1.0)
    assert len(rounds) - begun < 20


def test_played_it_shows_every_picture_in_order_or_counts_it_as_late(
    bench: Bench, player: Player
) -> None:
    feed = player.add(bench.link, "camera-1")
    watcher = Watcher(feed)
    feed.start()
    player.play()
    shown = [watcher.next() for _ in range(12)]
    assert shown == sorted(set(shown))
    missing = (shown[-1] - shown[0]) // FRAME_US - (len(shown) - 1)
    assert missing <= feed.stats().late


def test_a_seek_lands_on_the_picture_at_or_before(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench)
    start = watcher.next()
    player.seek(start + 30 * GOP_US + FRAME_US // 2)
    assert watcher.next() == start + 30 * GOP_US
    player.seek(start - GOP_US)
    assert watcher.next() == start - GOP_US


def test_seeking_on_and_on_uses_up_no_credit(
    bench: Bench, player: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(playback, "CREDIT_BYTES", 8_000)
    watcher = watch(player, bench)
    start = watcher.next()
    for jump in (50, 3, 90, 7, 120, 1, 60, 2, 80, 5) * 3:
        player.seek(start + jump * GOP_US)
        assert watcher.next() == start + jump * GOP_US


def test_steps_go_one_picture_on_and_back(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench)
    start = watcher.next()
    player.step()
    assert watcher.next() == start + FRAME_US
    player.step()
    assert watcher.next() == start + 2 * FRAME_US
    player.step(forward=False)
    assert watcher.next() == start + FRAME_US
    player.step(forward=False)
    assert watcher.next() == start
    assert player.clock.paused


def test_fast_speeds_show_key_frames_only(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench)
    watcher.next()
    player.set_speed(16)
    player.play()
    watcher.until(lambda shown: shown % GOP_US == 0)
    assert all(watcher.next() % GOP_US == 0 for _ in range(5))


def test_backwards_every_picture_comes_in_turn(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench)
    watcher.next()
    player.set_speed(-1)
    player.play()
    first = watcher.next()
    shown = [watcher.next() for _ in range(30)]
    assert shown == sorted(shown, reverse=True)
    assert shown[0] < first
    assert first - shown[-1] >= 30 * FRAME_US


def test_backwards_a_long_gop_is_thinned_evenly_to_its_share_of_memory(
    bench: Bench, player: Player
) -> None:
    feed = player.add(bench.link, "camera-1")
    watcher = Watcher(feed)
    feed.turned_bytes = 7 * 640 * 360 * 3 // 2  # of 25 pictures
    feed.start()
    watcher.next()
    player.set_speed(-1)
    player.play()
    shown = [watcher.next() for _ in range(16)]
    steps = {one - other for one, other in pairwise(shown)}
    assert steps == {4 * FRAME_US, FRAME_US}  # within a GOP, and from one to the other


def test_backwards_steps_and_fast_speeds_keep_their_direction(
    bench: Bench, player: Player
) -> None:
    watcher = watch(player, bench)
    start = watcher.next()
    player.seek(start + 20 * GOP_US)
    watcher.until(lambda shown: shown == start + 20 * GOP_US)
    player.set_speed(-16)
    player.play()
    fast = [watcher.until(lambda shown: shown % GOP_US == 0) for _ in range(4)]
    assert fast == sorted(fast, reverse=True)
    player.set_speed(-0.5)
    slow = [watcher.next() for _ in range(6)]
    assert slow == sorted(slow, reverse=True)
    player.set_speed(1)
    turned = watcher.next()
    assert watcher.until(lambda shown: shown > turned) > turned


def test_several_feeds_show_one_moment_at_any_speed(bench: Bench, player: Player) -> None:
    """What stands on the tiles after every round is what was due at one position."""
    shown: dict[str, int] = {}
    skews: queue.Queue[int] = queue.Queue()

    def stage(reveals: Sequence[Reveal]) -> None:
        for reveal in reveals:
            reveal()
        if len(shown) == 3 and not player.clock.paused and not player.clock.held:
            skews.put(max(shown.values()) - min(shown.values()))

    player._stage = stage
    begin_us = bench.server.world.now_us - 1800 * GOP_US
    for camera in ("camera-1", "camera-2", "camera-3"):
        feed = player.add(bench.link, camera)
        feed.on_picture = partial(_shows, shown, camera)
        feed.start()
    sparse = next(
        span for span in bench.server.world.cameras["camera-3"].footage if span.begin_us > begin_us
    )
    player.seek(sparse.begin_us + 2 * GOP_US)
    for speed in (1, 4, -1):
        player.set_speed(speed)
        player.play()
        assert max(skews.get(timeout=WAIT_S) for _ in range(15)) <= FRAME_US
        player.pause()


def _shows(shown: dict[str, int], camera: str, picture: VideoPicture) -> Reveal:
    return lambda: shown.__setitem__(camera, picture.pts_us)


def test_a_hole_is_told_and_jumped_over(bench: Bench, player: Player, spans: list[Span]) -> None:
    watcher = watch(player, bench)
    watcher.next()
    player.seek(spans[0].end_us - GOP_US // 2)
    player.play()
    assert watcher.note("no-footage").time_us == spans[1].begin_us
    assert watcher.until(lambda shown: shown >= spans[0].end_us) == spans[1].begin_us


def test_a_seek_into_a_hole_tells_where_footage_goes_on(
    bench: Bench, player: Player, spans: list[Span]
) -> None:
    watcher = watch(player, bench)
    watcher.next()
    player.seek(spans[0].end_us + 3 * GOP_US)
    assert watcher.note("no-footage").time_us == spans[1].begin_us


def test_the_end_pauses(bench: Bench, player: Player) -> None:
    sparse = bench.server.world.cameras["camera-3"].footage[-1]
    player.seek(sparse.end_us - 2 * GOP_US)
    watcher = watch(player, bench, "camera-3")
    player.play()
    watcher.note("end")
    assert watcher.until(lambda shown: shown >= sparse.end_us - GOP_US)


def test_two_cameras_show_the_same_moment(bench: Bench, player: Player) -> None:
    one = watch(player, bench, "camera-1")
    two = watch(player, bench, "camera-2")
    player.seek(bench.server.world.now_us - 1800 * GOP_US)
    player.pause()
    first = one.until(lambda shown: abs(shown - player.position_us()) < GOP_US)
    second = two.until(lambda shown: abs(shown - player.position_us()) < GOP_US)
    assert abs(first - second) <= FRAME_US


def test_sound_comes_at_normal_speed(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench, audio=True)
    watcher.next()
    player.play()
    block = watcher.sounds.get(timeout=WAIT_S)
    assert block.rate == 48_000
    assert abs(block.samples).max() > 500


def test_an_unknown_camera_is_refused_in_words(bench: Bench, player: Player) -> None:
    assert "No such camera" in watch(player, bench, "nothing").note("refused").text


def test_playback_goes_on_after_the_connection_was_lost(bench: Bench, player: Player) -> None:
    watcher = watch(player, bench)
    player.play()
    seen = watcher.next()
    bench.server_thread.call(bench.server.drop)
    watcher.note("lost")
    assert watcher.until(lambda shown: shown > seen + 10 * FRAME_US)


def test_statistics_count_what_was_shown(bench: Bench, player: Player) -> None:
    feed = player.add(bench.link, "camera-1")
    watcher = Watcher(feed)
    feed.start()
    player.play()
    for _ in range(5):
        last = watcher.next()
    stats = feed.stats()
    assert stats.pictures >= 5
    assert (stats.codec, stats.width, stats.height, stats.errors) == ("h264", 640, 360, 0)
    assert stats.shown_us is not None
    assert stats.shown_us >= last
