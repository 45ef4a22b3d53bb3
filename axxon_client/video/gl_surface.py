"""The surface for graphics cards: planes go up as textures, a shader does the rest.

OpenGL is called by PyOpenGL: PyQt5's own `versionFunctions` crashes the process at
glGenTextures on some systems.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from typing import Any

import OpenGL

OpenGL.ERROR_CHECKING = False  # a glGetError after each call would wait for the card
from attrs import evolve  # noqa: E402
from OpenGL import GL  # noqa: E402
from PyQt5.QtCore import pyqtSignal  # noqa: E402
from PyQt5.QtGui import QHideEvent, QShowEvent  # noqa: E402
from PyQt5.QtWidgets import QOpenGLWidget, QWidget  # noqa: E402

from axxon_client.video import shader  # noqa: E402
from axxon_client.video.convert import PLAIN, Look, fit, shown_aspect  # noqa: E402
from axxon_client.video.frame import Layout, VideoPicture  # noqa: E402
from axxon_client.video.tick import display_tick  # noqa: E402

_NAMES = ("planeY", "planeU", "planeV")
_CORNERS = (ctypes.c_float * 8)(0, 0, 1, 0, 0, 1, 1, 1)


class _Planes:
    """The textures of one shape of picture, and the program that reads them."""

    def __init__(self, picture: VideoPicture) -> None:
        self.shape = shape_of(picture)
        self.program = _program(picture.layout)
        self._sizes = [plane.shape for plane in picture.planes]
        self._pairs = picture.layout is Layout.NV12
        self.textures = [int(GL.glGenTextures(1)) for _ in picture.planes]
        for index, texture in enumerate(self.textures):
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)
            for name in (GL.GL_TEXTURE_MIN_FILTER, GL.GL_TEXTURE_MAG_FILTER):
                GL.glTexParameteri(GL.GL_TEXTURE_2D, name, GL.GL_LINEAR)
            for name in (GL.GL_TEXTURE_WRAP_S, GL.GL_TEXTURE_WRAP_T):
                GL.glTexParameteri(GL.GL_TEXTURE_2D, name, GL.GL_CLAMP_TO_EDGE)
            inner, outer, width, height = self._kind(index)
            GL.glTexImage2D(
                GL.GL_TEXTURE_2D, 0, inner, width, height, 0, outer, GL.GL_UNSIGNED_BYTE, None
            )

    def upload(self, picture: VideoPicture) -> None:
        """Straight from the decoder's memory."""
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        for index, plane in enumerate(picture.planes):
            _, outer, width, height = self._kind(index)
            pixel = 2 if outer == GL.GL_RG else 1
            GL.glActiveTexture(GL.GL_TEXTURE0 + index)
            GL.glBindTexture(GL.GL_TEXTURE_2D, self.textures[index])
            GL.glPixelStorei(GL.GL_UNPACK_ROW_LENGTH, plane.strides[0] // pixel)
            GL.glTexSubImage2D(
                GL.GL_TEXTURE_2D, 0, 0, 0, width, height, outer, GL.GL_UNSIGNED_BYTE,
                ctypes.c_void_p(plane.ctypes.data),
            )  # fmt: skip
        GL.glPixelStorei(GL.GL_UNPACK_ROW_LENGTH, 0)

    def bind(self) -> None:
        for index, texture in enumerate(self.textures):
            GL.glActiveTexture(GL.GL_TEXTURE0 + index)
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)

    def delete(self) -> None:
        GL.glDeleteTextures(self.textures)
        GL.glDeleteProgram(self.program)

    def _kind(self, index: int) -> tuple[Any, Any, int, int]:
        rows, columns = self._sizes[index]
        if self._pairs and index == 1:
            return GL.GL_RG8, GL.GL_RG, columns // 2, rows
        return GL.GL_R8, GL.GL_RED, columns, rows


def shape_of(picture: VideoPicture) -> tuple[Layout, int, int]:
    return picture.layout, picture.width, picture.height


def _program(layout: Layout) -> int:
    program = int(GL.glCreateProgram())
    for kind, text in (
        (GL.GL_VERTEX_SHADER, shader.VERTEX),
        (GL.GL_FRAGMENT_SHADER, shader.fragment(layout)),
    ):
        part = GL.glCreateShader(kind)
        GL.glShaderSource(part, text.strip())
        GL.glCompileShader(part)
        if not GL.glGetShaderiv(part, GL.GL_COMPILE_STATUS):
            raise RuntimeError(f"shader: {GL.glGetShaderInfoLog(part)!r}")
        GL.glAttachShader(program, part)
        GL.glDeleteShader(part)
    GL.glBindAttribLocation(program, 0, b"corner")
    GL.glLinkProgram(program)
    if not GL.glGetProgramiv(program, GL.GL_LINK_STATUS):
        raise RuntimeError(f"shader program: {GL.glGetProgramInfoLog(program)!r}")
    return program


