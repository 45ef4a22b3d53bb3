"""What the client knows, for widgets to ask; QtCore only, all on the GUI thread.

`bridge` is the one place where the network thread's callbacks become Qt signals; `session` joins
the models of one server: `store` (object tree), `statuses`, `alarms`, `journal`, `layouts`,
`timeline`; `trees` are item models over the store; `settings` is a form's state; `axis` (time line
geometry), `tile` (frame colour, words) and `words` are pure.
"""
