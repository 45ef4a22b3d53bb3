"""The conversation with one RTSP server, without I/O: messages in, bytes to send out.

OPTIONS → DESCRIBE → SETUP (picture, then sound; or what else was wished) → PLAY, then keep-alive
until TEARDOWN.
"""

from __future__ import annotations

import enum
from urllib.parse import urljoin

from attrs import frozen

from axxond.devices import failures
from axxond.devices.rtsp import depay, messages, sdp
from axxond.devices.rtsp import metadata as metadata_track
from axxond.devices.rtsp.digest import Authenticator
from axxond.devices.rtsp.messages import MalformedError, Message, Request, Response
from axxond.devices.rtsp.sdp import Medium, PayloadFormat

# Answers that we wait for at once; more means that the server answers nothing any more.
_MAX_PENDING = 8
_MAX_LOGIN_ATTEMPTS = 3
_DEFAULT_TIMEOUT_S = 60.0  # RFC 2326 §12.37
_MIN_TIMEOUT_S, _MAX_TIMEOUT_S = 5.0, 3600.0
_AGENT = "axxond"


class State(enum.Enum):
    START = "start"
    OPTIONS = "options"
    DESCRIBE = "describe"
    SETUP = "setup"
    PLAY = "play"
    PLAYING = "playing"
    ENDED = "ended"


# What may follow a state.
TRANSITIONS: dict[State, frozenset[State]] = {
    State.START: frozenset((State.OPTIONS, State.ENDED)),
    State.OPTIONS: frozenset((State.DESCRIBE, State.ENDED)),
    State.DESCRIBE: frozenset((State.SETUP, State.ENDED)),
    State.SETUP: frozenset((State.SETUP, State.PLAY, State.ENDED)),
    State.PLAY: frozenset((State.PLAYING, State.ENDED)),
    State.PLAYING: frozenset((State.ENDED,)),
    State.ENDED: frozenset(),
}


