"""The mock adapter keeps every rule of the contract."""

from __future__ import annotations

from hub.testing.contract import ContractSuite
from plugins.mock.tests.mock_subject import MockSubject


class TestMockContract(ContractSuite):
    subject = MockSubject
