"""Webhooks: events to the source application, signed, in order, at least once; and hints from the books."""
