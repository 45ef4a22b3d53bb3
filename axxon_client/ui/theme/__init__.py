"""How the client looks: `palette` (tokens), `icons` (one family), `style` (style sheet, fonts,
touch sizes, reduced motion).  GUI thread only."""
