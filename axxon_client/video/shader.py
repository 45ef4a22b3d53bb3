"""YUV to RGB on the graphics card: the shader's text and its numbers.  Pure."""

from __future__ import annotations

from axxon_client.video.frame import Layout

VERTEX = """
#version 120
attribute vec2 corner;
uniform vec4 zoom;
varying vec2 place;
void main() {
    place = zoom.xy + vec2(corner.x, 1.0 - corner.y) * zoom.zw;
    gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0);
}
"""

# `texel` is the size of a luma pixel; `field` > 0 shows the top field alone, its lines joined by
# linear interpolation.  Sharpness is unsharp masking with the four neighbours.
FRAGMENT = """
#version 120
uniform sampler2D planeY;
uniform sampler2D planeU;
uniform sampler2D planeV;
uniform mat3 matrix;
uniform vec3 offset;
uniform vec2 texel;
uniform float contrast;
uniform float sharpness;
uniform float field;
varying vec2 place;

vec2 line(vec2 at, float which) {
    float first = floor((at.y / texel.y - 0.5) / 2.0) * 2.0 + 0.5;
    return vec2(at.x, (first + which * 2.0) * texel.y);
}

float share(vec2 at) {
    float lines = (at.y / texel.y - 0.5) / 2.0;
    return lines - floor(lines);
}

float luma(vec2 at) {
    if (field > 0.0) {
        return mix(texture2D(planeY, line(at, 0.0)).r, texture2D(planeY, line(at, 1.0)).r,
                   share(at));
    }
    return texture2D(planeY, at).r;
}

void main() {
    float y = luma(place);
    if (sharpness > 0.0) {
        float around = luma(place + vec2(texel.x, 0.0)) + luma(place - vec2(texel.x, 0.0))
                     + luma(place + vec2(0.0, texel.y)) + luma(place - vec2(0.0, texel.y));
        y += sharpness * (y - around * 0.25) * 2.0;
    }
    vec3 yuv = vec3(y, CHROMA);
    vec3 rgb = matrix * (yuv - offset);
    gl_FragColor = vec4(clamp((rgb - 0.5) * contrast + 0.5, 0.0, 1.0), 1.0);
}
"""

_CHROMA = {
    "planar": "texture2D(planeU, place).r, texture2D(planeV, place).r",
    "pairs": "texture2D(planeU, place).rg",
    "none": "0.5019608, 0.5019608",
}


def fragment(layout: Layout) -> str:
    """The fragment shader for a layout of planes."""
    return FRAGMENT.replace("CHROMA", _CHROMA[layout.value[0]])


def matrix(bt709: bool, full_range: bool) -> list[float]:
    """Row-major 3 x 3 from offset-free YUV to RGB (ITU-R BT.601-7 2.5, BT.709-6 3)."""
    kr, kb = (0.2126, 0.0722) if bt709 else (0.299, 0.114)
    kg = 1 - kr - kb
    y = 1.0 if full_range else 255 / 219
    c = 1.0 if full_range else 255 / 224
    return [
        y, 0.0, 2 * (1 - kr) * c,
        y, -2 * kb * (1 - kb) / kg * c, -2 * kr * (1 - kr) / kg * c,
        y, 2 * (1 - kb) * c, 0.0,
    ]  # fmt: skip


def offset(full_range: bool) -> tuple[float, float, float]:
    """Black and the middle of chroma, as shares of 255."""
    return (0.0 if full_range else 16 / 255, 128 / 255, 128 / 255)
