"""A settings form's state: an object's values, what was changed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

from PyQt5.QtCore import QObject, pyqtSignal

from axxon_client.model import words
from protocol.messages import Change
from protocol.types import FieldSchema, FieldType, KindSchema, ObjectRecord

NAME = "name"  # every object has one beside the schema's fields
_TYPE = "type"


def name_field() -> FieldSchema:
    return FieldSchema(
        NAME, words.tr("Name"), FieldType.TEXT, words.tr("Shown everywhere."), required=True
    )


def problem(schema: FieldSchema, value: Any) -> str:
    """What is wrong with `value`, as a sentence; "" when nothing is.  The server checks again."""
    if value in (None, "", []) and schema.required:
        return words.tr("This is needed.")
    if value is None:
        return ""  # left to the server
    if schema.type in (FieldType.INTEGER, FieldType.NUMBER):
        return _number_problem(schema, value)
    if schema.type is FieldType.CHOICE and value not in schema.choices:
        return words.tr("Choose one of the list.")
    return ""


def _number_problem(schema: FieldSchema, value: Any) -> str:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return words.tr("This is not a number.")
    if schema.type is FieldType.INTEGER and value != int(value):
        return words.tr("A whole number is needed.")
    low, high = schema.minimum, schema.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return words.tr("It must be {0}.").format(span_text(schema))
    return ""


def span_text(schema: FieldSchema) -> str:
    """`1 to 60 s`, `at least 2`, `at most 9`; "" without bounds."""
    unit = f" {schema.unit}" if schema.unit else ""
    low, high = schema.minimum, schema.maximum
    if low is not None and high is not None:
        return words.tr("{0} to {1}").format(_short(low), _short(high)) + unit
    if low is not None:
        return words.tr("at least {0}").format(_short(low)) + unit
    if high is not None:
        return words.tr("at most {0}").format(_short(high)) + unit
    return ""


def _short(value: float) -> str:
    return f"{value:,.10g}".replace(",", " ")


class FormModel(QObject):
    """The values of one object, present or new.

    Signals: `value_changed(name)`; `errors_changed()`; `reloaded()` when all values were taken
    anew from the object.
    """

    value_changed = pyqtSignal(str)
    errors_changed = pyqtSignal()
    reloaded = pyqtSignal()

    def __init__(
        self, schema: KindSchema, record: ObjectRecord | None, parent: QObject | None = None
    ) -> None:
        """`record` None: a new object, with the schema's defaults."""
        super().__init__(parent)
        self.schema = schema
        self.record = record
        self.parent_id = ""
        self.errors: dict[str, str] = {}
        self._edited: dict[str, Any] = {}
        self._suggested: str | None = None
        self._taken: frozenset[str] = frozenset()
        self.fields = {name_field().name: name_field(), **{f.name: f for f in schema.fields}}

    def saved(self, name: str) -> Any:
        """The value in the server, or the default."""
        if name == NAME:
            return self.record.name if self.record is not None else ""
        default = self.fields[name].default
        return self.record.properties.get(name, default) if self.record is not None else default

    def value(self, name: str) -> Any:
        return self._edited.get(name, self.saved(name))

    def set_value(self, name: str, value: Any) -> None:
        if value == self.value(name):
            return
        if value == self.saved(name):
            self._edited.pop(name, None)
        else:
            self._edited[name] = value
        self._check(name)
        for other, schema in self.fields.items():
            if name in schema.only_for:
                self._check(other)
        self.value_changed.emit(name)
        if name == _TYPE and self._suggested == self.value(NAME):
            self.suggest_name(self._taken)

    def suggest_name(self, taken: Iterable[str]) -> None:
        """Call a new object what it is; its type, until a person names it."""
        self._taken = frozenset(taken)
        typed = _TYPE in self.fields
        base = words.choice(self.value(_TYPE)) if typed else words.kind_name(self.schema.kind)
        self._suggested = free_name(base, self._taken)
        self.set_value(NAME, self._suggested)

    def applies(self, name: str) -> bool:
        """Whether a field counts with the other values as they are now."""
        wanted = self.fields[name].only_for.items()
        return all(str(self.value(other)) in values for other, values in wanted)

    def reset(self, name: str) -> None:
        """Back to the schema's default (of the name: to the saved one)."""
        self.set_value(name, self.saved(name) if name == NAME else self.fields[name].default)

    def is_changed(self, name: str) -> bool:
        return name in self._edited

    def is_default(self, name: str) -> bool:
        schema = self.fields[name]
        return name == NAME or schema.required or self.value(name) == schema.default

    @property
    def changed_names(self) -> list[str]:
        return list(self._edited)

    @property
    def altered(self) -> bool:
        return bool(self._edited)

    def discard(self) -> None:
        self._edited.clear()
        self.errors.clear()
        self.reloaded.emit()
        self.errors_changed.emit()

    def rebase(self, record: ObjectRecord) -> None:
        """The object changed on the server: own edits stay, other values are taken."""
        self.record = record
        self._edited = {n: v for n, v in self._edited.items() if v != self.saved(n)}
        self.reloaded.emit()

    def validate(self) -> bool:
        """Check every field; True when all are right."""
        self.errors = {
            name: text for name, schema in self.fields.items() if (text := self._problem(schema))
        }
        self.errors_changed.emit()
        return not self.errors

    def refuse(self, name: str, text: str) -> bool:
        """The server refused a field; False when there is no such field here."""
        if name not in self.fields:
            return False
        self.errors[name] = text
        self.errors_changed.emit()
        return True

    def change(self) -> Change:
        """What to send: a creation, or the changed values only; of those that count."""
        properties = {n: v for n, v in self._edited.items() if n != NAME and self.applies(n)}
        name = self._edited.get(NAME)
        if self.record is None:
            return Change("", self.schema.kind, self.parent_id, name or "", properties)
        revision = self.record.revision
        return Change(self.record.id, name=name, properties=properties, revision=revision)

    def accept(self) -> None:
        """The server took the change: nothing is edited any more."""
        self._edited.clear()
        self.errors.clear()
        self.reloaded.emit()
        self.errors_changed.emit()

    def _check(self, name: str) -> None:
        text = self._problem(self.fields[name])
        if text != self.errors.get(name, ""):
            if text:
                self.errors[name] = text
            else:
                self.errors.pop(name, None)
            self.errors_changed.emit()

    def _problem(self, schema: FieldSchema) -> str:
        if not self.applies(schema.name):
            return ""  # what is hidden is not sent
        return problem(self._relaxed(schema), self.value(schema.name))

    def _relaxed(self, schema: FieldSchema) -> FieldSchema:
        """A stored password reads as "": an unchanged one is not missing."""
        stored = self.record is not None and schema.type is FieldType.PASSWORD
        if stored and schema.required:
            return FieldSchema(schema.name, schema.label, schema.type, schema.help)
        return schema


def free_name(base: str, taken: Container[str]) -> str:
    """`Motion`, `Motion 2`, …"""
    if base not in taken:
        return base
    number = 2
    while f"{base} {number}" in taken:
        number += 1
    return f"{base} {number}"
