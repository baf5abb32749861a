"""For tests, of the hub and of adapters: a scratch hub whose clock obeys, and crash points."""
