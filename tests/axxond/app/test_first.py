"""The first start: sensible defaults, a password that nobody else knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from axxond.app.first import PASSWORD_VARIABLE, chosen_password, quota_gb
from axxond.base.errors import ConfigError
from axxond.base.units import GIB


def test_the_archive_takes_20_gb_or_most_of_a_small_disk() -> None:
    assert quota_gb(1000 * GIB) == 20.0
    assert quota_gb(10 * GIB) == 8.0
    assert quota_gb(0) == 0.05


def test_a_password_from_the_environment_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "from outside")
    assert chosen_password(None) == "from outside"
    assert chosen_password(None) == ""


def test_a_files_first_line_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, "from outside")
    (tmp_path / "p").write_text("from the file\nmore\n")
    assert chosen_password(tmp_path / "p") == "from the file"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="password failed"):
        chosen_password(tmp_path / "none")
