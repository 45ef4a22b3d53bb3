"""Television standards of analogue cameras (ITU-R BT.601: 720 samples a line)."""

from __future__ import annotations

import enum
from fractions import Fraction


class Standard(enum.Enum):
    """Lines seen and pictures a second (ITU-R BT.1700)."""

    PAL = "PAL"
    NTSC = "NTSC"

    @property
    def size(self) -> tuple[int, int]:
        return (720, 576) if self is Standard.PAL else (720, 480)

    @property
    def fps(self) -> Fraction:
        return Fraction(25) if self is Standard.PAL else Fraction(30_000, 1001)
