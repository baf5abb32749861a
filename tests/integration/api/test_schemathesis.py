"""The description of the interface is true: schemathesis asks every operation, and nothing surprises it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from hub.api import api_app
from hub.queue import Right
from hub.server import build_app
from hub.testing.scratch import Scratch

CHECKS: list[CheckFunction] = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

SETTINGS = settings(
    max_examples=6, deadline=None, derandomize=True, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck), database=None,
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, str]]:
    """The description as the application gives it, and a key that may do everything."""
    folder: Path = tmp_path_factory.mktemp("schemathesis")
    scratch = Scratch(folder, secret_key="not so secret")
    scratch.customer()
    scratch.item()
    scratch.ship_doc()
    scratch.sync()
    scratch.customer("C2", name="customer c1")
    made = scratch.hub.add_key("acme", "fuzz", role="administrator", rights=list(Right))
    schema = schemathesis.openapi.from_asgi("/api/v1/openapi.json", build_app(scratch.hub))
    yield schema, made["secret"]
    scratch.hub.close()


class _NoHub:
    """Enough of a hub to list the routes."""

    settings = None

    def newest_job(self) -> tuple[int, tuple[int, ...]]:
        return 0, ()

    def jobs_since(self, *_: Any) -> tuple[Any, ...]:
        return ()


def _operations() -> list[tuple[str, str]]:
    """Every operation but those that are not for programs with a key."""
    paths = api_app(_NoHub()).openapi()["paths"]  # type: ignore[arg-type]
    others = ("/webhooks/{adapter}", "/metrics", "/readyz", "/healthz")
    return [(method, path) for path, item in paths.items() if path not in others for method in item]


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize(("method", "path"), _operations())
def test_the_operation_is_as_described(world: tuple[Any, str], method: str, path: str, mode: GenerationMode) -> None:
    schema, secret = world
    headers = {"Authorization": f"Bearer {secret}"}
    there = {"company": "acme", "name": "mock"} if mode is GenerationMode.POSITIVE else {}

    @SETTINGS
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        for name in there.keys() & (case.path_parameters or {}).keys():  # else next to nothing would be found
            case.path_parameters[name] = there[name]
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
