"""The mock adapter keeps every rule of the contract, with all the help that its books can give and with none."""

from __future__ import annotations

from pathlib import Path

from hub.testing.contract import ContractSuite
from plugins.mock.tests.mock_subject import MockSubject


class BooksOfLittleHelp(MockSubject):
    """Neither keys nor markers, and one request at a time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.settings |= {"key_memory": 0, "markers": False, "batch_size": 1, "concurrency": 1}


class TestMockContract(ContractSuite):
    subject = MockSubject


class TestMockContractOfLittleHelp(ContractSuite):
    subject = BooksOfLittleHelp
