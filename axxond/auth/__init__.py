"""Users: `passwords` (Argon2, blocking, called in threads), `throttle` (pure: who must wait),
`authenticator` (log-in, identities, password changes; on the event loop)."""

from __future__ import annotations

from axxond.auth.authenticator import (
    Authenticator,
    AuthError,
    Identity,
    LoginRefusedError,
    ThrottledError,
)

__all__ = ["AuthError", "Authenticator", "Identity", "LoginRefusedError", "ThrottledError"]
