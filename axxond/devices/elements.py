"""Reading XML that devices send, without trust: missing parts read as nothing, extra ones are
passed by, namespaces are not looked at (cameras get them wrong)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from lxml import etree

_NAME = re.compile(r"[A-Za-z_][\w.-]*$", re.ASCII)
# No entities (a billion laughs), no network, no trees of unbounded depth.
_PARSER_OPTIONS = {
    "resolve_entities": False,
    "no_network": True,
    "huge_tree": False,
    "recover": True,
    "remove_comments": True,
    "remove_pis": True,
}


class Node:
    """One element.  Paths are local names joined by "/"; "" is the element itself."""

    __slots__ = ("element",)

    def __init__(self, element: etree._Element) -> None:
        self.element = element

    @property
    def name(self) -> str:
        return str(self.element.tag).rpartition("}")[2]

    def all(self, path: str) -> list[Node]:
        """Every element at that path."""
        return [Node(one) for one in self.element.iterfind(_pattern(path))]

    def first(self, path: str) -> Node | None:
        found = self.element if not path else self.element.find(_pattern(path))
        return None if found is None else Node(found)

    def text(self, path: str = "") -> str:
        """Stripped; "" where there is none."""
        found = self.first(path)
        return "" if found is None else (found.element.text or "").strip()

    def number(self, path: str = "") -> float | None:
        return to_number(self.text(path))

    def integer(self, path: str = "") -> int | None:
        value = self.number(path)
        return None if value is None else round(value)

    def attribute(self, name: str) -> str:
        """By its local name."""
        for key, value in self.element.attrib.items():
            if str(key).rpartition("}")[2] == name:
                return str(value).strip()
        return ""

    def descendants(self, *names: str) -> Iterator[Node]:
        """All elements of these local names, at any depth, in the document's order."""
        return (Node(one) for one in self.element.iter(*(f"{{*}}{name}" for name in names)))

    def children(self) -> Iterator[Node]:
        return (Node(one) for one in self.element.iterchildren(etree.Element))

    def __contains__(self, path: str) -> bool:
        return self.first(path) is not None


def parse(data: bytes) -> Node | None:
    """None: this is not XML."""
    try:
        root = etree.fromstring(data, etree.XMLParser(**_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root is None:
        return None
    _undeclared(root)
    return Node(root)


def _undeclared(root: etree._Element) -> None:
    """Takes off prefixes that the document does not declare (IPyCam's PTZ answers)."""
    for one in root.iter(etree.Element):
        if one.tag[:1] != "{" and ":" in one.tag:
            one.tag = _bare(one.tag)
        for key in [key for key in one.attrib if key[:1] != "{" and ":" in key]:
            one.attrib[_bare(key)] = one.attrib.pop(key)


def _bare(name: str) -> str:
    """What stands behind the prefix, if that can be a name at all."""
    last = name.rpartition(":")[2]
    return last if _NAME.match(last) else "_"


def to_number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e12 else None


def to_flag(text: str) -> bool | None:
    """As XML Schema and as cameras spell a truth; None: neither."""
    word = text.strip().lower()
    if word in ("true", "1", "active", "on", "yes"):
        return True
    if word in ("false", "0", "inactive", "off", "no"):
        return False
    return None


def _pattern(path: str) -> str:
    return "/".join(f"{{*}}{name}" for name in path.split("/"))
