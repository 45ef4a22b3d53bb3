"""The first start: the server itself, roles, an archive, the administrator.  Pure but for the
disk's free room."""

from __future__ import annotations

import os
import platform
import shutil
from pathlib import Path

from attrs import field, frozen

from axxond.auth.passwords import generated
from axxond.base.errors import ConfigError
from axxond.base.units import GIB
from axxond.config.templates import administrator, first_objects
from axxond.config.tree import ConfigTree, new_id

ADMIN = "admin"
PASSWORD_VARIABLE = "AXXON_ADMIN_PASSWORD"  # noqa: S105 - a variable's name
_QUOTA_GB = 20.0
_SHARE_OF_FREE = 0.8
_LEAST_GB = 0.05
_AUTHOR = "first start"


@frozen
class FirstAdmin:
    """To be shown once; `generated`: nobody knows the password yet."""

    user: str
    password: str = field(repr=False)
    generated: bool


def chosen_password(file: Path | None) -> str:
    """From the file's first line, else from the environment; "" = make one.

    The variable is taken out of the environment, so that no child process inherits it.
    """
    variable = os.environ.pop(PASSWORD_VARIABLE, "")
    if file is None:
        return variable
    try:
        return file.read_text("utf-8").partition("\n")[0].strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"Reading the administrator's password failed: {error}") from error


def quota_gb(free_bytes: int) -> float:
    """20 GB, or 80 % of what is free where that is less."""
    return max(_LEAST_GB, min(_QUOTA_GB, round(free_bytes * _SHARE_OF_FREE / GIB, 2)))


async def set_up(tree: ConfigTree, data_folder: Path, password: str) -> FirstAdmin:
    """Fill an empty tree.  Raises ConfigError for a password that is too weak."""
    node = new_id()
    name = platform.node() or "server"
    free_bytes = shutil.disk_usage(data_folder).free
    changes = first_objects(node, name, new_id, quota_gb(free_bytes))
    secret = password or generated()
    await tree.apply([*changes, administrator(node, ADMIN, secret)], _AUTHOR)
    return FirstAdmin(ADMIN, secret, not password)
