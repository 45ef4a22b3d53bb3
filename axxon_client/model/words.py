"""What states are called on the screen, and what helps; every text through Qt's translator."""

from __future__ import annotations

import datetime as dt
import re

from PyQt5.QtCore import QCoreApplication, QLocale

from protocol.messages import LoadStep
from protocol.types import (
    AlarmState,
    DeviceState,
    FailureKind,
    GapReason,
    ObjectKind,
    Right,
    Severity,
)

US = 1_000_000
MINUTE_US = 60 * US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US


def tr(text: str) -> str:
    return str(QCoreApplication.translate("words", text))


def in_order(name: str) -> list[tuple[int, str]]:
    """What names are sorted by: numbers in them by their value, capitals as small letters."""
    parts = re.split(r"([0-9]+)", name.casefold())  # every second one is a number
    return [(int(part), "") if place % 2 else (0, part) for place, part in enumerate(parts)]


def local(time_us: int) -> dt.datetime:
    """UTC microseconds as local wall time."""
    return dt.datetime.fromtimestamp(time_us / US).astimezone()


def clock(time_us: int, millis: bool = False) -> str:
    """12:04:31 or 12:04:31.250"""
    moment = local(time_us)
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if millis else text


def day(time_us: int) -> str:
    """Short date in the user's order, with the weekday, e.g. Sat 22 Nov."""
    moment = local(time_us)
    names = QLocale().dayName(moment.isoweekday(), QLocale.ShortFormat)
    month = QLocale().monthName(moment.month, QLocale.ShortFormat)
    return f"{names} {moment.day} {month}"


def date_and_clock(time_us: int, now_us: int) -> str:
    """The clock alone for today, with the day before it otherwise."""
    if local(time_us).date() == local(now_us).date():
        return clock(time_us)
    return f"{day(time_us)} {clock(time_us)}"


