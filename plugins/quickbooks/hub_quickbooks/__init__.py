"""QuickBooks Online for Accounting Hub: real books over Intuit's API, or a local sandbox that speaks it."""

from hub_quickbooks.adapter import QuickBooksAdapter
from hub_quickbooks.version import VERSION

__version__ = VERSION

__all__ = ["QuickBooksAdapter", "__version__"]
