"""A plugin that wants to end the process when it is imported."""

raise SystemExit(3)
