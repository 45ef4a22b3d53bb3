"""Rules of the house that the linters cannot hold (the import layers stand in setup.cfg)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("protocol", "axxond", "axxon_client")
MAX_LINES = 500

# A library and the only places that may import it (prefixes of paths below the root).
HOMES = {
    "numba": ["axxond/analytics/"],
    "msgpack": ["protocol/codec.py"],
    "av": [
        "axxond/devices/",
        "axxond/stream/",
        "axxond/archive/export",
        "axxond/analytics/",
        "axxon_client/video/",
    ],
    "aiohttp": ["axxond/devices/"],
    "OpenGL": ["axxon_client/video/"],
    "sdl2": ["axxon_client/ui/ptz/"],
    "miniaudio": ["axxon_client/video/", "axxond/responses/"],
}


def _sources(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("library", HOMES)
def test_a_library_is_imported_only_where_it_lives(library: str) -> None:
    strangers = [
        str(path.relative_to(ROOT))
        for path in _sources(*PACKAGES)
        if library in _imports(ast.parse(path.read_text()))
        and not str(path.relative_to(ROOT)).startswith(tuple(HOMES[library]))
    ]
    assert strangers == []


def test_no_module_is_longer_than_a_person_reads_at_once() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _sources(*PACKAGES, "tests")
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in _sources(*PACKAGES)
        if ast.get_docstring(ast.parse(path.read_text())) is None
    ]
    assert silent == []


def test_tasks_of_the_daemon_are_started_in_one_place() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in _sources("axxond")
        if path.relative_to(ROOT) != Path("axxond/base/tasks.py")
        and re.search(r"\b(create_task|ensure_future|to_thread)\(", path.read_text())
    ]
    assert offenders == []


def test_colours_stand_only_in_the_palette() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in _sources("axxon_client")
        if "palette" not in path.name and re.search(r"[\"']#[0-9a-fA-F]{6}\b", path.read_text())
    ]
    assert offenders == []


def test_no_path_of_a_machine_stands_in_the_tree() -> None:
    pattern = re.compile(r"(?<![\w.])/(?:work|home/\w+|root)/")
    offenders = [
        str(path.relative_to(ROOT))
        for folder in (*PACKAGES, "tests", "scripts", "conf", "docs")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
        and path.suffix in {"", ".py", ".md", ".toml", ".service", ".sh", ".cfg", ".json"}
        and path != Path(__file__)
        and "__pycache__" not in path.parts
        and pattern.search(path.read_text(errors="ignore"))
    ]
    assert offenders == []
