"""The tree can be moved anywhere: it names no package registry, no machine, and carries no lock file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Put together from pieces, so that this file does not match itself.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "crates" + ".io")
REGISTRIES += ("ruby" + "gems.org", "ana" + "conda.org")
MACHINE = ("work", "root")
FORBIDDEN = re.compile(
    "|".join(map(re.escape, REGISTRIES))
    + r"|(?<![\w.~-])/(?:" + "|".join(MACHINE) + r")/"
    + "|--(?:extra-)?index" + "-url|file" + r":///\w",
    re.IGNORECASE,
)  # fmt: skip
LOCKS = {"poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "Pipfile.lock", "package-lock.json", "yarn.lock"}
LOCKS |= {"pnpm-lock.yaml", "Cargo.lock", ".npmrc", "pip.conf"}


def findings(text: str) -> list[str]:
    """Every forbidden piece of the text."""
    return [match[0] for match in FORBIDDEN.finditer(text)]


def test_no_file_names_a_registry_or_a_path_of_the_machine(root: Path, tracked: list[Path]) -> None:
    assert tracked
    texts = {path: (root / path).read_text("utf-8", errors="replace") for path in tracked}
    assert {str(path): found for path, text in texts.items() if (found := findings(f"{path}\n{text}"))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see https://" + "py" + "pi.org/project/rich",
        "https://files.Python" + "Hosted.org/x",
        "cd /" + "work/main",
        "'/" + "root/.cache'",
        "pip install --index" + "-url x",
        "rich @ file" + ":///srv/rich.whl",
    ],
)
def test_a_registry_or_a_path_of_the_machine_is_noticed(text: str) -> None:
    assert findings(text)


@pytest.mark.parametrize(
    "text", ["https://example.org/" + "work/1", "../" + "work/", "sqlite:///hub.db", "plugins/mock", "/api/v1"]
)
def test_ordinary_text_is_not_noticed(text: str) -> None:
    assert findings(text) == []


def test_there_is_no_lock_file(tracked: list[Path]) -> None:
    assert [str(path) for path in tracked if path.name in LOCKS or path.suffix == ".lock"] == []
