"""Who may do what, where."""

from __future__ import annotations

import pytest

from hub.access import Caller, Grant, May, Role
from hub.access.rights import read_rights, read_role
from hub.errors import InvalidInput, NotFound, Refused
from hub.queue import Right


def person(role: Role, *rights: Right, company: str = "acme") -> Caller:
    return Caller(name="Ann", grants={company: Grant(role=role, rights=frozenset(rights))})


@pytest.mark.parametrize(
    ("role", "may"),
    [
        (Role.VIEWER, {May.READ}),
        (Role.BOOKKEEPER, {May.READ, May.WRITE, May.OPERATE}),
        (Role.ADMINISTRATOR, set(May)),
    ],
)
def test_each_role_may_what_it_is_for(role: Role, may: set[May]) -> None:
    assert {what for what in May if person(role).may(what, "acme")} == may


def test_a_company_that_is_not_theirs_does_not_exist_for_them() -> None:
    with pytest.raises(NotFound) as met:
        person(Role.ADMINISTRATOR).must(May.READ, "other")
    assert met.value.code == "company_not_found"


def test_what_a_role_may_not_is_refused_with_the_way_that_is_open() -> None:
    with pytest.raises(Refused) as met:
        person(Role.VIEWER).must(May.OPERATE, "acme")
    assert (met.value.code, "administrator" in met.value.fix) == ("not_permitted", True)


def test_U9_undo_and_prevent_need_their_own_right_whatever_the_role() -> None:
    assert person(Role.ADMINISTRATOR).actor("acme").rights == frozenset()
    assert person(Role.BOOKKEEPER, Right.UNDO).actor("acme").rights == {Right.UNDO}


def test_U9_a_viewer_has_no_right_even_where_one_is_stored() -> None:
    assert person(Role.VIEWER, *Right).actor("acme").rights == frozenset()


def test_the_administrator_of_the_hub_may_everything_everywhere() -> None:
    boss = Caller(name="Bea", administrator=True)
    assert all(boss.may(what, "any") for what in May)
    assert boss.actor("any").rights == frozenset(Right)


def test_nobody_else_administers_the_hub() -> None:
    with pytest.raises(Refused):
        person(Role.ADMINISTRATOR).must_administer()


def test_roles_and_rights_that_there_are_not_are_named() -> None:
    with pytest.raises(InvalidInput, match="owner"):
        read_role("owner")
    with pytest.raises(InvalidInput):
        read_rights(["undo", "everything"])
