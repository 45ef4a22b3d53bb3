"""The server's archives: their volumes, how long footage will stay, and folders from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model import words
from axxon_client.model.bridge import Failure, Requester
from axxon_client.model.store import ObjectStore
from protocol.messages import Archives, Change, Changed, ChangeTree, GetArchives
from protocol.types import ArchiveState, LinkPlan, ObjectKind, VolumeState

_SCARCE = 0.9  # of the wanted days: below, it is short; above, it is nearly so


@frozen
class Keeping:
    """How long an archive keeps footage, in words; `tone` "amber" when it is too short."""

    text: str
    tone: str = ""
    advice: str = ""


def keeping(state: ArchiveState) -> Keeping:
    if state.read_only:
        return Keeping(words.tr("Recorded elsewhere: it is only read."))
    if state.days is None:
        return Keeping(words.tr("How long footage stays is known after some hours of recording."))
    text = words.tr("Footage stays about {0}").format(days_text(state.days))
    if not state.wanted_days or state.days >= state.wanted_days:
        return Keeping(text)
    wanted = words.tr("{0} days are wanted.").format(state.wanted_days)
    much = state.days >= _SCARCE * state.wanted_days
    advice = (
        words.tr("Give it a little more room.")
        if much
        else words.tr("Give it more room, record fewer hours, or lower the cameras' bitrate.")
    )
    return Keeping(text, "amber", f"{wanted} {advice}")


def days_text(days: float) -> str:
    """5 hours, 1.5 days, 12 days"""
    if days < 1:
        return words.tr("{0} hours").format(max(1, round(days * 24)))
    return words.tr("{0} days").format(f"{days:.1f}" if days < 10 else round(days))


def plan_rows(state: ArchiveState, store: ObjectStore) -> list[tuple[str, str, str]]:
    """(camera, what it sends on average, how long it stays), the shortest stay first."""

    def place(plan: LinkPlan) -> float:
        return plan.days if plan.days is not None else float("inf")

    return [
        (
            store.title(plan.camera) or plan.camera,
            words.bitrate(plan.rate_bps) if plan.days is not None else "",
            days_text(plan.days) if plan.days is not None else words.tr("not measured yet"),
        )
        for plan in sorted(state.plan, key=place)
    ]


def volume_text(volume: VolumeState, read_only: bool) -> str:
    """5.0 of 20.0 GB · 1.2 GB protected"""
    used = words.size(volume.used_bytes)
    if not read_only:
        used = words.tr("{0} of {1}").format(used, words.size(volume.quota_bytes))
    kept = volume.protected_bytes
    return used + (" · " + words.tr("{0} protected").format(words.size(kept)) if kept else "")


class ArchiveBook(QObject):
    """Signals: `changed()`; `failed(Failure)` when the server did not say how they are."""

    changed = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(
        self, store: ObjectStore, requester: Requester, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._requester = requester
        self.states: list[ArchiveState] = []
        self.loaded = False

    def refresh(self) -> None:
        self._requester.request(GetArchives(), self._on_states, self.failed.emit, self)

    def attach(
        self,
        folder: str,
        name: str,
        done: Callable[[], object],
        failed: Callable[[Failure], None],
    ) -> None:
        """A folder on the server that another server recorded."""
        server = self._store.server()
        parent = server.id if server is not None else ""
        values = {"path": folder, "read_only": True}
        change = Change("", ObjectKind.ARCHIVE, parent, name, values)

        def made(_reply: Changed, _payload: bytes) -> None:
            self.refresh()
            done()

        self._requester.request(ChangeTree([change]), made, failed, self)

    def detach(self, key: str) -> None:
        """The folder stays as it is."""
        record = self._store.get(key)
        if record is not None:
            change = Change(key, revision=record.revision, remove=True)
            self._requester.request(ChangeTree([change]), self._on_gone, self.failed.emit, self)

    def _on_gone(self, _reply: Changed, _payload: bytes) -> None:
        self.refresh()

    def _on_states(self, reply: Archives, _payload: bytes) -> None:
        self.states = reply.archives
        self.loaded = True
        foreign = {
            camera.camera: words.tr("{0} ({1})").format(camera.name, state.name)
            for state in reply.archives
            if state.read_only
            for camera in state.cameras
        }
        self._store.set_foreign(foreign)
        self.changed.emit()
