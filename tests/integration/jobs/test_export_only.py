"""An adapter that only sends has jobs that only send; one that promises to import and does not is told so (J6)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from hub_mock import MockAdapter

from hub.adapters import Found
from hub.model import Direction
from hub.testing.scratch import Scratch
from tests.stores import Store


class _Silent(MockAdapter):
    """Books that tell no changes."""

    hub_changes = None


class _ExportOnly(_Silent):
    @property
    def capabilities(self) -> Any:
        can = super().capabilities
        return replace(can, types=dict.fromkeys(can.types, Direction.EXPORT))


def _scratch(adapter: Any, folder: Path, store: Store) -> Scratch:
    return Scratch(
        folder, store.url(folder), adapters={"mock": Found(name="mock", version="0", status="ready", adapter=adapter)}
    )


def test_J6_a_job_without_anything_to_import_ends_with_its_export(tmp_path, store):
    scratch = _scratch(_ExportOnly, tmp_path, store)
    scratch.ship_doc()
    scratch.customer()
    scratch.item()
    phases = []
    job = scratch.hub.sync(scratch.connection, on_progress=lambda progress: phases.append(progress.phase))
    assert (job["state"], job["message"], set(phases)) == ("completed", None, {"exporting"})
    assert (job["totals"]["applied"], scratch.queue()) == (3, [])


def test_J6_whoever_died_after_such_an_export_leaves_a_job_that_ends(tmp_path, store, died):
    scratch = _scratch(_ExportOnly, tmp_path, store)
    scratch.customer()
    assert died(scratch, "inside-finish")
    scratch.clock.sleep(120)
    job = scratch.sync()
    assert [each["state"] for each in (*job["resumed"], job)] == ["completed", "completed"]


def test_J6_types_that_are_to_be_imported_and_never_told_are_no_clean_job(tmp_path, store):
    scratch = _scratch(_Silent, tmp_path, store)
    scratch.customer()
    job = scratch.sync()
    assert job["state"] == "completed_with_errors"
    assert "does not answer hub_changes" in job["message"]
