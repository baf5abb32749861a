"""For tests, of the hub and of adapters: a scratch hub whose clock obeys, crash points, the contract suite."""
