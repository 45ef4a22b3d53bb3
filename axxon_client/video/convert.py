"""Pictures to pixels as they are to be shown, by swscale and libav's filters, in any thread.

This is the way without a graphics card.  The plain case (whole picture, nothing adjusted) is one
swscale call; zoom, contrast, sharpness and deinterlacing go through a filter graph.
"""

from __future__ import annotations

from typing import Any

import av
from attrs import frozen
from av.error import FFmpegError

from axxon_client.video.frame import VideoPicture
from axxon_client.video.picture import RgbImage, Scaler, rgb_of

# Unsharp masking with 5x5 luma: 1.5 is libav's own upper limit for natural pictures.
_MAX_UNSHARP = 1.5


@frozen
class Look:
    """How a picture is shown.

    `zoom` is the part of the frame that fills the widget, as shares (x, y, width, height);
    `contrast` [0.5; 2], 1 = as sent; `sharpness` [0; 1], 0 = as sent; `deinterlace` shows one
    field.
    """

    zoom: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    contrast: float = 1.0
    sharpness: float = 0.0
    deinterlace: bool = False

    @property
    def plain(self) -> bool:
        return self == PLAIN


PLAIN = Look()


@frozen
class Box:
    """A rectangle in pixels."""

    x: int
    y: int
    width: int
    height: int


def fit(aspect: float, width: int, height: int) -> Box:
    """The largest box of that shape (width over height) in the middle; black bars around it."""
    wide = min(width, round(height * aspect))
    high = min(height, round(width / aspect)) if aspect > 0 else height
    wide, high = max(1, wide), max(1, high)
    return Box((width - wide) // 2, (height - high) // 2, wide, high)


def shown_aspect(picture: VideoPicture, look: Look) -> float:
    """Shape of the part of the picture that is shown."""
    _, _, w, h = look.zoom
    return picture.aspect * w / h if w > 0 and h > 0 else picture.aspect


@frozen
class _GraphKey:
    format: str
    source: tuple[int, int]
    target: tuple[int, int]
    look: Look
    bt709: bool
    full: bool


class Converter:
    """One surface's; not thread-safe.  `convert` keeps its scaler and graph while they fit."""

    def __init__(self) -> None:
        self._scaler = Scaler()
        self._key: _GraphKey | None = None
        self._graph: Any = None  # av.filter.Graph

    def convert(self, picture: VideoPicture, look: Look, width: int, height: int) -> RgbImage:
        """The shown part at a size in pixels, whatever the shape (see `fit`)."""
        if look.plain:
            return self._scaler.to_rgb(picture, width, height)
        try:
            return self._through_graph(picture, look, width, height)
        except (FFmpegError, ValueError):
            self._key = self._graph = None
            return self._scaler.to_rgb(picture, width, height)

    def _through_graph(
        self, picture: VideoPicture, look: Look, width: int, height: int
    ) -> RgbImage:
        frame = picture.frame
        key = _GraphKey(
            frame.format.name,
            (frame.width, frame.height),
            (width, height),
            look,
            picture.bt709,
            picture.full_range,
        )
        if key != self._key:
            self._graph = _graph(key)
            self._key = key
        self._graph.push(frame)
        return rgb_of(self._graph.pull())


def _graph(key: _GraphKey) -> av.filter.Graph:
    graph = av.filter.Graph()
    width, height = key.source
    source = graph.add(
        "buffer",
        f"video_size={width}x{height}:pix_fmt={key.format}:time_base=1/1000000:pixel_aspect=1/1",
    )
    steps = [source, *[graph.add(name, values) for name, values in _steps(key)]]
    steps.append(graph.add("buffersink"))
    graph.link_nodes(*steps).configure()
    return graph


def _steps(key: _GraphKey) -> list[tuple[str, str]]:
    look, (width, height) = key.look, key.source
    steps: list[tuple[str, str]] = []
    if look.deinterlace:
        steps.append(("field", "type=top"))
        height //= 2
    x, y, w, h = look.zoom
    if look.zoom != PLAIN.zoom:
        wide, high = max(2, round(width * w)), max(2, round(height * h))
        steps.append(("crop", f"{wide}:{high}:{round(width * x)}:{round(height * y)}"))
    if look.contrast != 1.0:
        steps.append(("lutyuv", _contrast(look.contrast)))
    space = "bt709" if key.bt709 else "smpte170m"
    in_range = "full" if key.full else "limited"
    wide, high = key.target
    scale = f"{wide}:{high}:flags=bilinear:in_color_matrix={space}:in_range={in_range}"
    if look.sharpness > 0:
        steps.append(("scale", f"{wide}:{high}:flags=bilinear"))
        steps.append(("unsharp", f"la={look.sharpness * _MAX_UNSHARP:.2f}"))
    steps.append(("scale", scale))
    steps.append(("format", "bgr0"))
    return steps


def _contrast(factor: float) -> str:
    """Luma and chroma stretched about the middle."""
    stretch = f"clip((val-128)*{factor:.3f}+128\\,minval\\,maxval)"
    return f"y={stretch}:u={stretch}:v={stretch}"
