"""The suite itself: it believes no claim, it skips with a reason what is not claimed, and costs nothing until used."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hub_mock import MockAdapter

from hub.adapters import AdapterContext, Capabilities
from hub.model import RecordType
from hub.testing.contract import OURS, Bench, ContractSuite, Seen, Subject, rules
from plugins.mock.tests.mock_subject import MockSubject

SAFE = Capabilities(types={})


class ClaimsNothing(MockAdapter):
    """The mock adapter with every capability at its safe value."""

    @property
    def capabilities(self) -> Capabilities:
        return replace(SAFE, types=super().capabilities.types)


class BareSubject(Subject):
    """The two methods that must be written."""

    adapter = ClaimsNothing

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.mock = MockSubject(folder)

    def context(self, books: str) -> AdapterContext:
        return self.mock.context(books)

    def look(self, type: RecordType, books: str = OURS) -> list[Seen]:
        return self.mock.look(type, books)


def test_a_bare_subject_and_safe_claims_skip_with_a_reason_and_fail_nowhere(tmp_path: Path) -> None:
    skipped = {}
    for rule in rules():
        folder = tmp_path / rule
        folder.mkdir()
        subject = BareSubject(folder)
        try:
            getattr(ContractSuite(), rule)(Bench(subject))
        except pytest.skip.Exception as reason:
            skipped[rule] = str(reason)
        subject.mock.close()
    assert 10 < len(skipped) < len(rules()) - 20
    assert all(reason.startswith(("it ", "BareSubject cannot ")) for reason in skipped.values()), skipped
    assert skipped["test_a_lost_reply_is_unknown"] == "BareSubject cannot have the books lose reply"
    assert skipped["test_names_are_compared_as_claimed"] == "it claims no namespaces"


def test_the_kit_does_not_load_pytest_until_the_suite_is_used() -> None:
    script = "import hub.testing, sys; print('pytest' in sys.modules, end=' '); import hub.testing.contract"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout == "False "
