"""A command line on an empty folder, and one whose company `acme` has synced to mock books."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli.running import RECORDS, Run
from tests.stores import Store


@pytest.fixture
def hub(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Commands on a folder where nothing is yet."""
    _at(tmp_path, store.url(tmp_path), monkeypatch)
    (tmp_path / "hub.db").unlink(missing_ok=True)  # the tables too are for the command line to make
    return Run(tmp_path, monkeypatch, capsys)


def _at(folder: Path, url: str, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    patch.setenv("HUB_DATABASE_URL", url)
    patch.setenv("COLUMNS", "200")
    for name in ("HUB_LOG_LEVEL", "HUB_KILL_AT", "HUB_DATA_DIR"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def synced(tmp_path_factory: pytest.TempPathFactory, databases: Store) -> Path:
    """A folder with a database and books that agree, made once; each test works on a copy."""
    from hub.app import open_hub

    folder = tmp_path_factory.mktemp("synced")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("HUB_SECRET_KEY", "not so secret")
        with open_hub(databases.url(folder, keep=True), actor="tester") as made:
            made.add_company("Acme")
            made.connect("acme", "mock")
            assert not [saved for saved in made.put_many("acme", RECORDS) if saved.error]
            assert made.sync("acme/mock")["state"] == "completed"
    return folder


@pytest.fixture
def acme(hub: Run, synced: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Commands on a company that has synced: customer C1, item I1, ship docs S1 (paid), S2, S3 (open), payment P1."""
    store.copy(synced, hub.folder)
    monkeypatch.setenv("HUB_DATABASE_URL", store.url(hub.folder))
    return hub