def ago(time_us: int, now_us: int) -> str:
    """just now, 3 min ago, 2 h ago, Sat 22 Nov 14:03"""
    passed = now_us - time_us
    if passed < MINUTE_US:
        return tr("just now")
    if passed < HOUR_US:
        return tr("{0} min ago").format(passed // MINUTE_US)
    if passed < 12 * HOUR_US:
        return tr("{0} h ago").format(passed // HOUR_US)
    return f"{day(time_us)} {local(time_us).strftime('%H:%M')}"


def since(time_us: int, now_us: int) -> str:
    """11:58, or with the day when that was not today."""
    hour = local(time_us).strftime("%H:%M")
    if local(time_us).date() == local(now_us).date():
        return hour
    return f"{day(time_us)} {hour}"


def lasted(span_us: int) -> str:
    """12 s, 3 min, 2 h 10 min, 24 h"""
    seconds = round(span_us / US)
    if seconds < 60:
        return tr("{0} s").format(seconds)
    minutes = seconds // 60
    if minutes < 60:
        return tr("{0} min").format(minutes)
    if minutes % 60 == 0:
        return tr("{0} h").format(minutes // 60)
    return tr("{0} h {1} min").format(minutes // 60, minutes % 60)


def exactly(span_us: int) -> str:
    """To the second: 12 s, 4 min 21 s, 2 h 10 min 5 s"""
    seconds = round(span_us / US)
    parts = (
        (tr("{0} h"), seconds // 3600),
        (tr("{0} min"), seconds // 60 % 60),
        (tr("{0} s"), seconds % 60),
    )
    told = [text.format(count) for text, count in parts if count]
    return " ".join(told) or tr("{0} s").format(0)


def size(count: int) -> str:
    """Bytes for a person: 512 kB, 20 MB, 1.5 GB"""
    for unit, digits in ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB")):
        if count >= unit:
            return f"{count / unit:.1f} {digits}"
    return f"{count // 1000} kB"


def bitrate(rate_bps: float) -> str:
    if rate_bps >= 1_000_000:
        return tr("{0} Mbit/s").format(f"{rate_bps / 1_000_000:.1f}")
    return tr("{0} kbit/s").format(round(rate_bps / 1000))


def device_state(state: DeviceState) -> str:
    return {
        DeviceState.DISABLED: tr("Switched off"),
        DeviceState.CONNECTING: tr("Connecting…"),
        DeviceState.ONLINE: tr("Online"),
        DeviceState.WAITING: tr("No signal"),
        DeviceState.STOPPED: tr("Stopped"),
    }[state]


def failure(kind: FailureKind) -> str:
    """What is wrong with a device, in a few words."""
    return {
        FailureKind.UNREACHABLE: tr("cannot be reached"),
        FailureKind.TIMEOUT: tr("does not answer"),
        FailureKind.LOGIN: tr("wrong user name or password"),
        FailureKind.NOT_VIDEO: tr("this address is not a video stream"),
        FailureKind.UNSUPPORTED: tr("its video format is not supported"),
        FailureKind.STALLED: tr("connected, but sends no pictures"),
        FailureKind.GARBAGE: tr("what it sends cannot be read"),
        FailureKind.CLOSED: tr("the camera ended the connection"),
        FailureKind.INTERNAL: tr("an error in the server"),
    }[kind]


def remedy(kind: FailureKind) -> str:
    """What a person can do about it."""
    return {
        FailureKind.UNREACHABLE: tr("Check its power, its network cable and the address."),
        FailureKind.TIMEOUT: tr("Check its power, its network cable and the address."),
        FailureKind.LOGIN: tr("Enter the user name and password that are set in the camera."),
        FailureKind.NOT_VIDEO: tr("Look up the address of the stream in the camera's manual."),
        FailureKind.UNSUPPORTED: tr("Choose H.264, H.265 or MJPEG in the camera's settings."),
        FailureKind.STALLED: tr("Restart the camera if this does not pass by itself."),
        FailureKind.GARBAGE: tr("Try another driver in the device's settings."),
        FailureKind.CLOSED: tr("It may allow few viewers only; close others and wait."),
        FailureKind.INTERNAL: tr("The server's log says more."),
    }[kind]


def load_step(step: LoadStep) -> str:
    """What gives way to a load, in two words; "" for nothing."""
    return {
        LoadStep.NORMAL: "",
        LoadStep.NO_PREVIEWS: tr("Busy: boxes off"),
        LoadStep.HALF_RATE: tr("Busy: detectors slowed"),
        LoadStep.LOW_RATE: tr("Busy: detectors slow"),
        LoadStep.KEY_FRAMES: tr("Busy: detectors starved"),
    }[step]


def load_step_told(step: LoadStep) -> str:
    """The same in a sentence."""
    return {
        LoadStep.NORMAL: "",
        LoadStep.NO_PREVIEWS: tr("what detectors see is not drawn on live pictures"),
        LoadStep.HALF_RATE: tr("detectors see 5 pictures a second at most"),
        LoadStep.LOW_RATE: tr("detectors see 2.5 pictures a second at most"),
        LoadStep.KEY_FRAMES: tr("detectors see key frames only"),
    }[step]


def gap(reason: str) -> str:
    known: dict[str, str] = {
        GapReason.CAMERA_DOWN: tr("the camera was not reachable"),
        GapReason.DISK: tr("the disk was full, slow or missing"),
        GapReason.OVERLOAD: tr("the server was overloaded"),
        GapReason.RESTART: tr("the server was restarting"),
        GapReason.UNKNOWN: tr("the reason is not known"),
    }
    return known.get(reason, reason or known[GapReason.UNKNOWN])


def alarm_state(state: AlarmState) -> str:
    return {
        AlarmState.PENDING: tr("Waiting"),
        AlarmState.CONFIRMED: tr("Confirmed"),
        AlarmState.SUSPICIOUS: tr("Suspicious"),
        AlarmState.FALSE: tr("False"),
        AlarmState.UNCLASSIFIED: tr("Unclassified"),
    }[state]


def alarm_kind(kind: str) -> str:
    known = {"detector.motion": tr("Motion"), "motion": tr("Motion"), "operator": tr("By hand")}
    return known.get(kind) or readable(kind.rpartition(".")[2])


def severity(level: Severity) -> str:
    return {
        Severity.INFO: tr("Information"),
        Severity.WARNING: tr("Warning"),
        Severity.ERROR: tr("Error"),
        Severity.ALARM: tr("Alarm"),
    }[level]


def kind_name(kind: str) -> str:
    """Of an `ObjectKind`; one that this client does not know yet reads as it is written."""
    known: dict[str, str] = {
        ObjectKind.SERVER: tr("Server"),
        ObjectKind.DEVICE: tr("IP device"),
        ObjectKind.CAMERA: tr("Camera"),
        ObjectKind.DETECTOR: tr("Detector"),
        ObjectKind.TELEMETRY: tr("Telemetry"),
        ObjectKind.SENSOR: tr("Sensor"),
        ObjectKind.RELAY: tr("Relay"),
        ObjectKind.ARCHIVE: tr("Archive"),
        ObjectKind.VOLUME: tr("Volume"),
        ObjectKind.RECORDING: tr("Recording"),
        ObjectKind.ROLE: tr("Role"),
        ObjectKind.USER: tr("User"),
        ObjectKind.LAYOUT: tr("Layout"),
    }
    return known.get(kind) or readable(kind)


def readable(name: str) -> str:
    """`line_crossing` as a person reads it: Line crossing."""
    return name.replace("_", " ").replace("-", " ").capitalize()


def right(name: str) -> str:
    known: dict[str, str] = {
        Right.LIVE: tr("Watch live"),
        Right.ARCHIVE: tr("Play back"),
        Right.CONTROL: tr("Arm, disarm, record"),
        Right.ALARMS: tr("Evaluate alarms"),
        Right.JOURNAL: tr("Read the journal"),
        Right.EXPORT: tr("Export"),
        Right.CONFIGURE: tr("Change settings"),
        Right.USERS: tr("Manage users"),
        Right.PTZ: tr("Steer cameras"),
        Right.TALK: tr("Talk to cameras"),
    }
    return known.get(name, name)


def choice(value: str) -> str:
    """A choice of the schema as a person reads it; unknown ones stay as they are."""
    known = {
        "auto": tr("Automatic"),
        "rtsp": tr("RTSP"),
        "libav": tr("FFmpeg (libav)"),
        "low": tr("Low quality"),
        "high": tr("High quality"),
        "indoor": tr("Indoor"),
        "street": tr("Street"),
        "custom": tr("Own values"),
        "never": tr("Never"),
        "continuous": tr("Always"),
        "schedule": tr("At scheduled times"),
        "event": tr("Around events"),
        "motion": tr("Motion"),
    }
    return known.get(value) or readable(value)
