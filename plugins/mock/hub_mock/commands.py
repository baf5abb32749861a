"""`hub mock …`: look into the mock books as a bookkeeper would, change them, and make them misbehave."""

from __future__ import annotations

import typer

app = typer.Typer(name="mock", help="Look into the mock books and change them.", no_args_is_help=True)
