"""Where a feed's pictures reach a tile, without the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from axxon_client.video.frame import VideoPicture


class Surface(Protocol):
    """What the tile needs of a video widget (see `axxon_client.video.surface`)."""

    def show_picture(self, picture: VideoPicture) -> None:
        """From any thread."""

    def prepare(self, picture: VideoPicture) -> Callable[[], None]:
        """From any thread; what is returned shows it."""

    def clear(self) -> None: ...

    def set_zoom(self, x: float, y: float, w: float, h: float) -> None: ...

    def set_contrast(self, contrast: float) -> None: ...

    def set_sharpness(self, sharpness: float) -> None: ...

    def set_deinterlace(self, on: bool) -> None: ...


class Gate:
    """Where a feed's pictures come in, on a decode thread: to the surface, unless frozen.

    The GUI thread only looks at `latest` a few times a second.
    """

    __slots__ = ("count", "frozen", "latest", "surface")

    def __init__(self, surface: Surface | None) -> None:
        self.surface = surface
        self.frozen = False
        self.latest: VideoPicture | None = None
        self.count = 0

    def __call__(self, picture: VideoPicture) -> None:
        if self.frozen:
            return
        self.latest = picture
        self.count += 1
        if self.surface is not None:
            self.surface.show_picture(picture)

    def prepare(self, picture: VideoPicture) -> Callable[[], None]:
        """On a decode thread; what is returned lets the picture through, unless frozen then."""
        surface = None if self.frozen else self.surface
        show = surface.prepare(picture) if surface is not None else None

        def reveal() -> None:
            if self.frozen:
                return
            self.latest = picture
            self.count += 1
            if show is not None:
                show()

        return reveal

    def clear(self) -> None:
        """GUI thread."""
        self.latest = None
        if self.surface is not None:
            self.surface.clear()
