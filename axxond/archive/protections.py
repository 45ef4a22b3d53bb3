"""Which footage the ring leaves alone, pure."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve

from axxond.archive.model import Protection, SegmentInfo


class Protections:
    """All protections of an archive, lifted ones too.  `version` rises with every change."""

    def __init__(self) -> None:
        self.version = 0
        self._all: dict[str, Protection] = {}
        self._active: dict[str, list[Protection]] = {}

    def merge(self, known: Iterable[Protection]) -> None:
        """What a volume knows; lifting wins over what a volume that was away still has."""
        for one in known:
            mine = self._all.get(one.id)
            if mine is None or (one.removed_us and not mine.removed_us):
                self._put(one)

    def add(self, one: Protection) -> None:
        self._put(one)

    def lift(self, id_: str, by: str, now_us: int) -> Protection | None:
        """As it becomes; None when there is none of that id that holds."""
        one = self._all.get(id_)
        if one is None or one.removed_us:
            return None
        lifted = evolve(one, removed_by=by, removed_us=now_us)
        self._put(lifted)
        return lifted

    def all(self) -> list[Protection]:
        return list(self._all.values())

    def active(self, camera: str = "") -> list[Protection]:
        """Those that hold; of one camera, or ("") of all.  By beginning."""
        if camera:
            return list(self._active.get(camera, []))
        found = [one for group in self._active.values() for one in group]
        return sorted(found, key=lambda one: one.begin_us)

    def keeps(self, info: SegmentInfo) -> bool:
        return any(
            one.begin_us < info.end_us and one.end_us > info.begin_us
            for one in self._active.get(info.identity.camera, ())
        )

    def _put(self, one: Protection) -> None:
        self.version += 1
        self._all[one.id] = one
        group = [
            other
            for other in self._all.values()
            if other.camera == one.camera and not other.removed_us
        ]
        self._active[one.camera] = sorted(group, key=lambda other: other.begin_us)
