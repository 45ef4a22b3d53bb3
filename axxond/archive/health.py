"""What is wrong with an archive's disk, told once when it begins and once when it is over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from axxond.archive.errors import Trouble, TroubleKind, describe, kind_of
from axxond.base.clock import Clock


class Health:
    """On the event loop."""

    def __init__(
        self, archive: str, folder: Path, clock: Clock, tell: Callable[[Trouble], None]
    ) -> None:
        self._archive = archive
        self._folder = folder
        self._clock = clock
        self._tell = tell
        self.troubles: dict[TroubleKind, Trouble] = {}

    def error(self, error: OSError) -> None:
        self.trouble(kind_of(error), error.strerror or str(error))

    def trouble(self, kind: TroubleKind, detail: str) -> None:
        if kind in self.troubles:
            return
        text = describe(kind, str(self._folder), detail)
        trouble = Trouble(self._archive, kind, text, self._clock.now_us())
        self.troubles[kind] = trouble
        self._tell(trouble)

    def well(self, *kinds: TroubleKind) -> None:
        """These are over; without kinds: all."""
        for kind in kinds or tuple(self.troubles):
            trouble = self.troubles.pop(kind, None)
            if trouble is not None:
                text = f"Recording to {self._folder} works again."
                now = self._clock.now_us()
                self._tell(Trouble(self._archive, kind, text, now, over=True))

    @property
    def text(self) -> str:
        """What is wrong with the disk; "" when nothing."""
        return next((one.text for one in self.troubles.values()), "")
