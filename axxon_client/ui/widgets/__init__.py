"""Small parts that every room of the client uses: `basics` (labels, buttons, rules), `states`
(empty, waiting), `toast`, `ask` (questions that name the thing), `layout` (flow), `keys`."""
