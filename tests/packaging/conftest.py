"""What the packaging tests know about the repository: its root, its distributions, its tracked files."""

from __future__ import annotations

import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One installable part of the repository."""

    name: str
    folder: Path
    package: str

    @property
    def project(self) -> dict[str, Any]:
        """The `[project]` table of its pyproject file."""
        project: dict[str, Any] = tomllib.loads((self.folder / "pyproject.toml").read_text("utf-8"))["project"]
        return project


DISTRIBUTIONS = (
    Distribution(name="accounting-hub", folder=ROOT, package="hub"),
    Distribution(name="accounting-hub-mock", folder=ROOT / "plugins/mock", package="hub_mock"),
    Distribution(name="accounting-hub-quickbooks", folder=ROOT / "plugins/quickbooks", package="hub_quickbooks"),
    Distribution(name="accounting-hub-xero", folder=ROOT / "plugins/xero", package="hub_xero"),
)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def distributions() -> tuple[Distribution, ...]:
    """All four distributions, the hub first."""
    return DISTRIBUTIONS


@pytest.fixture(params=DISTRIBUTIONS, ids=lambda dist: dist.name)
def dist(request: pytest.FixtureRequest) -> Distribution:
    """Each distribution in turn."""
    found: Distribution = request.param
    return found


@pytest.fixture(scope="session")
def tracked(root: Path) -> list[Path]:
    """Every file of the tree, relative to the root: what git tracks; in an unpacked archive, all that is not hidden."""
    if not (root / ".git").exists():
        paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
        return [path for path in paths if not {".venv", "__pycache__"} & set(path.parts) and path.parts[0][0] != "."]
    git = ["git", "-c", "safe.directory=*", "-C", str(root), "ls-files", "-z"]
    listed = subprocess.run(git, check=True, capture_output=True, text=True).stdout
    return [path for name in listed.split("\0") if name and (root / (path := Path(name))).is_file()]
