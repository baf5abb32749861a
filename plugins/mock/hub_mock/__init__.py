"""Mock books for Accounting Hub: a whole set of books in one SQLite file, with every habit of real ones."""

from hub_mock.adapter import MockAdapter

__version__ = "0.1.0"
__all__ = ["MockAdapter"]
