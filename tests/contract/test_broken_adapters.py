"""Every rule of the contract suite catches an adapter that breaks it, in its own words; so no rule proves nothing."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

from hub.testing.contract import Bench, ContractSuite, rules
from plugins.mock.tests.mock_subject import MockSubject
from tests.contract import broken as package
from tests.contract.broken.making import BROKEN, Broken

for module in pkgutil.iter_modules(package.__path__):
    importlib.import_module(f"{package.__name__}.{module.name}")


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_broken_adapter_is_caught_by_the_rule_that_it_breaks(broken: Broken, tmp_path: Path) -> None:
    subject = MockSubject(tmp_path)
    subject.adapter = broken.adapter
    try:
        with pytest.raises(AssertionError, match=broken.says):
            getattr(ContractSuite(), broken.rule)(Bench(subject))
    except pytest.skip.Exception as reason:
        pytest.fail(f"the rule was skipped: {reason}")
    finally:
        subject.close()


def test_no_rule_is_without_its_broken_adapter() -> None:
    assert sorted(set(rules()) - {broken.rule for broken in BROKEN}) == []
    assert sorted({broken.rule for broken in BROKEN} - set(rules())) == []