class GlSurface(QOpenGLWidget):
    """Signals: `painted(pts_us)` after a new picture was painted.

    `show_picture` may be called from any thread; everything else belongs to the GUI thread.
    """

    painted = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._look = PLAIN
        self._last: VideoPicture | None = None
        self._fresh = False
        self._planes: _Planes | None = None

    def show_picture(self, picture: VideoPicture) -> None:
        with self._lock:
            self._last = picture
            self._fresh = True

    def prepare(self, picture: VideoPicture) -> Callable[[], None]:
        """What is returned makes it the picture that is shown."""
        return lambda: self.show_picture(picture)

    @property
    def picture(self) -> VideoPicture | None:
        """The newest picture."""
        return self._last

    def clear(self) -> None:
        """Black, until the next picture."""
        with self._lock:
            self._last = None
            self._fresh = False
        self.update()

    def set_zoom(self, x: float, y: float, w: float, h: float) -> None:
        self._set_look(evolve(self._look, zoom=(x, y, w, h)))

    def set_contrast(self, contrast: float) -> None:
        self._set_look(evolve(self._look, contrast=contrast))

    def set_sharpness(self, sharpness: float) -> None:
        self._set_look(evolve(self._look, sharpness=sharpness))

    def set_deinterlace(self, on: bool) -> None:
        self._set_look(evolve(self._look, deinterlace=on))

    def tick(self) -> None:
        """For the display tick."""
        if self._fresh:
            self.update()

    def initializeGL(self) -> None:
        self._planes = None  # a new context, as after moving to another screen
        GL.glClearColor(0.0, 0.0, 0.0, 1.0)

    def paintGL(self) -> None:
        with self._lock:
            picture, fresh = self._last, self._fresh
            self._fresh = False
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        if picture is None:
            return
        if self._planes is None or self._planes.shape != shape_of(picture):
            if self._planes is not None:
                self._planes.delete()
            self._planes = _Planes(picture)
            fresh = True
        if fresh:
            self._planes.upload(picture)
        self._draw(picture, self._planes)
        if fresh:
            self.painted.emit(picture.pts_us)

    def _draw(self, picture: VideoPicture, planes: _Planes) -> None:
        ratio = self.devicePixelRatioF()
        width, height = round(self.width() * ratio), round(self.height() * ratio)
        box = fit(shown_aspect(picture, self._look), width, height)
        GL.glViewport(box.x, height - box.y - box.height, box.width, box.height)
        GL.glUseProgram(planes.program)
        planes.bind()
        self._set_uniforms(picture, planes.program)
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, 0)
        GL.glVertexAttribPointer(0, 2, GL.GL_FLOAT, GL.GL_FALSE, 0, _CORNERS)
        GL.glEnableVertexAttribArray(0)
        GL.glDrawArrays(GL.GL_TRIANGLE_STRIP, 0, 4)
        GL.glDisableVertexAttribArray(0)
        GL.glUseProgram(0)
        GL.glActiveTexture(GL.GL_TEXTURE0)

    def _set_uniforms(self, picture: VideoPicture, program: int) -> None:
        look = self._look

        def place(name: str) -> int:
            return int(GL.glGetUniformLocation(program, name))

        for index, name in enumerate(_NAMES):
            GL.glUniform1i(place(name), index)
        values = shader.matrix(picture.bt709, picture.full_range)
        GL.glUniformMatrix3fv(place("matrix"), 1, GL.GL_TRUE, (ctypes.c_float * 9)(*values))
        GL.glUniform3f(place("offset"), *shader.offset(picture.full_range))
        GL.glUniform2f(place("texel"), 1.0 / picture.width, 1.0 / picture.height)
        GL.glUniform4f(place("zoom"), *look.zoom)
        GL.glUniform1f(place("contrast"), look.contrast)
        GL.glUniform1f(place("sharpness"), look.sharpness)
        GL.glUniform1f(place("field"), float(look.deinterlace))

    def showEvent(self, event: QShowEvent) -> None:
        display_tick().join(self)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        display_tick().leave(self)
        super().hideEvent(event)

    def _set_look(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self.update()
