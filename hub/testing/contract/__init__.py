"""The contract suite: every rule that makes an adapter safe, run against yours (docs/adapter-kit.md). Needs pytest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

# Before they are imported, so that a rule that does not hold shows its values.
pytest.register_assert_rewrite(*(f"{__name__}.{file.stem}" for file in Path(__file__).parent.glob("[a-z]*.py")))

from hub.testing.contract.authorisation import AuthorisationRules  # noqa: E402
from hub.testing.contract.bench import Bench  # noqa: E402
from hub.testing.contract.claims import ClaimRules  # noqa: E402
from hub.testing.contract.creating import CreateRules  # noqa: E402
from hub.testing.contract.deleting import DeleteRules  # noqa: E402
from hub.testing.contract.finding import FindRules  # noqa: E402
from hub.testing.contract.identity import IdentityRules  # noqa: E402
from hub.testing.contract.linking import LinkRules  # noqa: E402
from hub.testing.contract.money import MoneyRules  # noqa: E402
from hub.testing.contract.names import NameRules  # noqa: E402
from hub.testing.contract.paging import PagingRules  # noqa: E402
from hub.testing.contract.redaction import RedactionRules  # noqa: E402
from hub.testing.contract.subject import OTHERS, OURS, Seen, Subject, Trouble, cannot  # noqa: E402
from hub.testing.contract.tenancy import TenancyRules  # noqa: E402
from hub.testing.contract.throttle import ThrottleRules  # noqa: E402
from hub.testing.contract.undoing import UndoRules  # noqa: E402
from hub.testing.contract.unknown import UnknownRules  # noqa: E402
from hub.testing.contract.updating import UpdateRules  # noqa: E402
from hub.testing.contract.versions import VersionRules  # noqa: E402


class Suite:
    """What runs rules: put it behind one group, or several, to try them alone, or with other settings."""

    subject: ClassVar[type[Subject]]

    @pytest.fixture
    def bench(self, tmp_path: Path) -> Iterator[Bench]:
        """Your adapter on fresh books, for one rule."""
        subject = self.subject(tmp_path)
        try:
            yield Bench(subject)
        finally:
            subject.close()


class ContractSuite(
    IdentityRules, ClaimRules, CreateRules, UpdateRules, DeleteRules, UndoRules, NameRules, VersionRules, FindRules,
    UnknownRules, ThrottleRules, AuthorisationRules, MoneyRules, PagingRules, TenancyRules, LinkRules, RedactionRules,
    Suite,
):  # fmt: skip
    """All rules. Derive a class named `Test…` from it and name your subject; a rule that does not hold fails."""


GROUPS = ContractSuite.__bases__[:-1]


def rules() -> list[str]:
    """The name of every rule."""
    return [name for name in dir(ContractSuite) if name.startswith("test_")]


__all__ = [
    "GROUPS", "OTHERS", "OURS", "AuthorisationRules", "Bench", "ClaimRules", "ContractSuite", "CreateRules",
    "DeleteRules", "FindRules", "IdentityRules", "LinkRules", "MoneyRules", "NameRules", "PagingRules",
    "RedactionRules", "Seen", "Subject", "Suite", "TenancyRules", "ThrottleRules", "Trouble", "UndoRules",
    "UnknownRules", "UpdateRules", "VersionRules", "cannot", "rules",
]  # fmt: skip
