"""A plugin whose import fails."""

raise RuntimeError("no luck today")
