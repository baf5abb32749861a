"""Where the hub keeps everything: tables, transactions, migrations, sealed credentials."""

from hub.store.database import Database
from hub.store.migrate import migrate
from hub.store.sealed import Seal, secret_key

__all__ = [
    "Database", "Seal", "migrate", "secret_key",
]  # fmt: skip
