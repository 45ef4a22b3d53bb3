"""A widget that shows pictures: by the graphics card where there is one, else by QPainter.

Both kinds have one interface: `show_picture(picture)` from any thread (best from the decode
thread), or in two parts, `prepare(picture)()`; and in the GUI thread `clear()`, `picture`,
`set_zoom(x, y, w, h)` (shares of the frame),
`set_contrast(c)` [0.5; 2], `set_sharpness(s)` [0; 1], `set_deinterlace(on)`, and the signal
`painted(pts_us)`.  The picture keeps its shape; around it is black.
"""

from __future__ import annotations

import functools
import logging
import os

from OpenGL import GL
from PyQt5.QtGui import QOffscreenSurface, QOpenGLContext
from PyQt5.QtWidgets import QWidget

from axxon_client.video.gl_surface import GlSurface
from axxon_client.video.paint_surface import PaintSurface
from axxon_client.video.pool import DecodePool

log = logging.getLogger(__name__)

# Renderers that compute on the processor: our own way there is several times cheaper.
_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "software", "gdi generic", "basic render")
# "gl" or "paint" overrides the choice, for a driver that misbehaves.
CHOICE_VARIABLE = "AXXON_SURFACE"

Surface = GlSurface | PaintSurface


def make_surface(parent: QWidget | None = None, pool: DecodePool | None = None) -> Surface:
    """A new surface; `pool` converts pictures that are shown from the GUI thread."""
    if uses_card():
        return GlSurface(parent)
    return PaintSurface(parent, pool)


@functools.cache
def uses_card() -> bool:
    """Whether pictures go through the graphics card; decided once, in the GUI thread."""
    choice = os.environ.get(CHOICE_VARIABLE, "")
    if choice in ("gl", "paint"):
        return choice == "gl"
    name = renderer()
    card = bool(name) and not any(word in name.lower() for word in _SOFTWARE)
    log.info("OpenGL renderer %r: pictures by %s", name, "shader" if card else "QPainter")
    return card


def renderer() -> str:
    """What draws OpenGL here; "" when nothing does."""
    context = QOpenGLContext()
    if not context.create():
        return ""
    target = QOffscreenSurface()
    target.setFormat(context.format())
    target.create()
    if not context.makeCurrent(target):
        return ""
    try:
        name = GL.glGetString(GL.GL_RENDERER)
    finally:
        context.doneCurrent()
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name or "")
