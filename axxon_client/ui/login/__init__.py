"""Log-in: `page` (server, user, password, certificate, errors in words)."""
