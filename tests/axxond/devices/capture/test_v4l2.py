"""Cards by V4L2, with linuxpy's devices played by fakes: no machine here has a card."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import define, field
from linuxpy.video.device import PixelFormat, StandardID

from axxond.devices.capture import cards, v4l2
from axxond.devices.capture.standard import Standard
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

PAL, NTSC = StandardID.PAL_B | StandardID.PAL_G, StandardID.NTSC_M


@define
class FakeFile:
    """A device file: what linuxpy's Device and VideoCapture say of it."""

    bus: str
    card: str = "Stretch"
    signal: StandardID | None = PAL
    kinds: tuple[PixelFormat, ...] = (PixelFormat.YUYV,)
    has_standards: bool = True
    standard: StandardID | None = None
    form: tuple[int, int, PixelFormat] = (320, 240, PixelFormat.YUYV)
    streaming: bool = False
    opened: int = 0
    frames: list[Any] = field(factory=list)


FILES: dict[str, FakeFile] = {}


class FakeDevice:
    def __init__(self, path: Path) -> None:
        self.file = FILES[str(path)]
        self.info = type("Info", (), {"bus_info": self.file.bus, "card": self.file.card})

    def __enter__(self) -> FakeDevice:
        self.file.opened += 1
        return self

    def __exit__(self, *_: object) -> None:
        self.file.opened -= 1

    def get_std(self) -> StandardID:
        if not self.file.has_standards:
            raise OSError(errno.ENOTTY, "inappropriate ioctl")
        return PAL

    def query_std(self) -> StandardID:
        if self.file.signal is None:
            raise OSError(errno.ENOLCK, "no lock")
        return self.file.signal

    def set_std(self, standard: StandardID) -> None:
        self.file.standard = standard


class FakeCapture:
    def __init__(self, device: FakeDevice, size: int) -> None:
        assert size >= 2
        self.file = device.file
        self.buffer = type("Buffer", (), {"frame_reader": self})

    def __enter__(self) -> FakeCapture:
        self.file.streaming = True
        return self

    def __exit__(self, *_: object) -> None:
        self.file.streaming = False

    def set_format(self, width: int, height: int, name: str) -> None:
        kind = PixelFormat[name]
        chosen = kind if kind in self.file.kinds else self.file.kinds[0]
        self.file.form = (width, height, chosen)

    def get_format(self) -> Any:
        width, height, kind = self.file.form
        return type("Format", (), {"width": width, "height": height, "pixel_format": kind})

    def read(self, timeout_s: float) -> Any:
        assert timeout_s > 0
        return self.file.frames.pop(0) if self.file.frames else None


def frame(width: int, height: int, data: bytes, age_s: float = 0.0) -> Any:
    values = {
        "width": width,
        "height": height,
        "data": data,
        "nbytes": len(data),
        "timestamp": time.monotonic() - age_s,
    }
    return type("Frame", (), values)


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, FakeFile]]:
    FILES.clear()
    monkeypatch.setattr(v4l2, "Device", FakeDevice)
    monkeypatch.setattr(v4l2, "VideoCapture", FakeCapture)
    monkeypatch.setattr(
        v4l2.v4l2, "iter_video_capture_files", lambda: [Path(path) for path in FILES]
    )
    yield FILES
    assert all(file.opened == 0 and not file.streaming for file in FILES.values())
    cards.forget()


def test_a_card_is_the_files_on_one_bus_place(machine: dict[str, FakeFile]) -> None:
    machine |= {
        "/dev/video10": FakeFile("PCI:2", "Other"),
        "/dev/video0": FakeFile("USB:1", "Webcam", has_standards=False),
        "/dev/video2": FakeFile("PCI:1"),
        "/dev/video1": FakeFile("PCI:1"),
    }
    first, second = v4l2.cards()
    assert first.files == (Path("/dev/video1"), Path("/dev/video2"))
    assert (second.name, second.channels) == ("Other", 1)
    found = cards.find("1")
    assert found.name == "Other"
    with pytest.raises(DeviceError, match="there are 2") as caught:
        cards.find("2")
    assert caught.value.kind is FailureKind.UNREACHABLE


def test_a_machine_without_cards_says_so() -> None:
    with pytest.raises(DeviceError, match="no capture card 0 in this server: there is none"):
        cards.find("0")


@pytest.mark.parametrize(
    ("signal", "standard"),
    [
        (PAL, Standard.PAL),
        (StandardID.SECAM_D, Standard.PAL),  # of SECAM's lines and rate
        (NTSC, Standard.NTSC),
        (StandardID.PAL_M, Standard.NTSC),
        (None, None),
        (PAL | NTSC, None),
        (StandardID(0), None),
    ],
)
def test_the_standard_is_what_the_card_receives(
    machine: dict[str, FakeFile], signal: StandardID | None, standard: Standard | None
) -> None:
    machine["/dev/video0"] = FakeFile("PCI:1", signal=signal)
    assert v4l2.cards()[0].detect(1) is standard


def test_a_picture_is_taken_with_the_time_of_its_buffer(machine: dict[str, FakeFile]) -> None:
    file = machine["/dev/video0"] = FakeFile("PCI:1", signal=NTSC)
    channel = v4l2.cards()[0].open(1, Standard.NTSC)
    assert (file.standard, file.form[:2]) == (StandardID.NTSC_M, (720, 480))
    shade = np.full((480, 720, 2), (200, 128), np.uint8)
    file.frames.append(frame(720, 480, shade.tobytes(), age_s=0.1))
    picture = channel.read(0.1)
    assert picture is not None
    luma = picture[0].reformat(format="gray").to_ndarray()
    assert abs(int(luma.mean()) - 200) < 20
    assert picture[1] == pytest.approx(time.time() * 1e6 - 100_000, abs=50_000)
    assert channel.read(0.1) is None
    channel.close()


@pytest.mark.parametrize("kind", [PixelFormat.YUV420, PixelFormat.NV12, PixelFormat.UYVY])
def test_every_kind_of_picture_is_understood(
    machine: dict[str, FakeFile], kind: PixelFormat
) -> None:
    file = machine["/dev/video0"] = FakeFile("PCI:1", kinds=(PixelFormat.RGB24, kind))
    channel = v4l2.cards()[0].open(1, Standard.PAL)
    packed = kind is PixelFormat.UYVY
    luma, chroma = b"\xc8" * (720 * 576), b"\x80" * (720 * 288)
    file.frames.append(frame(720, 576, b"\x80\xc8" * (720 * 576) if packed else luma + chroma))
    picture = channel.read(0.1)
    assert picture is not None
    assert (picture[0].width, picture[0].height) == (720, 576)
    grey = picture[0].reformat(format="rgb24").to_ndarray()
    assert abs(int(grey.min()) - int(grey.max())) < 3
    assert grey.mean() == pytest.approx((200 - 16) * 255 / 219, abs=4)
    channel.close()


def test_a_card_with_unknown_pictures_is_refused_and_closed(machine: dict[str, FakeFile]) -> None:
    machine["/dev/video0"] = FakeFile("PCI:1", kinds=(PixelFormat.RGB24,))
    with pytest.raises(OSError, match="RGB24"):
        v4l2.cards()[0].open(1, Standard.PAL)
