"""One holder per name: first come, first served, until the books say who really has it (C4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from hub.adapters import NameRule
from hub.conflicts import Claim, Holder, claim_names, release_names, taken
from hub.conflicts.claims import hold_names
from hub.model import Policy
from hub.queue import Lane
from hub.store import Database, migrate
from hub.store.tables import companies, connections, names

LANE = Lane(id=1, company="acme", name="mock", adapter="mock", policy=Policy(), capabilities=None)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'hub.db'}")
    migrate(database)
    now = datetime(2026, 1, 5, tzinfo=UTC)
    with database.write(None) as db:
        db.execute(insert(companies).values(id="acme", name="Acme", created_at=now))
        for id in (1, 2):
            fixed = {"company_id": "acme", "adapter": "mock", "salt": "s", "settings": {}, "policy": {}}
            db.execute(insert(connections).values(id=id, name=f"c{id}", extensions=[], created_at=now, **fixed))
    yield database
    database.close()


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    with database.write(None) as db:
        yield db


def claim(record_id: int, name: str, namespace: str = "names") -> Claim:
    return Claim(record_id=record_id, namespace=namespace, name_key=name)


def holders(db: Connection) -> dict[str, int | None]:
    rows = db.execute(select(names.c.name_key, names.c.record_id).where(names.c.connection_id == LANE.id))
    return {row.name_key: row.record_id for row in rows}


def the_books_have(db: Connection, name: str) -> None:
    row = {"connection_id": 1, "namespace": "names", "name_key": name, "remote_id": "77", "remote_type": "vendor"}
    db.execute(insert(names).values(**row))


def test_C4_the_first_has_the_name_and_the_others_are_told_who(database: Database, db: Connection) -> None:
    assert claim_names(db, LANE, [claim(1, "blue"), claim(2, "blue"), claim(3, "red")]).keys() == {2}
    late = claim_names(db, LANE, [claim(4, "blue"), claim(1, "blue")])
    assert {id: holder.record_id for id, holder in late.items()} == {4: 1}


def test_C4_names_are_unique_within_their_namespace_and_connection(database: Database, db: Connection) -> None:
    claim_names(db, LANE, [claim(1, "blue")])
    assert claim_names(db, LANE, [claim(2, "blue", "item")]) == {}
    other = Lane(id=2, company="acme", name="two", adapter="mock", policy=Policy(), capabilities=None)
    assert claim_names(db, other, [claim(2, "blue")]) == {}


def test_C4_an_unlinked_entity_of_the_books_holds_its_name(database: Database, db: Connection) -> None:
    the_books_have(db, "blue")
    (holder,) = claim_names(db, LANE, [claim(1, "blue")]).values()
    assert (holder.record_id, holder.remote_id) == (None, "77")
    assert taken(holder) == "This name belongs to a vendor in the books (id 77) already."


def test_C4_a_renamed_record_gives_its_old_name_up_and_keeps_the_new(database: Database, db: Connection) -> None:
    claim_names(db, LANE, [claim(1, "blue"), claim(1, "red"), claim(2, "green")])
    release_names(db, LANE.id, [1], keep=[claim(1, "red")])
    assert holders(db) == {"red": 1, "green": 2}


def test_C4_what_the_books_say_outweighs_a_claim_and_the_displaced_is_told(database: Database, db: Connection) -> None:
    the_books_have(db, "green")
    claim_names(db, LANE, [claim(1, "blue"), claim(2, "red")])
    displaced = hold_names(db, database, LANE, [claim(2, "blue"), claim(3, "green")])
    assert {id: holder.record_id for id, holder in displaced.items()} == {1: 2}
    assert holders(db) == {"blue": 2, "green": 3}


def test_C4_two_names_that_change_places_in_the_books_displace_nobody(database: Database, db: Connection) -> None:
    claim_names(db, LANE, [claim(1, "blue"), claim(2, "red")])
    assert hold_names(db, database, LANE, [claim(1, "red"), claim(2, "blue")]) == {}
    assert holders(db) == {"red": 1, "blue": 2}


def test_C4_the_holder_is_named_in_words() -> None:
    assert taken(Holder(record_id=1, remote_id=None, who="customer C1")) == "This name belongs to customer C1 already."


@pytest.mark.parametrize(
    ("one", "other", "rule", "same"),
    [
        ("Blue Ltd", "  blue   LTD ", NameRule(), True),
        ("Straße", "STRASSE", NameRule(), True),
        ("Caf\u00e9", "Cafe\u0301", NameRule(), True),
        ("Blue Ltd", "Blue Ltd.", NameRule(), False),
        ("Blue", "blue", NameRule(ignore_case=False), False),
        ("Blue  Ltd", "Blue Ltd", NameRule(collapse_spaces=False), False),
    ],
)
def test_C4_names_are_compared_as_the_adapter_says(one: str, other: str, rule: NameRule, same: bool) -> None:
    assert (rule.normalise(one) == rule.normalise(other)) is same
