from __future__ import annotations

from tests.bench.__main__ import known
from tests.bench.table import Row, against, as_json, as_text, limited


def test_a_ratio_is_judged_against_its_goal() -> None:
    assert against("CPU", "ms", 1.0, 2.0, "peer", 0.5).ok
    assert not against("CPU", "ms", 1.1, 2.0, "peer", 0.5).ok
    assert not against("CPU", "ms", 0.0, 0.0, "peer", 0.5).ok


def test_a_value_is_judged_against_its_limit() -> None:
    assert limited("lost", "", 0, 0).ok
    assert not limited("lost", "", 1, 0).ok


def test_json_has_the_fields_of_a_row_and_its_ratio() -> None:
    rows = [against("CPU", "ms", 1.0, 4.0, "peer", 0.5), Row("sent", "", 7.0)]
    found = as_json("ingest", rows)
    assert found["bench"] == "ingest"
    assert found["rows"][0] == {
        "metric": "CPU",
        "unit": "ms",
        "ours": 1.0,
        "peer": 4.0,
        "peer_name": "peer",
        "ratio": 0.25,
        "goal": "≤ 0.5×",
        "ok": True,
    }
    assert found["rows"][1]["ratio"] is None


def test_the_table_says_which_goal_was_missed() -> None:
    text = as_text("wire", [limited("lost", "", 2, 0), Row("sent", "", 7.0)])
    assert text.splitlines()[0] == "== wire"
    assert text.splitlines()[2].split() == ["lost", "2", "≤", "0", "NO"]
    assert text.splitlines()[3].split() == ["sent", "7"]


def test_benchmarks_are_found_by_name() -> None:
    assert {"ingest", "ingest-heavy", "wire"} <= set(known())
