"""The Event service: pull points that end, are renewed, and tell all states at first."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

from attrs import define, field
from lxml import etree

from axxond.devices.elements import Node
from tests.fakes.onvif import schemas
from tests.fakes.onvif.model import CHANNEL, Camera, FaultError

NAMESPACE = "http://www.onvif.org/ver10/events/wsdl"
WSN = "http://docs.oasis-open.org/wsn/b-2"
_MAX_QUEUE = 1000
_MAX_SUBSCRIPTIONS = 8
_HEAD = (
    f'xmlns:n="{WSN}" xmlns:e="{NAMESPACE}" xmlns:a="http://www.w3.org/2005/08/addressing"'
    ' xmlns:t="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics"'
)


@define
class Subscription:
    number: int
    lifetime_s: float
    ends_s: float  # by the event loop's clock
    dropped: bool = False
    messages: list[str] = field(factory=list)
    arrived: asyncio.Event = field(factory=asyncio.Event)

    def put(self, message: str) -> None:
        if len(self.messages) < _MAX_QUEUE and not self.dropped:
            self.messages.append(message)
            self.arrived.set()


class Events:
    def __init__(self, camera: Camera, url: str) -> None:
        self._camera = camera
        self._url = url
        self._next = 0
        self.subscriptions: dict[int, Subscription] = {}
        self.made = self.renewed = self.ended = 0

    # What the tests do

    def set_input(self, token: str, active: bool) -> None:
        self._camera.inputs[token] = active
        self._tell(self._input(token, "Changed"))

    def set_relay(self, token: str) -> None:
        self._tell(self._relay(token, "Changed"))

    def set_motion(self, on: bool) -> None:
        self._camera.motion = on
        self._tell(self._motion("Changed"))

    def cross_line(self) -> None:
        """An instant: no property."""
        self._tell(
            self._message(
                "tns1:RuleEngine/LineDetector/Crossed",
                "",
                {"VideoSourceConfigurationToken": "vsc-1", "Rule": "Gate"},
                {"ObjectId": "15"},
            )
        )

    def expire_all(self) -> None:
        self.subscriptions.clear()

    # The service

    def create_pull_point_subscription(self, request: Node) -> etree._Element:
        self._end_expired()
        if len(self.subscriptions) >= _MAX_SUBSCRIPTIONS:
            raise FaultError("No more subscriptions", "SubscribeCreationFailedFault")
        wish, form = request.text("InitialTerminationTime"), self._camera.faults.end_form
        if wish and (form == "none" or (form == "date" and wish.startswith("PT"))):
            raise FaultError("No such time", "UnacceptableInitialTerminationTimeFault")
        lifetime_s = self._lifetime_s(wish)
        self._next += 1
        self.made += 1
        now_s = asyncio.get_running_loop().time()
        made = Subscription(self._next, lifetime_s, now_s + lifetime_s)
        self.subscriptions[made.number] = made
        for message in self._states():
            made.put(message)
        made.dropped = self._camera.faults.drop_silently
        return schemas.parse(
            f"<e:CreatePullPointSubscriptionResponse {_HEAD}><e:SubscriptionReference>"
            f"{self._reference(made.number)}</e:SubscriptionReference>"
            f"{self._times(lifetime_s, 'n')}"
            "</e:CreatePullPointSubscriptionResponse>"
        )

    async def pull_messages(self, request: Node, header: Node | None) -> etree._Element:
        found = self._of(header)
        wait_s = min(seconds(request.text("Timeout")), 60.0)
        limit = request.integer("MessageLimit") or 1
        loop = asyncio.get_running_loop()
        limit_s = self._camera.faults.pull_limit_s
        end_s = loop.time() + min(wait_s, limit_s)
        while not found.messages and (rest_s := end_s - loop.time()) > 0:
            found.arrived.clear()
            rest_s = min(rest_s, max(0.0, found.ends_s - loop.time()))
            try:
                await asyncio.wait_for(found.arrived.wait(), rest_s)
            except TimeoutError:
                self._of(header)  # a fault when it has ended meanwhile
        if not found.messages and wait_s > limit_s:
            raise ConnectionResetError("this pull waits too long")
        told, found.messages = found.messages[:limit], found.messages[limit:]
        rest_s = found.ends_s - loop.time()
        return schemas.parse(
            f"<e:PullMessagesResponse {_HEAD}>{self._times(rest_s, 'e')}{''.join(told)}"
            "</e:PullMessagesResponse>"
        )

    def set_synchronization_point(self, _request: Node, header: Node | None) -> etree._Element:
        found = self._of(header)
        for message in self._states():
            found.put(message)
        return schemas.parse(f"<e:SetSynchronizationPointResponse {_HEAD}/>")

    def renew(self, request: Node, header: Node | None) -> etree._Element:
        found = self._of(header)
        if self._camera.faults.refuse_renew:
            raise FaultError("Renew is not supported", "ActionNotSupported")
        lifetime_s = self._lifetime_s(request.text("TerminationTime"))
        if not self._camera.faults.forget_renewals:
            found.ends_s = asyncio.get_running_loop().time() + lifetime_s
        self.renewed += 1
        end = (self._camera.now() + timedelta(seconds=lifetime_s)).isoformat()
        return schemas.parse(
            f"<n:RenewResponse {_HEAD}><n:TerminationTime>{end}</n:TerminationTime>"
            f"<n:CurrentTime>{self._camera.now().isoformat()}</n:CurrentTime></n:RenewResponse>"
        )

    def unsubscribe(self, _request: Node, header: Node | None) -> etree._Element:
        found = self._of(header)
        del self.subscriptions[found.number]
        self.ended += 1
        return schemas.parse(f"<n:UnsubscribeResponse {_HEAD}/>")

    def _reference(self, number: int) -> str:
        """Told apart by a reference parameter (WS-Addressing), or by the address alone."""
        if not self._camera.by_reference:
            return f"<a:Address>{self._url}?s={number}</a:Address>"
        parameter = f'<x:Id xmlns:x="urn:test">{number}</x:Id>'
        return (
            f"<a:Address>{self._url}</a:Address>"
            f"<a:ReferenceParameters>{parameter}</a:ReferenceParameters>"
        )

    def _lifetime_s(self, wish: str) -> float:
        if self._camera.faults.lifetime_s or not wish:
            return self._camera.faults.lifetime_s or 60.0
        if wish.startswith("PT"):
            return seconds(wish)
        end = datetime.strptime(wish, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return (end - self._camera.now()).total_seconds()

    def _of(self, header: Node | None) -> Subscription:
        self._end_expired()
        told = header.text("Id") if header is not None else ""
        if header is not None and not self._camera.by_reference:
            told = header.text("To").rpartition("?s=")[2]
        found = self.subscriptions.get(int(told) if told.isdigit() else 0)
        if found is None:
            raise FaultError("No such subscription", "ResourceUnknownFault")
        return found

    def _end_expired(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for number, one in list(self.subscriptions.items()):
            if one.ends_s <= now_s:
                del self.subscriptions[number]

    def _times(self, rest_s: float, prefix: str) -> str:
        now = self._camera.now()
        end = now + timedelta(seconds=rest_s)
        return (
            f"<{prefix}:CurrentTime>{now.isoformat()}</{prefix}:CurrentTime>"
            f"<{prefix}:TerminationTime>{end.isoformat()}</{prefix}:TerminationTime>"
        )

    # Messages

    def _tell(self, message: str) -> None:
        for one in self.subscriptions.values():
            one.put(message)

    def _states(self) -> list[str]:
        inputs = [self._input(token, "Initialized") for token in self._camera.inputs]
        relays = [self._relay(token, "Initialized") for token in self._camera.relays]
        return [*inputs, *relays, self._motion("Initialized")]

    def _input(self, token: str, operation: str) -> str:
        state = str(self._camera.inputs[token]).lower()
        return self._message(
            "tns1:Device/Trigger/DigitalInput",
            operation,
            {"InputToken": token},
            {"LogicalState": state},
        )

    def _relay(self, token: str, operation: str) -> str:
        state = "active" if self._camera.relays[token] else "inactive"
        return self._message(
            "tns1:Device/Trigger/Relay", operation, {"RelayToken": token}, {"LogicalState": state}
        )

    def _motion(self, operation: str) -> str:
        return self._message(
            "tns1:VideoSource/MotionAlarm",
            operation,
            {"Source": CHANNEL},
            {"State": str(self._camera.motion).lower()},
        )

    def _message(
        self, topic: str, operation: str, source: dict[str, str], data: dict[str, str]
    ) -> str:
        kind = f' PropertyOperation="{operation}"' if operation else ""
        return (
            "<n:NotificationMessage><n:Topic"
            ' Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
            f"{topic}</n:Topic><n:Message>"
            f'<t:Message UtcTime="{self._camera.now().isoformat()}"{kind}>'
            f"<t:Source>{_items(source)}</t:Source><t:Data>{_items(data)}</t:Data>"
            "</t:Message></n:Message></n:NotificationMessage>"
        )


def _items(values: dict[str, str]) -> str:
    return "".join(f'<t:SimpleItem Name="{k}" Value="{v}"/>' for k, v in values.items())


def seconds(duration: str) -> float:
    """Of the durations that clients write: PT…M…S."""
    found = re.fullmatch(r"PT(?:(\d+)M)?(?:([\d.]+)S)?", duration)
    if found is None:
        raise FaultError(f"Not a duration: {duration}", "InvalidArgVal")
    return 60 * int(found[1] or 0) + float(found[2] or 0)
