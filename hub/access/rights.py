"""What a role may do, and whether a caller may do it here; a company that is not theirs does not exist for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from hub.errors import InvalidInput, NotFound, Refused
from hub.queue import Actor, Right


class May(StrEnum):
    """What each page and each route asks for. Undo, prevent, removal and detaching ask for a `Right` besides (U9)."""

    READ = "read"
    WRITE = "write"  # save and delete records, as the source application does
    OPERATE = "operate"  # work the queue, run jobs, resolve conflicts
    MANAGE = "manage"  # connections, policy, schedules, API keys, webhooks


class Role(StrEnum):
    """What people are, in a company; an API key has one too."""

    VIEWER = "viewer"
    BOOKKEEPER = "bookkeeper"
    ADMINISTRATOR = "administrator"


_MAY = {
    Role.VIEWER: frozenset({May.READ}),
    Role.BOOKKEEPER: frozenset({May.READ, May.WRITE, May.OPERATE}),
    Role.ADMINISTRATOR: frozenset(May),
}
_WORDS = {
    May.READ: "look at this",
    May.WRITE: "save records",
    May.OPERATE: "work the queue",
    May.MANAGE: "manage connections",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role in one company, and the rights on top of it."""

    role: Role
    rights: frozenset[Right] = frozenset()


_EVERYTHING = Grant(role=Role.ADMINISTRATOR, rights=frozenset(Right))


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A person or a program that has shown who it is.

    Attributes:
        name: for the audit trail.
        grants: by company.
        administrator: of the whole hub: everything in every company, and the users.
        user_id, key_id: whichever of the two it is.
        zone: the time zone a person has chosen.
    """

    name: str
    grants: Mapping[str, Grant] = field(default_factory=dict)
    administrator: bool = False
    user_id: int | None = None
    key_id: int | None = None
    zone: str | None = None

    def grant(self, company: str) -> Grant | None:
        """What the caller has in this company."""
        return _EVERYTHING if self.administrator else self.grants.get(company)

    def may(self, what: May, company: str) -> bool:
        """Whether the caller may do this in the company."""
        grant = self.grant(company)
        return grant is not None and what in _MAY[grant.role]

    def has(self, right: Right, company: str) -> bool:
        """Whether the caller has this right in the company (U9)."""
        grant = self.grant(company)
        return grant is not None and right in grant.rights and May.OPERATE in _MAY[grant.role]

    def must(self, what: May, company: str) -> None:
        """Let the call go on only when the caller may do this here.

        Raises:
            NotFound: `company_not_found`, as for a company that there is not.
            Refused: `not_permitted`.
        """
        if self.grant(company) is None:
            raise NotFound(f"There is no company {company!r}.", code="company_not_found", fix="Look at the companies.")
        if not self.may(what, company):
            raise Refused(
                f"{self.name} may not {_WORDS[what]} in {company}.",
                code="not_permitted",
                fix="Ask an administrator for a role that may.",
            )

    def must_administer(self) -> None:
        """Refused `not_permitted` unless the caller is an administrator of the whole hub."""
        if not self.administrator:
            raise Refused(
                f"{self.name} is not an administrator of this hub.",
                code="not_permitted",
                fix="Ask an administrator of the hub to do it.",
            )

    def actor(self, company: str) -> Actor:
        """The caller as the core sees it in this company."""
        rights = frozenset(right for right in Right if self.has(right, company))
        return Actor(name=self.name, rights=rights, user_id=self.user_id)


def read_role(given: str) -> Role:
    """The role of that name; InvalidInput `bad_role`."""
    try:
        return Role(given)
    except ValueError:
        raise InvalidInput(
            f"There is no role {given!r}.", code="bad_role", fix=f"Choose one of {', '.join(Role)}."
        ) from None


def read_rights(given: Iterable[str]) -> frozenset[Right]:
    """The rights of these names; InvalidInput `bad_right`."""
    try:
        return frozenset(Right(each) for each in given)
    except ValueError:
        raise InvalidInput(
            "There is no such right.", code="bad_right", fix=f"Choose from {', '.join(Right)}."
        ) from None