class Redirected(Exception):  # noqa: N818 - not an error
    """The server sends us to another address."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


@frozen
class Wish:
    """What to set up of what a server offers: the first kind is needed, others are welcome.
    `require`: a feature that the server must have, by name (RFC 2326 §12.32)."""

    kinds: tuple[str, ...]  # "video", "audio", "speaker" or "application" (metadata)
    require: str = ""


PICTURE = Wish(("video",))
PICTURE_AND_SOUND = Wish(("video", "audio"))
METADATA = Wish((metadata_track.KIND,))
# Sound to the device (ONVIF Streaming §5.3).
SPEAKER = Wish(("speaker",), "www.onvif.org/ver20/backchannel")
# Encodings that we can send, the simplest first; G.726 last, for it is made in blocks of 256 ms.
_SPOKEN = ("PCMU", "PCMA", "L16", "MPEG4-GENERIC", "G726-32", "G726-40", "G726-24", "G726-16")


@frozen
class Chosen:
    """A medium that is (being) set up; `channel` carries RTP, `channel` + 1 RTCP."""

    medium: Medium
    offer: PayloadFormat
    channel: int
    url: str


@frozen
class _Sent:
    method: str
    url: str
    headers: dict[str, str]
    attempt: int


class Session:
    """Raises DeviceError, MalformedError or Redirected from `receive`; then it has ended."""

    def __init__(self, url: str, user: str, password: str, wish: Wish = PICTURE_AND_SOUND) -> None:
        self.url = url  # without log-in
        self.state = State.START
        self.chosen: list[Chosen] = []
        self.timeout_s = _DEFAULT_TIMEOUT_S
        self._user = user
        self._login = Authenticator(user, password)
        self._wish = wish
        self._cseq = 0
        self._pending: dict[int, _Sent] = {}
        self._queue: list[Chosen] = []
        self._base = url
        self._aggregate = url
        self._session = ""
        self._public: frozenset[str] = frozenset()

    @property
    def is_playing(self) -> bool:
        return self.state is State.PLAYING

    def begin(self) -> bytes:
        """The first request."""
        self._go(State.OPTIONS)
        return self._request("OPTIONS", self.url)

    def keep_alive(self) -> bytes:
        """To be sent well within `timeout_s` while playing."""
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"
        return self._request(method, self._aggregate)

    def teardown(self) -> bytes:
        """A farewell; b"" when there is nothing to end."""
        if self.state is State.ENDED or not self._session:
            return b""
        self._go(State.ENDED)
        return self._request("TEARDOWN", self._aggregate)

    def receive(self, message: Message) -> bytes:
        """Take a message of the server; returns what is to be sent, perhaps b""."""
        if isinstance(message, Request):
            return self._asked(message)
        sent = self._match(message)
        if sent is None or self.state is State.ENDED:
            return b""
        if message.status < 200:
            return b""
        if message.status in (401, 407):
            return self._log_in(sent, message)
        if 300 <= message.status < 400:
            raise Redirected(self._location(message))
        return self._answered(sent, message)

    # Requests

    def _request(
        self, method: str, url: str, headers: dict[str, str] | None = None, attempt: int = 0
    ) -> bytes:
        self._cseq += 1
        while len(self._pending) >= _MAX_PENDING:
            del self._pending[next(iter(self._pending))]
        headers = headers or {}
        self._pending[self._cseq] = _Sent(method, url, headers, attempt)
        lines = {"CSeq": str(self._cseq), "User-Agent": _AGENT, **headers}
        if self._session:
            lines["Session"] = self._session
        if authorization := self._login.header(method, url):
            lines["Authorization"] = authorization
        try:
            return messages.encode_request(method, url, lines)
        except ValueError as error:
            raise MalformedError(str(error)) from error

    def _match(self, response: Response) -> _Sent | None:
        """The request that it answers; a server that sends no CSeq answers in order."""
        number = response.cseq
        if number is None and self._pending:
            number = next(iter(self._pending))
        return self._pending.pop(number, None) if number is not None else None

    def _log_in(self, sent: _Sent, response: Response) -> bytes:
        values = response.headers.get("www-authenticate", [])
        again = sent.attempt == 0 or (
            sent.attempt < _MAX_LOGIN_ATTEMPTS and self._login.is_stale(values)
        )
        if not self._user or not again:
            raise failures.login(self.url, self._user)
        if not self._login.accept(values):
            raise failures.no_way_to_log_in(self.url)
        return self._request(sent.method, sent.url, sent.headers, sent.attempt + 1)

    def _location(self, response: Response) -> str:
        location = response.first("location")
        if not location:
            raise MalformedError(f"a redirection ({response.status}) to nowhere")
        return location if "://" in location[:16] else urljoin(self.url, location)

    # Answers

    def _answered(self, sent: _Sent, response: Response) -> bytes:
        ok = response.status < 300
        if sent.method == "OPTIONS" and self.state is State.OPTIONS:
            # Whatever a camera thinks of OPTIONS, DESCRIBE decides.
            words = response.first("public").upper().replace(",", " ").split() if ok else []
            self._public = frozenset(words)
            self._go(State.DESCRIBE)
            return self._request("DESCRIBE", self.url, self._asking({"Accept": "application/sdp"}))
        if self.state is State.PLAYING:
            if response.status == 454:
                raise self._refused(sent, response)
            return b""  # whatever it thinks of a keep-alive: what counts is that media flow
        if not ok and sent.method == "SETUP" and self._is_optional():
            return self._set_up()
        if not ok:
            raise self._refused(sent, response)
        if sent.method == "DESCRIBE" and self.state is State.DESCRIBE:
            return self._described(response)
        if sent.method == "SETUP" and self.state is State.SETUP:
            return self._is_set_up(response)
        if sent.method == "PLAY" and self.state is State.PLAY:
            self._go(State.PLAYING)
        return b""

    def _is_optional(self) -> bool:
        """Whether the medium being set up is only welcome: the first alone will do."""
        if not self.chosen or not self._queue:
            return False
        del self._queue[0]
        return True

    def _refused(self, sent: _Sent, response: Response) -> Exception:
        return failures.refused(
            self.url, self._user, sent.method, response.status, response.reason[:80]
        )

    def _described(self, response: Response) -> bytes:
        try:
            description = sdp.parse(response.body)
        except MalformedError as error:
            raise failures.no_video(self.url) from error
        base = response.first("content-base") or response.first("content-location")
        self._base = failures.without_login(base) if "://" in base[:16] else self.url
        self._aggregate = sdp.control_url(self._base, description.control)
        self._queue = self._choose(description)
        self._go(State.SETUP)
        return self._set_up()

    def _choose(self, description: sdp.Description) -> list[Chosen]:
        """The first of each kind that we understand and that comes from there."""
        chosen: list[Chosen] = []
        for kind in self._wish.kinds:
            found = self._first(description, kind)
            if found is not None:
                medium, offer = found
                url = sdp.control_url(self._base, medium.control)
                chosen.append(Chosen(medium, offer, 2 * len(chosen), url))
        return chosen

    def _first(
        self, description: sdp.Description, kind: str
    ) -> tuple[Medium, PayloadFormat] | None:
        """None: there is none, and no need.  Raises DeviceError."""
        media = [medium for medium in description.media if _is_of(medium, kind)]
        pairs = [(one, offer) for one in media for offer in one.formats if _is_known(kind, offer)]
        if kind == "speaker":
            pairs.sort(key=lambda pair: _SPOKEN.index(pair[1].encoding))
        if pairs:
            return pairs[0]
        if kind != self._wish.kinds[0]:
            return None
        raise self._nothing(kind, media)

    def _nothing(self, kind: str, media: list[Medium]) -> Exception:
        if kind == metadata_track.KIND:
            return failures.no_events(self.url)
        if not media:
            is_speaker = kind == "speaker"
            return failures.no_speaker(self.url) if is_speaker else failures.no_video(self.url)
        names = [offer.encoding or "?" for medium in media for offer in medium.formats]
        return failures.unsupported(
            self.url, f"{kind} as " + (", ".join(names[:5])[:80] or "nothing")
        )

    def _set_up(self) -> bytes:
        """SETUP for the next medium in the queue, or PLAY."""
        if self._queue:
            item = self._queue[0]
            transport = f"RTP/AVP/TCP;unicast;interleaved={item.channel}-{item.channel + 1}"
            return self._request("SETUP", item.url, self._asking({"Transport": transport}))
        self._go(State.PLAY)
        return self._request("PLAY", self._aggregate, self._asking({"Range": "npt=0.000-"}))

    def _asking(self, headers: dict[str, str]) -> dict[str, str]:
        return headers | ({"Require": self._wish.require} if self._wish.require else {})

    def _is_set_up(self, response: Response) -> bytes:
        if not self._queue:
            raise MalformedError("an answer to SETUP that was not asked for")
        item = self._queue.pop(0)
        transport = response.first("transport").lower()
        if transport and "tcp" not in transport and "interleaved" not in transport:
            raise failures.refused(self.url, self._user, "SETUP", 461, "only UDP")
        taken = {chosen.channel for chosen in self.chosen}
        channel = _channel(transport, item.channel)
        if channel in taken:
            raise MalformedError(f"two tracks on the channel {channel}")
        self.chosen.append(Chosen(item.medium, item.offer, channel, item.url))
        self._read_session(response.first("session"))
        return self._set_up()

    def _read_session(self, text: str) -> None:
        parts = [part.strip() for part in text.split(";")]
        if parts[0]:
            self._session = parts[0][:256]
        for part in parts[1:]:
            name, _, value = part.partition("=")
            number = value.strip()
            if name.strip().lower() == "timeout" and number.isascii() and number.isdigit():
                self.timeout_s = min(max(float(number[:9]), _MIN_TIMEOUT_S), _MAX_TIMEOUT_S)

    # The server's own requests

    def _asked(self, request: Request) -> bytes:
        cseq = request.first("cseq")
        if request.method == "REDIRECT" and request.first("location"):
            raise Redirected(request.first("location"))
        if request.method == "TEARDOWN":
            self._go(State.ENDED)
            raise failures.closed(self.url, "it asked to")
        if request.method in ("OPTIONS", "GET_PARAMETER", "SET_PARAMETER", "ANNOUNCE"):
            return messages.encode_response(200, "OK", cseq)
        return messages.encode_response(501, "Not Implemented", cseq)

    def _go(self, state: State) -> None:
        assert state in TRANSITIONS[self.state], (self.state, state)
        self.state = state


def _is_of(medium: Medium, kind: str) -> bool:
    """A server marks with sendonly what we are to send (ONVIF Streaming §5.3.2)."""
    if kind == "speaker":
        return medium.kind == "audio" and medium.direction == "sendonly"
    return medium.kind == kind and medium.direction not in ("sendonly", "inactive")


def _is_known(kind: str, offer: PayloadFormat) -> bool:
    if kind == "speaker":
        return offer.encoding in _SPOKEN
    if kind == metadata_track.KIND:
        return offer.encoding == metadata_track.ENCODING
    return depay.is_known(kind, offer)


def _channel(transport: str, asked: int) -> int:
    """The RTP channel in a Transport header; what we asked for where it says nothing."""
    for part in transport.split(",", maxsplit=1)[0].split(";"):
        name, _, value = part.strip().partition("=")
        if name == "interleaved":
            number = value.split("-")[0].strip()
            if number.isascii() and number.isdigit() and int(number[:4]) < 255:
                return int(number)
    return asked
