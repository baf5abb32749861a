"""Accounting Hub: every change reaches the books exactly once, and master data comes back.

Embedders start at :func:`hub.app.open_hub`; plugin authors at :mod:`hub.adapters`. Importing this package loads
nothing else.
"""

__version__ = "0.1.0"
