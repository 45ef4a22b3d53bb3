"""Start-up settings: all problems at once, with the file's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from axxond.base.errors import ConfigError
from axxond.config.file import DEFAULT_PORT, FIELDS, default_data_folder, parse, read

ROOT = Path(__file__).resolve().parents[3]


def test_nothing_given_gives_the_defaults() -> None:
    settings = read(None)
    assert (settings.port, settings.bind, settings.log_level) == (DEFAULT_PORT, "0.0.0.0", "info")
    assert settings.data_folder == default_data_folder()


def test_given_values_win() -> None:
    text = 'data_folder = "/srv/axxon"\nport = 9000\nlog_level = "debug"'
    settings = parse(text, "x.toml")
    assert (str(settings.data_folder), settings.port) == ("/srv/axxon", 9000)
    assert settings.log_level == "debug"


def test_every_problem_is_told_at_once() -> None:
    text = 'prot = 1\nlog_level = "infos"\nport = 70000\n[deep]\nx = 1'
    with pytest.raises(ConfigError) as caught:
        parse(text, "x.toml")
    lines = str(caught.value).splitlines()
    assert len(lines) == 4
    assert 'x.toml: there is no setting "prot"; did you mean "port"?' in lines
    assert any("log_level is 'infos', not one of" in line for line in lines)
    assert any("port is 70000, out of [0; 65535]" in line for line in lines)


@pytest.mark.parametrize("text", ["port = ", "\x00", "port = 1\nport = 2"])
def test_what_is_no_toml_is_told(text: str) -> None:
    with pytest.raises(ConfigError, match=r"x\.toml: not a TOML file"):
        parse(text, "x.toml")


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"x\.toml: reading the settings failed"):
        read(path)


def test_the_file_that_ships_names_every_setting_with_its_default() -> None:
    shipped = ROOT / "conf" / "axxond.toml"
    assert read(shipped) == read(None)
    text = "\n".join(
        line.removeprefix("# ")
        for line in shipped.read_text().splitlines()
        if line.removeprefix("# ").partition(" = ")[0] in {field.name for field in FIELDS}
    )
    assert len(text.splitlines()) == len(FIELDS)
    assert parse(text, "x") == read(None)
