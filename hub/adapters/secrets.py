"""Credentials never leave through words: what an adapter says is told with its secrets blotted out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hub.adapters.types import Conflict, Fault, Outcome, Rejected, Unauthorised, Unknown, Waiting
from hub.errors import HubError

_BLOT = "[secret]"
_SHORTEST = 6
"""Shorter values are no secrets (a realm's number, `true`), and would blot out innocent words."""
_PIECE = 10
"""So many letters in a row of a secret that has twice as many are no coincidence."""


class Blotter:
    """Knows the secrets of one connection, and takes them out of texts; longer ones first, should one hold another.

    Of a long one every piece goes too: books quote the beginning of a token that they refuse.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._secrets = sorted((each for each in credentials.values() if len(each) >= _SHORTEST), key=len, reverse=True)

    def text(self, said: str) -> str:
        """The text without secrets."""
        for secret in self._secrets:
            said = _without_pieces(said.replace(secret, _BLOT), secret)
        return said

    def fault(self, fault: HubError) -> HubError:
        """The same fault, its words without secrets."""
        fault.message, fault.fix = self.text(fault.message), self.text(fault.fix)
        fault.details = {key: self.text(value) if isinstance(value, str) else value for key, value in
                         fault.details.items()}  # fmt: skip
        fault.args = (fault.message,)
        return fault

    def cause(self, fault: BaseException | None) -> BaseException | None:
        """What a traceback may tell of it: nothing, where its words might hold secrets."""
        return None if self._secrets else fault

    def refusal(self, fault: Fault) -> Fault:
        """The same refusal, its words without secrets."""
        return replace(fault, message=self.text(fault.message), fix=self.text(fault.fix))

    def outcome(self, outcome: Outcome) -> Outcome:
        """The same outcome, its words without secrets."""
        if not self._secrets:
            return outcome
        match outcome:
            case Rejected(fault=fault):
                return replace(outcome, fault=self.refusal(fault))
            case Conflict() | Unauthorised() | Unknown():
                return replace(outcome, message=self.text(outcome.message))
            case Waiting():
                return replace(outcome, reason=self.text(outcome.reason))
            case _:
                return outcome


def _without_pieces(said: str, secret: str) -> str:
    if len(secret) < 2 * _PIECE:
        return said
    for start in range(len(secret) - _PIECE + 1):
        while (at := said.find(secret[start : start + _PIECE])) >= 0:
            same = _PIECE
            while start + same < len(secret) and said[at + same : at + same + 1] == secret[start + same]:
                same += 1
            said = said[:at] + _BLOT + said[at + same :]
    return said
