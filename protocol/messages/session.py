"""Greeting, log-in, passwords."""

from __future__ import annotations

from attrs import field, frozen

from protocol.messages.base import Done, Message, Request
from protocol.types import Right


@frozen
class Hello(Message):
    """First frame of either side."""

    NAME = "hello"
    versions: list[int]
    software: str
    node: str = ""  # the server's id; "" from a client
    node_name: str = ""
    capabilities: list[str] = field(factory=list)


@frozen
class LoginReply(Message):
    NAME = "login.reply"
    user: str
    role: str
    rights: list[Right]
    node: str
    node_name: str
    server_time_us: int


@frozen
class Login(Request):
    NAME = "login"
    REPLY = LoginReply
    user: str
    password: str = field(repr=False)


@frozen
class Ping(Request):
    """Keep-alive, either way; answered by `Done`."""

    NAME = "ping"
    REPLY = Done


@frozen
class ChangePassword(Request):
    """One's own (with `old`), or another user's with the right USERS (`old` ignored)."""

    NAME = "user.password"
    REPLY = Done
    new: str = field(repr=False)
    old: str = field(default="", repr=False)
    user: str = ""  # "" = one's own
