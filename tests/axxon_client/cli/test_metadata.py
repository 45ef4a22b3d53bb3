from __future__ import annotations

from tests.axxon_client.cli.conftest import Run

PERIOD = ("--from", "2026-06-01", "--to", "2026-06-03")


def test_a_back_test_shows_present_and_proposed_settings(logged_in: Run) -> None:
    ran = logged_in(
        "backtest", "Entrance", "Motion", *PERIOD, "--set", "type=loitering", "time_s=60"
    )
    assert ran.code == 0, ran.err
    head, _, present, proposed = ran.out.splitlines()
    assert head.split()[:2] == ["events", "a"]
    assert present.split()[:4] == ["present", "settings", "48", "24.0"]
    assert proposed.split()[3] == "24"
    assert "1234 objects" in ran.err


def test_without_settings_only_the_present_ones_are_shown(logged_in: Run) -> None:
    ran = logged_in("backtest", "Entrance", "Motion", *PERIOD)
    assert len(ran.out.splitlines()) == 3


def test_a_back_test_for_scripts(logged_in: Run) -> None:
    value = logged_in(
        "backtest", "Entrance", "Motion", "--json", *PERIOD, "--set", "time_s=60"
    ).json
    assert value["present"]["events"] == 48
    assert value["proposed"]["events"] == 24
    assert len(value["proposed"]["days"]) == 2


def test_what_is_wrong_with_a_back_test_is_a_sentence(logged_in: Run) -> None:
    for wrong, code in (
        (("Entrance", "Nobody"), 5),
        (("Entrance", "Motion", "--set", "colour=red"), 2),
        (("Entrance", "Motion", "--set", "name=New"), 2),
        (("Entrance", "Motion", "--set", "type=motion"), 1),
    ):
        ran = logged_in("backtest", *wrong)
        assert ran.code == code, (wrong, ran.err)
        assert len([line for line in ran.err.splitlines() if line != "50 %"]) == 1


def test_the_metadata_that_there_is(logged_in: Run) -> None:
    ran = logged_in("metadata")
    assert "Entrance" in ran.out
    assert "of at most 10 GB, 30 days" in ran.err
    assert len(logged_in("metadata", "--json").json["cameras"]) == 9
