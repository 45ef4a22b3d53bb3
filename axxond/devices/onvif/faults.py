"""One clear sentence for each way in which an ONVIF device refuses."""

from __future__ import annotations

from attrs import frozen

from axxond.devices.discovery.addresses import clean
from axxond.devices.elements import Node
from axxond.devices.port import DeviceError
from protocol.types import FailureKind

_K = FailureKind
# Fault codes (ONVIF Core §5.8.2, WS-Security §12, and what cameras use in their place).
_LOGIN = {
    "notauthorized",
    "sendernotauthorized",
    "failedauthentication",
    "failedcheck",
    "invalidsecurity",
    "invalidsecuritytoken",
    "securitytokenunavailable",
    "unauthorized",
    "messageexpired",
}
_UNSUPPORTED = {
    "actionnotsupported",
    "optionalactionnotimplemented",
    "notimplemented",
    "unknownaction",
    "servicenotsupported",
    "nosuchservice",
    "mustunderstand",
    "ptznotsupported",
    "capabilityviolated",
}


@frozen
class Fault:
    """`codes`: from the general to the special, in lower case, without prefixes."""

    codes: tuple[str, ...]
    reason: str

    @property
    def is_login(self) -> bool:
        return not _LOGIN.isdisjoint(self.codes) or "not authorized" in self.reason.lower()

    @property
    def is_unsupported(self) -> bool:
        said = self.reason.lower()
        return (
            not _UNSUPPORTED.isdisjoint(self.codes)
            or "not supported" in said
            or "not implemented" in said
        )


class FaultError(DeviceError):
    """The device answered a request with a fault."""

    def __init__(self, kind: FailureKind, text: str, fault: Fault) -> None:
        super().__init__(kind, text)
        self.fault = fault


def read(body: Node) -> Fault | None:
    """The fault in a SOAP body, of SOAP 1.2 or 1.1; None: it is an answer."""
    found = body.first("Fault")
    if found is None:
        return None
    codes = [found.text("faultcode")]
    code = found.first("Code")
    while code is not None:
        codes.append(code.text("Value"))
        code = code.first("Subcode")
    reason = found.text("Reason/Text") or found.text("faultstring")
    named = tuple(text.rpartition(":")[2].lower() for text in codes if text)
    return Fault(named, clean(reason))


def refused(place: str, operation: str, fault: Fault, user: str, *, logged_in: bool) -> FaultError:
    """`logged_in`: the device has accepted the password before, in this conversation."""
    why = f" ({fault.reason})" if fault.reason else ""
    if fault.is_login:
        return FaultError(_K.LOGIN, str(not_allowed(place, operation, user, logged_in)), fault)
    if fault.is_unsupported:
        text = f"{place} does not support {operation}{why}."
        return FaultError(_K.UNSUPPORTED, text, fault)
    if "receiver" in fault.codes or "server" in fault.codes:
        text = f"{place} fails at {operation}{why}. Try again, or restart the device."
        return FaultError(_K.UNREACHABLE, text, fault)
    text = f"{place} refuses {operation}{why or ' without a reason'}."
    return FaultError(_K.UNSUPPORTED, text, fault)


def not_allowed(place: str, operation: str, user: str, logged_in: bool) -> DeviceError:
    if not user:
        text = f"{place} asks for a user name and a password: enter them in the device's settings."
    elif logged_in:
        text = (
            f'{place} does not let the user "{user}" call {operation}: '
            "give the user the right to in the device."
        )
    else:
        text = (
            f'{place} refuses the user "{user}" or its password: correct them in the device\'s '
            "settings. Some devices keep users for ONVIF apart: one has to be made in the device."
        )
    return DeviceError(_K.LOGIN, text)


def not_onvif(url: str, what: str) -> DeviceError:
    return DeviceError(
        _K.NOT_VIDEO,
        f"{url} does not answer as an ONVIF device ({what}). Check address and port, and that "
        "ONVIF is switched on in the device.",
    )


def secure_only(url: str) -> DeviceError:
    return DeviceError(
        _K.NOT_VIDEO,
        f"{url} sends us to another address. If the device wants a secure connection, begin its "
        "address with onvifs://.",
    )


def busy(url: str, status: int) -> DeviceError:
    return DeviceError(_K.UNREACHABLE, f"{url} fails with HTTP status {status}; try again later.")


def too_large(url: str, limit_bytes: int) -> DeviceError:
    return DeviceError(_K.GARBAGE, f"{url} sends more than {limit_bytes >> 20} MiB in one answer.")


def no_answer(place: str, operation: str) -> DeviceError:
    return DeviceError(_K.GARBAGE, f"{place} answers {operation} with what is no SOAP message.")


def unspeakable(place: str, operation: str, why: str) -> DeviceError:
    text = f"{place} cannot be asked for {operation} with these values ({clean(why)})."
    return DeviceError(_K.UNSUPPORTED, text)


def missing(place: str, what: str) -> DeviceError:
    return DeviceError(_K.UNSUPPORTED, f"{place} offers no {what}.")
