"""Where a fault nobody foresaw arose is told, whatever stands behind it."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

from hub.errors import place_of


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever goes round in circles fails instead of hanging."""
    left, look = iter(range(20)), traceback.extract_tb

    def extract(*given: Any) -> traceback.StackSummary:
        assert next(left, None) is not None, "it goes round in circles"
        return look(*given)

    monkeypatch.setattr("hub.errors.traceback.extract_tb", extract)


def caught(fault: BaseException, cause: BaseException | None) -> BaseException:
    with pytest.raises(type(fault)) as met:
        raise fault from cause
    return met.value


def kinds(fault: BaseException) -> list[str]:
    return [line.removeprefix("behind it ").partition(" at ")[0] for line in place_of(fault).splitlines()]


def test_the_faults_behind_a_fault_are_told_without_their_texts() -> None:
    fault = caught(KeyError("hidden"), caught(ValueError("hidden too"), None))
    assert kinds(fault) == ["KeyError", "ValueError"]
    assert "hidden" not in place_of(fault)
    assert __file__ in place_of(fault)


def test_faults_that_stand_behind_each_other_are_each_told_once() -> None:
    one, other = KeyError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert kinds(one) == ["KeyError", "ValueError"]
    one.__cause__ = other.__cause__ = None
    one.__suppress_context__ = other.__suppress_context__ = False
    one.__context__, other.__context__ = other, one
    assert kinds(other) == ["ValueError", "KeyError"]


def test_a_fault_that_is_its_own_cause_is_told_once() -> None:
    fault = RuntimeError()
    fault.__cause__ = fault
    assert kinds(fault) == ["RuntimeError"]
