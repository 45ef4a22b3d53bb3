"""What stands behind one tile: its camera, mode, source of pictures, and its state in words."""

from __future__ import annotations

from attrs import evolve
from PyQt5.QtCore import QObject, QTimer, pyqtSignal

from axxon_client.model import words
from axxon_client.model.session import Session
from axxon_client.model.statuses import Trouble, trouble
from axxon_client.model.tile import Mode, TileState
from axxon_client.ui.archive.desk import Desk
from axxon_client.ui.layouts.feeds import Feeds, LiveSource, PlaybackSource
from axxon_client.ui.layouts.tile import Tile
from axxon_client.video import hardware
from axxon_client.video.live import FeedNote, LiveStats
from axxon_client.video.playback import PlaybackStats
from protocol.types import DeviceState, ObjectKind, StreamRole

_HIGH_FROM_PX = 720  # a tile wider than that, in device pixels, shows more than low streams have
_HOLE_MS = 150  # so long the last picture stands where footage ends


class TileControl(QObject):
    """Lives as long as its tile.  Signals: `mode_changed()`."""

    mode_changed = pyqtSignal()

    def __init__(self, tile: Tile, session: Session, feeds: Feeds | None, desk: Desk) -> None:
        super().__init__(tile)
        self.tile = tile
        self._session = session
        self._feeds = feeds
        self._desk = desk
        self._source: LiveSource | PlaybackSource | None = None
        self.sounding = False
        self.wants_high = False
        self._hole = QTimer(self)
        self._hole.setSingleShot(True)
        self._hole.setInterval(_HOLE_MS)
        self._hole.timeout.connect(self._on_hole)

    @property
    def camera(self) -> str:
        return self.tile.state.camera

    @property
    def mode(self) -> Mode:
        return self.tile.state.mode

    # --- which camera, which mode

    def show(self, camera: str) -> None:
        """ "" = a free tile."""
        if camera == self.camera:
            return
        self._close()
        self.tile.set_switches(evolve(self.tile.switches, snapshot=False, by_hand=False))
        self.tile.forget_seen()
        foreign = self._session.store.is_foreign(camera)
        self.tile.set_state(TileState(camera, mode=Mode.ARCHIVE if foreign else Mode.LIVE))
        self.refresh()
        self._open()
        self.mode_changed.emit()

    def close(self) -> None:
        """For good: whatever the models still tell, no source is opened again."""
        self._close()
        self._feeds = None

    def set_mode(self, mode: Mode) -> None:
        if mode is self.mode or not self.camera:
            return
        if mode is Mode.LIVE and self._session.store.is_foreign(self.camera):
            return  # it has nothing but footage
        self._close()
        self.tile.set_switches(evolve(self.tile.switches, snapshot=False))
        self.tile.forget_seen()
        self.tile.gate.clear()
        fresh = TileState(self.camera, self.tile.state.title, mode)
        self.tile.set_state(fresh)
        self.refresh()
        self._open()
        self.mode_changed.emit()

    def _close(self) -> None:
        source, self._source = self._source, None
        self._hole.stop()
        if isinstance(source, PlaybackSource):
            self._desk.leave(source)
        elif source is not None:
            source.close()

    def _open(self) -> None:
        """The source that camera and mode want; what runs already and fits stays."""
        if not self.camera or self._feeds is None:
            return
        fresh = self._open_live() if self.mode is Mode.LIVE else self._open_playback()
        if fresh is not None:
            fresh.noted.connect(self._on_note)
            fresh.saw.connect(self.tile.set_seen)
            fresh.start()
            self._source = fresh

    def _open_live(self) -> LiveSource | None:
        assert self._feeds is not None
        status = self._session.statuses.get(self.camera)
        if status is not None and status.state is DeviceState.DISABLED:
            return None
        role, audio = self.role(), self.sounding
        old = self._source
        if isinstance(old, LiveSource) and (old.role, old.audio) == (role, audio):
            return None
        self._close()
        return self._feeds.live(self.camera, role, audio, self.tile.gate)

    def _open_playback(self) -> PlaybackSource | None:
        audio = self.sounding
        old = self._source
        if isinstance(old, PlaybackSource) and old.audio == audio:
            return None
        fresh = self._desk.enter(self.camera, audio, self.tile.gate)  # before the old one leaves
        self._close()
        return fresh

    def role(self) -> StreamRole:
        """High for a large or the active tile, when the camera has two streams at all."""
        device = self._session.store.ancestor(self.camera, ObjectKind.DEVICE)
        if device is None or not device.properties.get("low_url"):
            return StreamRole.HIGH
        width = self.tile.width() * self.tile.devicePixelRatioF()
        high = self.wants_high or width > _HIGH_FROM_PX
        return StreamRole.HIGH if high else StreamRole.LOW

    def set_importance(self, active: bool, sounding: bool) -> None:
        """Called when the active tile, its size or its sound changed."""
        self.wants_high = active
        self.sounding = sounding and bool(self.camera)
        self._open()

    # --- state in words

    def refresh(self) -> None:
        """Take over what the models know now."""
        camera = self.camera
        if not camera:
            return
        status = self._session.statuses.get(camera)
        state = evolve(
            self.tile.state,
            title=self._session.store.title(camera),
            status=status,
            alarm=trouble(status) is Trouble.ALARM or self._waiting_alarm(camera),
            frozen=self.tile.switches.snapshot,
            link_lost=self._session.lost,
            now_us=self._session.clock.now_us(),
        )
        gone = status is not None and status.state is not DeviceState.ONLINE
        if gone and state.mode is Mode.LIVE and state.has_picture and not state.frozen:
            self.tile.gate.clear()
            state = evolve(state, has_picture=False)
        if state != self.tile.state:
            self.tile.set_state(state)
        self._open()

    def _waiting_alarm(self, camera: str) -> bool:
        alarm = self._session.alarms.active_on(camera)
        return alarm is not None and alarm.end_us is None

    def poll(self) -> None:
        """Ten times a second."""
        self.tile.poll()
        if not self.camera:
            return
        now_us = self._session.clock.now_us()
        if self.mode is Mode.LIVE:
            picture = self.tile.picture
            frozen = self.tile.switches.snapshot
            shown = picture.pts_us if frozen and picture is not None else now_us
            self.tile.set_time(shown if self.tile.state.has_picture else None, now_us)
        else:
            self._poll_archive(now_us)
        if self.sounding and self._feeds is not None:
            self.tile.set_level(self._feeds.audio.level)
        if self.tile.switches.statistics:
            self.tile.set_statistics(self._statistics())

    def _poll_archive(self, now_us: int) -> None:
        picture = self.tile.picture
        position = self._desk.position_us
        shown = picture.pts_us if picture is not None and self.tile.state.has_picture else position
        self.tile.set_time(shown, now_us)

    def _statistics(self) -> list[str]:
        if self._source is None:
            return []
        stats = self._source.stats()
        lines = [
            f"{stats.codec.upper()} {stats.width}×{stats.height}",
            f"{stats.fps:.1f} fps · {words.bitrate(stats.bitrate_bps)}",
        ]
        if stats.on_card:
            lines.append(words.tr("on the graphics card"))
        elif hardware.CARD.trouble and stats.codec in hardware.CODECS:
            lines.append(words.tr("on the processor (no card)"))
        if isinstance(stats, PlaybackStats):
            lines.append(words.tr("late {0} · bad {1}").format(stats.late, stats.errors))
        else:
            lines += self._live_statistics(stats)
        return lines

    def _live_statistics(self, stats: LiveStats) -> list[str]:
        status = self._session.statuses.get(self.camera)
        lost = status.lost_packets if status is not None else 0
        lines = []
        if stats.latency_us is not None:
            lines.append(words.tr("delay {0} ms").format(max(0, stats.latency_us) // 1000))
        if stats.skipped or stats.errors or lost:
            told = words.tr("skipped {0} · lost {1} · bad {2}")
            lines.append(told.format(stats.skipped, lost, stats.errors))
        return lines

    def _on_note(self, note: FeedNote) -> None:
        state = self.tile.state
        if note.what == "refused":
            self.tile.set_state(evolve(state, trouble=note.text, has_picture=False))
        elif self.mode is Mode.ARCHIVE:
            self._on_archive_note(note)
        elif note.what in ("lost", "reset", "no-signal", "closed"):
            self.refresh()

    def _on_archive_note(self, note: FeedNote) -> None:
        if note.what in ("no-footage", "end"):
            self._hole.start()
        elif note.what == "footage":
            self._hole.stop()
            if self.tile.state.no_footage:
                self.tile.set_state(evolve(self.tile.state, no_footage=False))
        elif note.what in ("lost", "reset"):
            self.refresh()

    def _on_hole(self) -> None:
        """Not for a hole that is jumped over at once."""
        if self.mode is Mode.ARCHIVE and self.camera:
            self.tile.gate.clear()
            self.tile.set_state(evolve(self.tile.state, no_footage=True, has_picture=False))

    def retry(self) -> None:
        self._close()
        self.tile.set_state(evolve(self.tile.state, trouble=""))
        self._open()
