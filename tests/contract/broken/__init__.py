"""Adapters that are broken on purpose, one fault each: the proof that every rule of the contract suite can fail."""
