"""msgpack <-> messages, strict at the edge.

A body is a map of field names to values; enums travel as their values, `Format` carries the field
`kind` ("video", "audio") beside its own.  Values are never coerced: a text is no number, a number
no text, true no 1.  What does not fit raises ProtocolError BAD_REQUEST whose `obj` is the path of
the field ("changes[0].revision") and whose text names the value.

Unknown fields: refused in what a client says (a typing error must not pass as a default), ignored
in what a server says (a newer server may add fields).  Missing fields take their default where the
catalogue has one.
"""

from __future__ import annotations

import enum
import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Any, Final, NoReturn, TypeVar, get_args, get_origin

import attrs
import cattrs
import msgpack
from cattrs.errors import (
    BaseValidationError,
    ClassValidationError,
    ForbiddenExtraKeysError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn

from protocol import messages
from protocol.errors import ErrorCode, ProtocolError
from protocol.messages import MediaFrame, Message, Request
from protocol.types import AudioFormat, Format, MediaKind, VideoFormat

M = TypeVar("M")
Hook = Callable[[Any, Any], Any]

# A tree is flat, polygons are three deep; deeper nesting is an attack on the stack.
MAX_DEPTH: Final = 16
# From clients: cells, zones, changes.  It bounds what a lying length makes us reserve.
MAX_CLIENT_ITEMS: Final = 16_384
# From servers: spans of a time line, rows of a journal.
MAX_SERVER_ITEMS: Final = 1 << 20
MAX_TEXT_SHOWN: Final = 60
_INT64: Final = 1 << 63


def _subclasses(base: type[Message]) -> dict[str, type[Message]]:
    found = [cls for cls in vars(messages).values() if isinstance(cls, type)]
    return {cls.NAME: cls for cls in found if issubclass(cls, base) and hasattr(cls, "NAME")}


MESSAGES: Final[dict[str, type[Message]]] = _subclasses(Message)
REQUESTS: Final[dict[str, type[Message]]] = _subclasses(Request)


def pack_value(value: Any) -> bytes:
    """Any structure of None, bool, int, float, str, bytes, list, tuple, dict."""
    packed = msgpack.packb(value, use_bin_type=True)
    assert isinstance(packed, bytes)
    return packed


def unpack_value(data: bytes, max_items: int = MAX_CLIENT_ITEMS) -> Any:
    """One msgpack value and nothing behind it.  Raises ProtocolError BAD_FRAME."""
    try:
        value = msgpack.unpackb(
            data,
            raw=False,
            strict_map_key=True,
            max_array_len=max_items,
            max_map_len=max_items,
            max_ext_len=0,
        )
    except (ValueError, msgpack.UnpackException, RecursionError, OverflowError) as error:
        text = f"a frame's header is not msgpack: {error or type(error).__name__}"
        raise ProtocolError(ErrorCode.BAD_FRAME, text) from error
    if not _sound(value, MAX_DEPTH):
        text = f"a header nested deeper than {MAX_DEPTH}, or with keys or numbers out of range"
        raise ProtocolError(ErrorCode.BAD_FRAME, text)
    return value


def _sound(value: Any, depth: int) -> bool:
    """Keys are texts, numbers finite or of 64 bits, nesting is bounded."""
    kind = type(value)
    if kind is dict:
        return depth > 0 and all(
            type(key) is str and _sound(item, depth - 1) for key, item in value.items()
        )
    if kind is list:
        return depth > 0 and all(_sound(item, depth - 1) for item in value)
    if kind is int:
        return bool(-_INT64 <= value < _INT64)
    return kind is not float or math.isfinite(value)


# --- bodies --------------------------------------------------------------------------------


def _refuse(value: Any, wanted: str) -> NoReturn:
    shown = repr(value)
    if len(shown) > MAX_TEXT_SHOWN:
        shown = shown[:MAX_TEXT_SHOWN] + "…"
    raise ValueError(f"{shown} is not {wanted}")


def _integer(value: Any, _: Any) -> int:
    if type(value) is not int:
        _refuse(value, "a whole number")
    return value


def _number(value: Any, _: Any) -> float:
    if type(value) not in (int, float):
        _refuse(value, "a number")
    return float(value)


def _exactly(kind: type, wanted: str) -> Hook:
    def hook(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            _refuse(value, wanted)
        return value

    return hook


def _choice(value: Any, cls: type[enum.StrEnum]) -> enum.StrEnum:
    try:
        return cls(value)
    except ValueError:
        _refuse(value, "one of " + ", ".join(str(item.value) for item in cls))


def _class_factory(converter: cattrs.Converter, cls: type[Any]) -> Hook:
    structure = make_dict_structure_fn(cls, converter)

    def hook(value: Any, _: Any) -> Any:
        if type(value) is not dict:
            _refuse(value, "a map of fields")
        return structure(value, cls)

    return hook


def _list_factory(converter: cattrs.Converter, cls: Any) -> Hook:
    (item_type,) = get_args(cls)
    structure = converter.get_structure_hook(item_type)

    def hook(value: Any, _: Any) -> list[Any]:
        if type(value) is not list:
            _refuse(value, "a list")
        result = []
        for index, item in enumerate(value):
            try:
                result.append(structure(item, item_type))
            except (ValueError, BaseValidationError) as error:
                error.add_note(IterableValidationNote("", index, item_type))
                raise IterableValidationError("", [error], cls) from None
        return result

    return hook


def _structure_format(value: Any, _: Any) -> Any:
    if type(value) is not dict:
        _refuse(value, "a map of fields")
    fields = dict(value)
    kind = _choice(fields.pop("kind", None), MediaKind)
    return _LENIENT.structure(fields, VideoFormat if kind is MediaKind.VIDEO else AudioFormat)


def _unstructure_format(value: VideoFormat | AudioFormat) -> dict[str, Any]:
    return {"kind": value.kind.value, **_LENIENT.unstructure(value)}


_PLAIN_HOOKS: Final[dict[type, Hook]] = {
    int: _integer,
    float: _number,
    str: _exactly(str, "a text"),
    bool: _exactly(bool, "true or false"),
    bytes: _exactly(bytes, "bytes"),
    enum.StrEnum: _choice,
}


def _is_list(cls: Any) -> bool:
    return bool(get_origin(cls) is list)


def _is_map(cls: Any) -> bool:
    return bool(get_origin(cls) is dict)


def _converter(strict: bool) -> cattrs.Converter:
    converter = cattrs.Converter(forbid_extra_keys=strict, detailed_validation=True)
    for kind, hook in _PLAIN_HOOKS.items():
        converter.register_structure_hook(kind, hook)
    converter.register_unstructure_hook(enum.StrEnum, operator.attrgetter("value"))
    converter.register_structure_hook_factory(attrs.has, partial(_class_factory, converter))
    converter.register_structure_hook_factory(_is_list, partial(_list_factory, converter))
    converter.register_structure_hook_func(_is_map, _exactly(dict, "a map"))
    converter.register_structure_hook_func(lambda cls: cls == Format, _structure_format)
    converter.register_unstructure_hook_func(lambda cls: cls == Format, _unstructure_format)
    return converter


_LENIENT: Final = _converter(strict=False)
_STRICT: Final = _converter(strict=True)


def to_plain(message: Message) -> dict[str, Any]:
    """A body as msgpack (and JSON, but for bytes) can hold it."""
    plain = _LENIENT.unstructure(message)
    assert isinstance(plain, dict)
    return plain


def from_plain(cls: type[M], body: Any, strict: bool) -> M:
    """`strict`: unknown fields are refused.  Raises ProtocolError BAD_REQUEST."""
    try:
        return (_STRICT if strict else _LENIENT).structure(body, cls)
    except (BaseValidationError, ValueError) as error:
        path, text = _first_fault(error, "")
        raise ProtocolError(ErrorCode.BAD_REQUEST, text, path.lstrip(".")) from None


def _first_fault(error: BaseException, path: str) -> tuple[str, str]:
    """Path and sentence of the first leaf of cattrs' tree of errors."""
    if isinstance(error, (ClassValidationError, IterableValidationError)):
        noted, bare = error.group_exceptions()
        for fault, note in noted:
            step = f".{note.name}" if hasattr(note, "name") else f"[{note.index}]"
            return _first_fault(fault, path + step)
        for fault in bare:
            return _first_fault(fault, path)
    if isinstance(error, ForbiddenExtraKeysError):
        unknown = sorted(error.extra_fields)[0]
        return f"{path}.{unknown[:MAX_TEXT_SHOWN]}", "there is no such field"
    if isinstance(error, KeyError):
        return path, "the field is missing"
    return path, str(error)


# --- headers -------------------------------------------------------------------------------


def _parts(header: bytes, kinds: tuple[type, ...], max_items: int) -> list[Any]:
    """The header's fixed list of values.  Raises ProtocolError BAD_FRAME."""
    parts = unpack_value(header, max_items)
    if type(parts) is not list or tuple(map(type, parts)) != kinds:
        wanted = ", ".join(kind.__name__ for kind in kinds)
        raise ProtocolError(ErrorCode.BAD_FRAME, f"a frame's header is not [{wanted}]")
    return parts


def pack_hello(message: messages.Hello) -> bytes:
    return pack_value(to_plain(message))


def unpack_hello(header: bytes) -> messages.Hello:
    """Raises ProtocolError."""
    return from_plain(messages.Hello, unpack_value(header), strict=False)


def pack_request(number: int, node: str, message: Message) -> bytes:
    return pack_value((number, node, message.NAME, to_plain(message)))


def unpack_request(header: bytes) -> tuple[int, str, str, dict[str, Any]]:
    """Number, node, name, plain body."""
    number, node, name, body = _parts(header, (int, str, str, dict), MAX_CLIENT_ITEMS)
    return number, node, name, body


def pack_reply(number: int, message: Message) -> bytes:
    return pack_value((number, message.NAME, to_plain(message)))


def unpack_reply(header: bytes) -> tuple[int, str, dict[str, Any]]:
    """Number, name, plain body."""
    number, name, body = _parts(header, (int, str, dict), MAX_SERVER_ITEMS)
    return number, name, body


def pack_error(number: int, error: ProtocolError) -> bytes:
    return pack_value((number, error.code.value, error.obj, error.text))


def unpack_error(header: bytes) -> tuple[int, ProtocolError]:
    """Number (0 = the connection itself) and error; an unknown code reads as INTERNAL."""
    number, code, obj, text = _parts(header, (int, str, str, str), MAX_CLIENT_ITEMS)
    known = code in {item.value for item in ErrorCode}
    error = ProtocolError(ErrorCode(code) if known else ErrorCode.INTERNAL, text, obj)
    return number, error


def pack_notice(node: str, message: Message) -> bytes:
    return pack_value((node, message.NAME, to_plain(message)))


def unpack_notice(header: bytes, max_items: int) -> tuple[str, str, dict[str, Any]]:
    """Node, name, plain body."""
    node, name, body = _parts(header, (str, str, dict), max_items)
    return node, name, body


_KEYFRAME: Final = 1
_DISCONTINUITY: Final = 2
_MEDIA_PARTS: Final = (int,) * 7


def pack_media_header(frame: MediaFrame) -> bytes:
    flags = _KEYFRAME * frame.keyframe | _DISCONTINUITY * frame.discontinuity
    return pack_value(
        (
            frame.channel,
            frame.generation,
            frame.track,
            flags,
            frame.pts_us,
            frame.dts_us,
            frame.duration_us,
        )
    )


def unpack_media(header: bytes, payload: bytes) -> MediaFrame:
    """Raises ProtocolError BAD_FRAME."""
    channel, generation, track, flags, pts_us, dts_us, duration_us = _parts(
        header, _MEDIA_PARTS, len(_MEDIA_PARTS)
    )
    return MediaFrame(
        channel,
        generation,
        track,
        bool(flags & _KEYFRAME),
        bool(flags & _DISCONTINUITY),
        pts_us,
        dts_us,
        duration_us,
        payload,
    )
