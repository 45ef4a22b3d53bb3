"""An export job as it is kept: what is asked, how far it is.  Values only."""

from __future__ import annotations

from typing import Any

from attrs import evolve, field, frozen

from axxond.archive.export.port import FILM_FORMS, CameraOrder
from protocol.messages import StartExport
from protocol.types import ExportRecord, ExportState

ENDED = frozenset({ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED})


@frozen
class Author:
    """Who wants something, and from where."""

    user: str
    address: str = ""


@frozen
class Job:
    """`order` has no password: `secret` is it, hidden by the server's key.  `keep`: it outlives
    whoever started it.  `notes`: one for each camera that is done,
    "" when its footage is there, else why not."""

    record: ExportRecord
    order: StartExport
    secret: str = field(repr=False)
    keep: bool
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def ended(self) -> bool:
        return self.record.state in ENDED

    def put(self, **changes: Any) -> Job:
        """The job with another record."""
        return evolve(self, record=evolve(self.record, **changes))

    def camera_order(self, number: int) -> CameraOrder:
        order, camera = self.order, self.order.cameras[number]
        return CameraOrder(
            camera,
            self.record.camera_names[number],
            order.begin_us,
            order.end_us,
            order.form,
            order.audio,
            order.every_us,
            order.stamp,
            next((mask for mask in order.masks if mask.camera == camera), None),
        )

    def changes(self) -> list[str]:
        """What is done to the footage, in words, for a manifest."""
        order, done = self.order, []
        if order.stamp:
            done.append("time and camera name are burnt into the picture (encoded anew as H.264)")
        if order.masks:
            done.append("parts of the picture are hidden by masks (encoded anew as H.264)")
        if order.form == "mp4":
            done.append(
                "MP4: sound other than AAC and Opus is encoded anew as AAC, and video "
                "that MP4 cannot hold as H.264"
            )
        if order.form in FILM_FORMS:
            done.append("interruptions of more than 2 s are closed up: the ledger tells of them")
        if order.form in ("jpeg", "png", "pdf"):
            done.append(f"single pictures as {order.form.upper()}")
        if not order.audio:
            done.append("sound is left out")
        return done
