"""The window: `rail` (three menus), `body` (who lies where), `topbar`, `user` (password, log
out), `help` (the sheet of shortcuts), `window` (joins them)."""
