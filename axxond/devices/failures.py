"""One clear sentence for each way in which a camera can refuse us."""

from __future__ import annotations

import re

from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_K = FailureKind
_LOGIN = re.compile(r"^([a-z][a-z0-9+.-]*://)[^/?#]*@", re.IGNORECASE)


def without_login(url: str) -> str:
    """The address without user name and password, fit to be shown; it need not be valid."""
    return _LOGIN.sub(r"\1", url)


def refused(url: str, user: str, method: str, status: int, reason: str) -> DeviceError:
    """The answer `status` to `method`."""
    said = f"{status} {reason}".strip()
    if status in (401, 407):
        return login(url, user)
    if status == 403:
        text = f'{url} does not let the user "{user}" see this stream ({said}).'
        return DeviceError(_K.LOGIN, f"{text} Give the user the right to in the camera.")
    if status in (404, 410, 451):
        return DeviceError(
            _K.NOT_VIDEO, f"There is no stream at {url} ({said}). Check the path of the address."
        )
    if status in (461, 501, 505, 551):
        return DeviceError(
            _K.UNSUPPORTED, f"{url} refuses {method} over the RTSP connection ({said})."
        )
    if status in (453, 503):
        return DeviceError(
            _K.UNREACHABLE,
            f"{url} is busy ({said}). It may have reached its number of viewers.",
        )
    if status == 454:
        return DeviceError(_K.CLOSED, f"{url} has forgotten the session ({said}).")
    return DeviceError(_K.NOT_VIDEO, f"{url} refuses {method} ({said}). Check the address.")


def login(url: str, user: str) -> DeviceError:
    if not user:
        text = f"{url} asks for a user name and a password: enter them in the device's settings."
    else:
        text = (
            f'{url} refuses the user "{user}" or its password: '
            "correct them in the device's settings."
        )
    return DeviceError(_K.LOGIN, text)


def no_way_to_log_in(url: str) -> DeviceError:
    return DeviceError(
        _K.UNSUPPORTED, f"{url} asks for a kind of log-in that is neither Basic nor Digest."
    )


def web_server(url: str) -> DeviceError:
    return DeviceError(
        _K.NOT_VIDEO,
        f"A web server answers at {url}, not a camera. Use the camera's RTSP port (often 554).",
    )


def garbage(url: str, what: str, expected: str = "RTSP") -> DeviceError:
    return DeviceError(
        _K.GARBAGE, f"{url} sends what is not {expected}: {what}. Check the address and the port."
    )


def no_video(url: str) -> DeviceError:
    return DeviceError(_K.NOT_VIDEO, f"{url} offers no video. Check the path of the address.")


def no_events(url: str) -> DeviceError:
    return DeviceError(_K.UNSUPPORTED, f"{url} offers no events that are understood here.")


def no_speaker(url: str) -> DeviceError:
    return DeviceError(_K.UNSUPPORTED, f"{url} offers no loudspeaker.")


def unsupported(url: str, what: str) -> DeviceError:
    return DeviceError(
        _K.UNSUPPORTED,
        f"{url} offers {what}, which is not understood here. Choose H.264 or H.265 in the camera.",
    )


def bad_address(url: str, example: str = "rtsp://192.0.2.10/stream") -> DeviceError:
    return DeviceError(
        _K.UNREACHABLE, f"{url!r} is no address of a stream. It looks like {example}."
    )


def unreachable(url: str, why: str) -> DeviceError:
    return DeviceError(
        _K.UNREACHABLE,
        f"{url} cannot be reached: {why}. Check the address, the network and the camera's power.",
    )


def timed_out(url: str, what: str, seconds: float) -> DeviceError:
    return DeviceError(_K.TIMEOUT, f"{url} did not {what} within {seconds:g} s.")


def closed(url: str, why: str = "") -> DeviceError:
    return DeviceError(_K.CLOSED, f"{url} has ended the connection{why and ': ' + why}.")
