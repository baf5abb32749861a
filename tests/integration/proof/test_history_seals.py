"""V2: the history only grows; what raw access changes, takes out, slips in or cuts off is found and named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hub_mock.faults import FaultName
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError

from hub import store
from hub.errors import InvalidInput, NotFound, StoreProblem
from hub.store import Database, migrate
from hub.store.history import HISTORY, append, seal_hash
from hub.store.tables import audit, metadata, seals
from hub.store.types import EPOCH, TICK
from hub.testing.scratch import Scratch

Breaks = Callable[..., list[tuple[str, Any, Any]]]
SOURCE = Path(__file__).parents[3] / "hub"


def test_V2_a_history_as_the_hub_wrote_it_is_whole(synced: Scratch) -> None:
    synced.hub.undo("acme", "ship_doc", "S1", reason="wrong customer")
    synced.ship_doc("S2", customer="C9")  # waits for its customer: an unsent row
    synced.sync()
    report = synced.hub.verify("acme")
    assert report["whole"]
    assert report["breaks"] == []
    assert report["broken_since"] is None
    with synced.hub.database.read() as db:
        rows = {table.name: len(db.execute(table.select()).all()) for table in HISTORY}
    assert all(rows.values()), rows
    assert report["entries"] == sum(rows.values())
    assert re.fullmatch(rf"{report['seals']}:[0-9a-f]{{64}}", report["head"])


FIRST = {
    "audit": "SELECT min(id) FROM audit WHERE record_id IS NOT NULL",
    "attempts": "SELECT min(id) FROM attempts",
    "answers": "SELECT min(id) FROM answers",
}
"""The first row about a record: customer C1."""


def test_V2_every_history_row_stands_in_the_seal_of_its_transaction(scratch: Scratch) -> None:
    before = scratch.hub.verify("acme")
    scratch.customer()
    after = scratch.hub.verify("acme")
    assert (after["seals"], after["entries"]) == (before["seals"] + 1, before["entries"] + 1)
    scratch.hub.put_many("acme", [])
    assert scratch.hub.verify("acme") == after  # nothing was written, so nothing was sealed


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("audit", "actor = 'somebody else'"),
        ("audit", "reason = 'a better reason'"),
        ("audit", "at = at + 1"),
        ("audit", "details = '{}'"),
        ("attempts", "operation = 'update'"),
        ("attempts", "sent = replace(sent, 'Customer', 'Client')"),
        ("attempts", "key = 'another'"),
        ("answers", "outcome = 'rejected'"),
        ("answers", "remote_id = '999'"),
    ],
)
def test_V2_a_changed_entry_is_named_with_its_record(
    synced: Scratch, tamper: Any, breaks: Breaks, table: str, change: str
) -> None:
    tamper(f"UPDATE {table} SET {change} WHERE id = ({FIRST[table]})")
    assert breaks() == [("entry_changed", table, ("customer", "C1"))]


def test_V2_an_entry_given_to_another_record_is_named(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    item = tamper.value("SELECT id FROM records WHERE type = 'item' AND source_id = 'I1'")
    first = tamper.value("SELECT min(id) FROM attempts")
    tamper("UPDATE attempts SET record_id = :item WHERE id = :id", item=item, id=first)
    assert ("entry_changed", "attempts", ("customer", "C1")) in breaks()


@pytest.mark.parametrize("table", ["audit", "attempts"])
def test_V2_an_entry_taken_out_is_named_with_its_record(
    synced: Scratch, tamper: Any, breaks: Breaks, table: str
) -> None:
    tamper(f"DELETE FROM {table} WHERE id = ({FIRST[table]})")
    assert breaks() == [("entry_gone", table, ("customer", "C1"))]


def test_V2_the_last_entries_cut_off_are_named(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    tamper("DELETE FROM answers WHERE id = (SELECT max(id) FROM answers)")
    assert breaks() == [("entry_gone", "answers", ("ship_doc", "S1"))]


def test_V2_an_entry_slipped_in_is_named(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    tamper(
        "INSERT INTO audit (id, at, actor, company_id, record_id, action, details)"
        " SELECT 1 + max(id), max(at), 'ann', 'acme', min(record_id), 'prevent', '{}' FROM audit"
    )
    assert breaks() == [("entry_added", "audit", ("customer", "C1"))]


def test_V2_entries_whose_places_were_changed_are_named(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    first, last = tamper.value("SELECT min(id) FROM audit"), tamper.value("SELECT max(id) FROM audit")
    for old, new in ((first, -1), (last, first), (-1, last)):
        tamper("UPDATE audit SET id = :new WHERE id = :old", old=old, new=new)
    assert {kind for kind, _, _ in breaks()} == {"entry_changed"}
    assert len(breaks()) == 2


def test_V2_a_seal_made_to_fit_does_not_fit_its_hash(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    tamper("UPDATE seals SET entries = :none WHERE number = 1", none=b"")
    assert [kind for kind, _, _ in breaks()] == ["seal_changed", "entry_added"]


def test_V2_a_seal_computed_anew_no_longer_leads_to_the_next_one(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    """Somebody who knows how seals are made takes a row out and makes its seal fit."""
    with synced.hub.database.read() as db:
        seal = db.execute(seals.select().where(seals.c.number == 2)).one()
    ticks = (seal.at - EPOCH) // TICK
    forged = seal_hash("acme", 2, ticks, seal.previous, b"")
    tamper("UPDATE seals SET entries = :none, hash = :hash WHERE number = 2", none=b"", hash=forged)
    assert [kind for kind, _, _ in breaks()] == ["seal_changed", "entry_added"]
    assert synced.hub.verify("acme")["breaks"][0]["seal"] == 3  # its predecessor is not the one it was made after


def test_V2_seals_taken_out_are_counted(synced: Scratch, tamper: Any, breaks: Breaks) -> None:
    tamper("DELETE FROM seals WHERE number IN (2, 3)")
    report = synced.hub.verify("acme")
    assert report["breaks"][0]["message"].startswith("Seals 2 to 3 are gone")
    assert {each["kind"] for each in report["breaks"]} == {"seal_gone", "entry_added"}
    assert report["broken_since"] is not None


def test_V2_an_end_cut_off_with_its_seals_is_found_by_the_head_kept_outside(
    synced: Scratch, tamper: Any, breaks: Breaks
) -> None:
    before = synced.hub.verify("acme")["head"]
    synced.hub.prevent("acme", "ship_doc", synced.ship_doc("S2", status="processing")["source_id"], reason="no")
    head = synced.hub.verify("acme")["head"]
    tamper("DELETE FROM audit WHERE id > (SELECT max(id) FROM audit) - 2")
    tamper("DELETE FROM seals WHERE number > (SELECT max(number) FROM seals) - 2")
    assert breaks() == []  # who takes the seals along leaves no trace inside
    assert breaks(before) == []
    assert breaks(head) == [("head_gone", None, None)]


def test_V2_a_head_stays_part_of_the_chain_while_it_grows(synced: Scratch, breaks: Breaks) -> None:
    heads = [synced.hub.verify("acme")["head"]]
    for number in range(3):
        synced.customer(f"N{number}")
        heads.append(synced.hub.verify("acme")["head"])
    assert len(set(heads)) == 4
    assert [breaks(head) for head in heads] == [[], [], [], []]


@pytest.mark.parametrize("value", ["x'ff'", "'not a number'"])
@pytest.mark.parametrize("column", ["at", "details", "record_id"])
def test_V2_what_cannot_be_read_any_more_is_a_changed_entry_and_no_traceback(
    synced: Scratch, tamper: Any, breaks: Breaks, column: str, value: str
) -> None:
    if not synced.hub.database.is_sqlite:
        pytest.skip("PostgreSQL keeps the types of its columns")
    tamper(f"UPDATE audit SET {column} = {value} WHERE id = ({FIRST['audit']})")
    found = breaks()
    assert ("entry_changed", "audit", ("customer", "C1")) in found


@pytest.mark.parametrize("column", ["at", "entries", "previous", "hash"])
def test_V2_an_unreadable_seal_is_a_changed_seal(synced: Scratch, tamper: Any, breaks: Breaks, column: str) -> None:
    if not synced.hub.database.is_sqlite:
        pytest.skip("PostgreSQL keeps the types of its columns")
    tamper(f"UPDATE seals SET {column} = 'nonsense' WHERE number = 2")
    assert "seal_changed" in {kind for kind, _, _ in breaks()}


@pytest.mark.parametrize("head", ["", "1", "abc", "1:xyz", "1:" + "g" * 64, f"{'9' * 30}:{'0' * 64}", "1:" + "0" * 63])
def test_V2_a_head_that_is_none_is_refused(synced: Scratch, head: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        synced.hub.verify("acme", head=head)
    assert caught.value.code == "bad_head"


def test_V2_an_unknown_company_has_no_history(scratch: Scratch) -> None:
    with pytest.raises(NotFound):
        scratch.hub.verify("nobody")


def test_V2_companies_have_chains_of_their_own(synced: Scratch, tamper: Any) -> None:
    other = synced.hub.add_company("Other")["id"]
    assert synced.hub.verify(other)["seals"] == 1  # that it was added
    synced.hub.put(other, "customer", "X", {"name": "X"})
    tamper("UPDATE audit SET actor = 'nobody' WHERE company_id = 'other'")
    assert synced.hub.verify("acme")["whole"]
    assert not synced.hub.verify(other)["whole"]


@pytest.mark.parametrize("table", [table.name for table in HISTORY])
@pytest.mark.parametrize("sql", ["UPDATE {table} SET at = at + 1", "DELETE FROM {table}"])
def test_V2_the_database_itself_refuses_to_change_history(synced: Scratch, table: str, sql: str) -> None:
    synced.ship_doc("S2", customer="C9")
    synced.sync()
    with pytest.raises(DBAPIError, match="the history only grows"), synced.hub.database.engine.begin() as db:
        db.execute(text(sql.format(table=table)))
    with pytest.raises(StoreProblem, match="the history only grows"), synced.hub.database.write("acme") as db:
        db.execute(text(sql.format(table=table)))


def test_V2_history_is_written_only_in_its_companys_transaction(scratch: Scratch) -> None:
    row = {"at": scratch.clock.now(), "actor": "x", "company_id": "acme", "action": "x", "details": {}}
    with pytest.raises(RuntimeError), scratch.hub.database.write(None) as db:
        append(db, audit, [row])
    with pytest.raises(RuntimeError), scratch.hub.database.read() as db:
        append(db, audit, [row])
    with pytest.raises(RuntimeError), scratch.hub.database.write("acme") as db, db.begin_nested():
        append(db, audit, [row])


def test_V2_what_is_rolled_back_is_not_sealed(synced: Scratch) -> None:
    before = synced.hub.verify("acme")
    row = {"at": synced.clock.now(), "actor": "x", "company_id": "acme", "action": "x", "details": {}}
    with pytest.raises(ZeroDivisionError), synced.hub.database.write("acme") as db:
        append(db, audit, [row])
        raise ZeroDivisionError
    assert synced.hub.verify("acme") == before


def test_V2_nothing_but_append_writes_to_the_history() -> None:
    """Every other INSERT would be an entry that no seal knows."""
    names = "|".join(table.name for table in HISTORY)
    writes = re.compile(rf"insert\(({names})\)|INSERT INTO ({names})\b|(update|delete)\(({names})\)")
    files = [file for file in SOURCE.rglob("*.py") if "migrations" not in file.parts]
    assert len(files) > 50
    assert [str(file) for file in files if writes.search(file.read_text("utf-8"))] == []


def _take_back(database: Database, revision: str) -> None:
    """Bring the tables to an older schema, with all the rows that it knows."""
    with database.write("(schema)") as db:
        kept = {table: [dict(row) for row in db.execute(table.select()).mappings()] for table in metadata.sorted_tables}
        metadata.drop_all(db)
        db.execute(text("DROP TABLE alembic_version"))
        if not database.is_sqlite:
            db.execute(text("DROP FUNCTION count_new_requests, count_gone_requests, count_changed_requests"))
        config = Config(attributes={"connection": db})
        config.set_main_option("script_location", str(Path(store.__file__).parent / "migrations"))
        command.upgrade(config, revision)
        older = MetaData()
        older.reflect(db)
        for table, rows in kept.items():
            if rows and table.name in older.tables:
                known = older.tables[table.name].columns.keys()
                db.execute(table.insert(), [{name: row[name] for name in known} for row in rows])
                if "id" in known and not database.is_sqlite and table.name != "companies":
                    sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                    db.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table.name}))"))


def test_V2_what_was_written_before_there_were_seals_is_sealed_by_the_migration(
    synced: Scratch, tamper: Any, breaks: Breaks
) -> None:
    _take_back(synced.hub.database, "0001")
    assert migrate(synced.hub.database)
    assert breaks() == []
    report = synced.hub.verify("acme")
    assert report["entries"] > 5
    with pytest.raises(StoreProblem, match="only grows"), synced.hub.database.write("acme") as db:
        db.execute(text("DELETE FROM audit"))
    synced.customer("C7")
    assert breaks() == []
    tamper("DELETE FROM attempts WHERE id = 1")
    assert breaks() == [("entry_gone", "attempts", ("customer", "C1"))]


def test_V2_lost_answers_and_what_was_found_are_in_the_chain(synced: Scratch, breaks: Breaks) -> None:
    synced.ship_doc("S2")
    synced.books.misbehave(FaultName.DROP_AFTER_COMMIT, times=1)
    synced.sync()
    synced.clock.sleep(3600)
    synced.sync()
    assert synced.state("ship_doc", "S2") == "synced"
    assert breaks() == []
