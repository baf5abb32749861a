"""A wheel carries its whole package, data files included, and nothing else of the tree."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder


def contents(folder: Path, target: Path) -> set[str]:
    """The files in the wheel built from the folder, its metadata left out."""
    (built,) = WheelBuilder(str(folder)).build(directory=str(target), versions=["standard"])
    names = zipfile.ZipFile(built).namelist()
    return {name for name in names if ".dist-info/" not in name}


def test_the_wheel_carries_every_file_of_its_package(
    dist: Any, root: Path, tracked: list[Path], tmp_path: Path
) -> None:
    package = dist.folder.relative_to(root) / dist.package
    expected = {str(path.relative_to(package.parent)) for path in tracked if path.is_relative_to(package)}
    assert expected
    carried = contents(dist.folder, tmp_path)
    assert expected - carried == set()
    assert {name for name in carried if not name.startswith(f"{dist.package}/")} == set()
