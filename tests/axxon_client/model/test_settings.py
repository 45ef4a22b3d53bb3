from __future__ import annotations

from typing import Any

import pytest

from axxon_client.model.settings import FormModel, free_name, problem, span_text
from axxond.config.schema.archive import ARCHIVE
from axxond.config.schema.detector import DETECTOR
from axxond.config.schema.device import DEVICE
from axxond.config.schema.people import USER
from protocol.types import FieldSchema, FieldType, ObjectKind
from tests.fakes.requester import record

NUMBER = FieldSchema("n", "N", FieldType.NUMBER, minimum=1, maximum=60, unit="s")
WHOLE = FieldSchema("n", "N", FieldType.INTEGER, minimum=0)


def device() -> FormModel:
    return FormModel(DEVICE, record("d", ObjectKind.DEVICE, name="Door", url="rtsp://a/b"))


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        (NUMBER, 5.0, ""),
        (NUMBER, 61, "It must be 1 to 60 s."),
        (NUMBER, "abc", "This is not a number."),
        (NUMBER, True, "This is not a number."),
        (NUMBER, None, ""),
        (WHOLE, 1.5, "A whole number is needed."),
        (WHOLE, -1, "It must be at least 0."),
        (FieldSchema("t", "T", FieldType.TEXT, required=True), "", "This is needed."),
        (FieldSchema("c", "C", FieldType.CHOICE, choices=["a"]), "b", "Choose one of the list."),
    ],
)
def test_a_wrong_value_is_explained(schema: FieldSchema, value: Any, said: str) -> None:
    assert problem(schema, value) == said


def test_ranges_read_as_words() -> None:
    assert span_text(NUMBER) == "1 to 60 s"
    assert span_text(FieldSchema("n", "N", FieldType.NUMBER, maximum=1_000_000)) == (
        "at most 1 000 000"
    )
    assert span_text(FieldSchema("n", "N", FieldType.TEXT)) == ""


def test_only_changed_values_are_sent_with_the_revision_seen() -> None:
    form = device()
    form.set_value("user", "guard")
    form.set_value("name", "Back door")
    change = form.change()
    assert (change.id, change.revision, change.name) == ("d", 1, "Back door")
    assert change.properties == {"user": "guard"}


def test_a_value_set_back_is_not_changed_any_more() -> None:
    form = device()
    form.set_value("user", "guard")
    form.set_value("user", "")
    assert not form.altered


def test_reset_goes_to_the_default_of_the_schema() -> None:
    model = FormModel(DETECTOR, record("d", ObjectKind.DETECTOR, "camera1", "Motion", contrast=12))
    assert not model.is_default("contrast")
    model.reset("contrast")
    assert model.value("contrast") == 6
    assert model.is_changed("contrast")


def test_errors_come_and_go_as_one_types() -> None:
    form = device()
    form.set_value("connect_timeout_s", 900)
    assert form.errors == {"connect_timeout_s": "It must be 1 to 60 s."}
    form.set_value("connect_timeout_s", 9)
    assert form.errors == {}


def test_a_stored_password_is_not_missing_but_a_new_one_is() -> None:
    stored = FormModel(USER, record("u", ObjectKind.USER, name="guard", role="role"))
    assert stored.validate()
    fresh = FormModel(USER, None)
    fresh.set_value("name", "guard")
    assert not fresh.validate()
    assert set(fresh.errors) == {"role", "password"}


def test_a_refusal_of_the_server_stands_at_its_field() -> None:
    form = device()
    assert form.refuse("url", "there is no such scheme")
    assert form.errors["url"] == "there is no such scheme"
    assert not form.refuse("nonsense", "?")


def test_a_change_by_someone_else_keeps_own_edits() -> None:
    form = device()
    form.set_value("user", "guard")
    form.rebase(record("d", ObjectKind.DEVICE, name="Gate", url="rtsp://c/d"))
    assert form.value("name") == "Gate"
    assert form.value("url") == "rtsp://c/d"
    assert form.value("user") == "guard"


def test_an_edit_that_someone_else_made_too_is_no_edit() -> None:
    form = device()
    form.set_value("user", "guard")
    form.rebase(record("d", ObjectKind.DEVICE, name="Door", url="rtsp://a/b", user="guard"))
    assert not form.altered


def test_a_new_object_is_a_creation_below_its_parent() -> None:
    form = FormModel(ARCHIVE, None)
    form.parent_id = "node"
    form.set_value("name", "Second")
    form.set_value("quota_gb", 5.0)
    change = form.change()
    assert (change.kind, change.parent, change.name) == ("archive", "node", "Second")
    assert change.revision is None
    assert change.properties == {"quota_gb": 5.0}


def test_a_new_name_is_not_taken() -> None:
    assert free_name("Motion", set()) == "Motion"
    assert free_name("Motion", {"Motion", "Motion 2"}) == "Motion 3"


def test_a_new_object_is_called_what_it_is_until_a_person_names_it() -> None:
    form = FormModel(DETECTOR, None)
    form.suggest_name(["Motion", "Loitering"])
    assert form.value("name") == "Motion 2"
    form.set_value("type", "line_crossing")
    assert form.value("name") == "Line crossing"
    form.set_value("name", "Gate")
    form.set_value("type", "loitering")
    assert form.value("name") == "Gate"


def test_an_object_that_has_no_type_is_called_by_its_kind() -> None:
    form = FormModel(ARCHIVE, None)
    form.suggest_name(())
    assert form.value("name") == "Archive"
