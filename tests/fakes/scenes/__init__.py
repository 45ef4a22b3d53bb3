"""Rendered scenes with exact ground truth: what a camera would send, and what is really there.

`canvas` (pictures of luma and chroma, and arithmetic on them), `backdrop` (a street, a yard, a
room without anybody), `paths` (where a thing's foot is when), `things` (people, vehicles, bags;
their shadows), `weather` (light, clouds, rain, leaves, flicker: before the lens), `camera` (noise,
coding, shake, infrared switch, tampering: behind it), `script` (all of that put together, frame by
frame).

All is a function of a script and its seed.  Points are shares of the frame; times are seconds
from the scene's begin.
"""

from tests.fakes.scenes.script import Script, Shot, shots

__all__ = ["Script", "Shot", "shots"]
