"""A local QuickBooks Online: the real one's dialect over books in one SQLite file, for trying, testing and showing."""
