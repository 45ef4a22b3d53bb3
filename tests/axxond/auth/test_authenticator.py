"""Who may log in, as what, and how often one may try."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from axxond.auth import Authenticator, LoginRefusedError, ThrottledError
from axxond.auth.passwords import Passwords, generated
from axxond.base.errors import ConfigError
from axxond.config.rules import password_problem
from axxond.config.store import ConfigStore
from axxond.config.templates import administrator, first_objects
from axxond.config.tree import ConfigTree
from axxond.events.bus import EventBus
from axxond.events.types import Event
from protocol.messages import Change
from protocol.types import ObjectKind, Right

PASSWORD = "s3cret words"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class MovingClock:
    def __init__(self) -> None:
        self.time_us = 1_000_000_000

    def now_us(self) -> int:
        return self.time_us

    def monotonic_us(self) -> int:
        return self.time_us


class World:
    def __init__(self, path: Path) -> None:
        self.clock = MovingClock()
        self.passwords = Passwords(CHEAP)
        self.tree = ConfigTree(ConfigStore(path), self.clock, self.passwords.hash)
        self.bus = EventBus()
        self.events: list[Event] = []
        self.bus.listen(self.events.append)
        self.auth = Authenticator(self.tree, self.passwords, self.bus, self.clock)

    async def alter(self, user: str, **properties: object) -> None:
        (obj,) = [one for one in self.tree.of_kind(ObjectKind.USER) if one.name == user]
        change = Change(obj.id, properties=properties, revision=obj.revision)
        await self.tree.apply([change], "test")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path / "c.sqlite")
    await world.tree.open()
    first = first_objects("node", "here", lambda: "archive", 20)
    bob = Change("", "user", "node", "Bob", {"role": "role-viewer", "password": PASSWORD})
    await world.tree.apply([*first, administrator("node", "admin", PASSWORD), bob], "setup")
    yield world
    await world.tree.close()


async def test_the_right_password_gives_name_role_and_rights(world: World) -> None:
    admin = await world.auth.login("admin", PASSWORD, "10.0.0.1")
    assert (admin.user, admin.role, admin.rights) == ("admin", "admin", frozenset(Right))
    bob = await world.auth.login(" bob ", PASSWORD, "10.0.0.1")
    assert (bob.user, bob.role) == ("Bob", "viewer")
    assert bob.may(Right.LIVE)
    assert bob.may(None)
    assert not bob.may(Right.CONFIGURE)
    assert [(e.type.name, e.user, e.address) for e in world.events] == [
        ("user.login", "admin", "10.0.0.1"),
        ("user.login", "Bob", "10.0.0.1"),
    ]


@pytest.mark.parametrize(
    ("user", "password"),
    [("admin", "wrong"), ("nobody", PASSWORD), ("admin", ""), ("", ""), ("admin", "x" * 10_000)],
)
async def test_wrong_name_and_wrong_password_read_the_same(
    world: World, user: str, password: str
) -> None:
    with pytest.raises(LoginRefusedError) as caught:
        await world.auth.login(user, password, "10.0.0.1")
    assert str(caught.value) == "The user name or the password is wrong."
    (event,) = world.events
    assert event.type.name == "user.login-failed"
    assert password == "" or password not in repr(event)


async def test_a_disabled_user_cannot_log_in_and_has_no_identity(world: World) -> None:
    identity = await world.auth.login("Bob", PASSWORD, "a")
    await world.alter("Bob", enabled=False)
    assert world.auth.identity(identity.user_id) is None
    with pytest.raises(LoginRefusedError):
        await world.auth.login("Bob", PASSWORD, "a")


async def test_rights_follow_the_role(world: World) -> None:
    identity = await world.auth.login("Bob", PASSWORD, "a")
    role = world.tree.get("role-viewer")
    change = Change(role.id, properties={"rights": ["journal"]}, revision=role.revision)
    await world.tree.apply([change], "test")
    now = world.auth.identity(identity.user_id)
    assert now is not None
    assert now.rights == {Right.JOURNAL}


async def test_guessing_is_throttled_even_with_the_right_password_at_last(world: World) -> None:
    for _time in range(5):
        with pytest.raises(LoginRefusedError):
            await world.auth.login("admin", "wrong", "10.0.0.1")
    with pytest.raises(ThrottledError, match="try again in 1 s"):
        await world.auth.login("admin", PASSWORD, "10.0.0.1")
    assert await world.auth.login("admin", PASSWORD, "10.0.0.2")
    world.clock.time_us += 1_000_000
    assert await world.auth.login("admin", PASSWORD, "10.0.0.1")


async def test_attempts_made_at_once_gain_nothing(world: World) -> None:
    attempts = [world.auth.login("admin", f"wrong{number}", "a") for number in range(40)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    looked_at = sum(isinstance(result, LoginRefusedError) for result in results)
    assert 5 <= looked_at <= 7
    assert sum(isinstance(result, ThrottledError) for result in results) == 40 - looked_at


async def test_more_attempts_than_can_wait_are_turned_away(world: World) -> None:
    attempts = [world.auth.login(f"u{number}", "x", f"a{number}") for number in range(80)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(result, ThrottledError) for result in results) == 80 - 64


async def test_changing_ones_own_password_takes_the_old_one(world: World) -> None:
    bob = await world.auth.login("Bob", PASSWORD, "a")
    with pytest.raises(LoginRefusedError, match="old password"):
        await world.auth.change_own_password(bob, "wrong", "brand new words")
    with pytest.raises(ConfigError, match="at least 8 characters"):
        await world.auth.change_own_password(bob, PASSWORD, "short")
    await world.auth.change_own_password(bob, PASSWORD, "brand new words")
    assert await world.auth.login("Bob", "brand new words", "a")
    with pytest.raises(LoginRefusedError):
        await world.auth.login("Bob", PASSWORD, "a")


async def test_setting_another_users_password(world: World) -> None:
    await world.auth.set_password("bob", "brand new words", "admin")
    assert await world.auth.login("Bob", "brand new words", "a")
    with pytest.raises(LoginRefusedError, match="no user"):
        await world.auth.set_password("nobody", "brand new words", "admin")


def test_a_hash_matches_its_password_only_and_rubbish_nothing() -> None:
    passwords = Passwords(CHEAP)
    stored = passwords.hash(PASSWORD)
    assert stored.startswith("$argon2id$")
    assert passwords.matches(stored, PASSWORD)
    assert not passwords.matches(stored, PASSWORD + "x")
    assert not passwords.matches(None, PASSWORD)
    assert not passwords.matches("rubbish", PASSWORD)


def test_generated_passwords_are_good_and_never_the_same() -> None:
    made = {generated() for _ in range(100)}
    assert len(made) == 100
    assert all(password_problem(one, "admin") == "" and len(one) == 23 for one in made)


@pytest.mark.parametrize("bad", ["short", "x" * 257, "ADMINISTRATOR", "aaaaaaaab", "        "])
def test_weak_passwords_are_refused(bad: str) -> None:
    assert password_problem(bad, "administrator")
