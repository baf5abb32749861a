"""Users come in by a link that is good once, then by their password, and are known by their session until it ends."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, text

from hub.access import users as rules
from hub.access.logins import FREE, KNOWN, count_failure, forgive, subjects_of
from hub.errors import HubError, InvalidInput, NotFound, Refused
from hub.queue import Actor
from hub.store import Database
from hub.store.people import login_failures, metadata, sessions, users
from hub.store.tables import audit
from hub.testing.scratch import Scratch

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least that argon2 can do, since hundreds of guesses are made here."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("hub.access.secrets._hasher", lambda: weak)


def first(scratch: Scratch) -> str:
    """The first administrator's session."""
    link = scratch.hub.first_link()
    assert link is not None
    return scratch.hub.accept_invitation(link, PASSWORD, email="Ann@Example.com", name="Ann")


def code(scratch: Scratch, email: str, password: str, address: str = "1.2.3.4") -> str:
    with pytest.raises(HubError) as met:
        scratch.hub.log_in(email, password, address)
    return met.value.code


def test_the_first_link_makes_the_administrator_and_then_there_is_none(scratch: Scratch) -> None:
    caller = scratch.hub.who_is(first(scratch))
    assert caller is not None
    assert (caller.name, caller.administrator) == ("Ann", True)
    assert scratch.hub.first_link() is None


def test_a_first_link_from_before_makes_no_second_administrator(scratch: Scratch) -> None:
    link = scratch.hub.first_link()
    assert link is not None
    scratch.hub.accept_invitation(link, PASSWORD, email="ann@example.com", name="Ann")
    with pytest.raises(NotFound) as met:
        scratch.hub.accept_invitation(link, PASSWORD, email="eve@example.com", name="Eve")
    assert met.value.code == "invitation_not_found"
    assert [each["email"] for each in scratch.hub.users()] == ["ann@example.com"]


def test_each_start_prints_a_new_first_link_and_the_one_before_ends(scratch: Scratch) -> None:
    old, new = scratch.hub.first_link(), scratch.hub.first_link()
    assert old
    assert new
    assert old != new
    with pytest.raises(NotFound):
        scratch.hub.invitation(old)
    assert scratch.hub.invitation(new) == {"email": None, "first": True}


def test_links_end_after_three_days(scratch: Scratch) -> None:
    link = scratch.hub.first_link()
    assert link is not None
    scratch.clock.sleep(rules.GOOD_FOR.total_seconds())
    with pytest.raises(NotFound):
        scratch.hub.invitation(link)


def test_a_password_that_is_refused_leaves_the_link_good(scratch: Scratch) -> None:
    link = scratch.hub.first_link()
    assert link is not None
    with pytest.raises(InvalidInput):
        scratch.hub.accept_invitation(link, "short", email="ann@example.com", name="Ann")
    assert scratch.hub.users() == []
    assert scratch.hub.who_is(scratch.hub.accept_invitation(link, PASSWORD, email="ann@example.com", name="Ann"))


def test_the_right_password_gives_a_session_however_the_address_is_written(scratch: Scratch) -> None:
    first(scratch)
    assert scratch.hub.who_is(scratch.hub.log_in(" ANN@example.com ", PASSWORD, "1.2.3.4"))


def test_whatever_is_wrong_is_told_in_the_same_words(scratch: Scratch) -> None:
    first(scratch)
    scratch.hub.add_user("new@example.com", "New")
    for email, password in (("ann@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("new@example.com", ""),
                            ("", ""), ("x" * 10_000, "y" * 10_000), ("a\x00b", "c\x00d")):  # fmt: skip
        assert code(scratch, email, password, address="5.6.7.8" + email[:3]) == "login_failed"


def test_after_five_mistakes_from_an_address_it_waits_even_with_the_right_password(scratch: Scratch) -> None:
    first(scratch)
    for _ in range(5):
        assert code(scratch, "ann@example.com", "wrong") == "login_failed"
    assert code(scratch, "ann@example.com", PASSWORD) == "too_many_logins"
    scratch.clock.sleep(3)
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")
    assert code(scratch, "ann@example.com", "wrong") == "login_failed"  # counted anew


def test_a_stranger_elsewhere_does_not_lock_the_owner_out(scratch: Scratch) -> None:
    first(scratch)
    for at in range(15):
        guessed_out(scratch, "ann@example.com", f"10.0.0.{at}")
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")


def test_a_hundred_guesses_from_wherever_make_the_account_wait(scratch: Scratch) -> None:
    first(scratch)
    for at in range(FREE["account"] // 5):
        guessed_out(scratch, "ann@example.com", f"10.0.0.{at}")
    assert code(scratch, "ann@example.com", PASSWORD, "1.2.3.4") == "too_many_logins"
    scratch.clock.sleep(3)
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")
    assert code(scratch, "ann@example.com", "wrong", "10.0.1.1") == "login_failed"
    assert code(scratch, "ann@example.com", "wrong", "10.0.1.2") == "too_many_logins"  # what others did stays counted


def test_where_somebody_has_come_in_the_guesses_of_others_keep_them_out_no_more(scratch: Scratch) -> None:
    first(scratch)
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")
    scratch.clock.sleep(29 * 86_400)
    for at in range(FREE["account"] // 5):
        guessed_out(scratch, "ann@example.com", f"10.0.0.{at}")
    assert code(scratch, "ann@example.com", PASSWORD, "5.6.7.8") == "too_many_logins"
    assert code(scratch, "bob@example.com", "wrong", "1.2.3.4") == "login_failed"
    guessed_out(scratch, "ann@example.com", "1.2.3.4")
    assert code(scratch, "ann@example.com", PASSWORD, "1.2.3.4") == "too_many_logins"  # five there, as for everybody
    scratch.clock.sleep(3)
    assert code(scratch, "ann@example.com", "wrong", "5.6.7.8") == "too_many_logins"
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")


def test_after_thirty_days_an_address_is_like_any_other(scratch: Scratch) -> None:
    first(scratch)
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")
    scratch.clock.sleep(KNOWN.total_seconds())
    for at in range(FREE["account"] // 5):
        guessed_out(scratch, "ann@example.com", f"10.0.0.{at}")
    assert code(scratch, "ann@example.com", PASSWORD, "1.2.3.4") == "too_many_logins"
    scratch.clock.sleep(1)
    assert code(scratch, "bob@example.com", "wrong", "1.2.3.4") == "login_failed"
    with scratch.hub.database.read() as db:
        kept = db.execute(select(login_failures.c.subject)).scalars().all()
    assert not [subject for subject in kept if subject.startswith("known ")]


def test_one_host_with_many_ipv6_networks_does_not_use_up_the_accounts_tries(scratch: Scratch) -> None:
    first(scratch)
    tried = []
    for at in range(FREE["account"]):
        tried.append(code(scratch, "ann@example.com", "wrong", f"2001:db8:1:{at:x}::1"))
    assert tried.count("login_failed") == FREE["pair"]
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "2001:db8:2::1")


@pytest.mark.parametrize("right_first", [True, False])
def test_a_right_and_a_wrong_login_at_once_do_not_wait_for_each_other(scratch: Scratch, right_first: bool) -> None:
    first(scratch)
    assert code(scratch, "ann@example.com", "wrong") == "login_failed"
    database, now = scratch.hub.database, scratch.clock.now()
    if database.is_sqlite:
        pytest.skip("there writers take turns")
    subjects = subjects_of("ann@example.com", "1.2.3.4")

    def right() -> None:
        with database.write(None) as db:
            forgive(database, db, subjects, now)

    def wrong() -> None:
        with database.write(None) as db:
            count_failure(database, db, subjects, now)

    with ThreadPoolExecutor(2) as pool:
        with database.write(None) as db:
            db.execute(select(login_failures).where(login_failures.c.subject == "address 1.2.3.4").with_for_update())
            both = []
            for each in (right, wrong) if right_first else (wrong, right):
                both.append(pool.submit(each))
                wait_for_waiting(database, len(both))
        for one in both:
            one.result(20)
    with database.read() as db:
        left = {row.subject.partition(" ")[0]: row._mapping["count"] for row in db.execute(select(login_failures))}
    count = {"account": 1, "address": 1, "pair": 1} if right_first else {}
    assert left == {"known": 0, **count}


def wait_for_waiting(database: Database, number: int) -> None:
    """Return once so many transactions wait for a lock."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    for _ in range(1000):
        with database.read() as db:
            if db.execute(query).scalar_one() >= number:
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


def test_an_address_that_tries_many_accounts_waits_too(scratch: Scratch) -> None:
    first(scratch)
    for at in range(FREE["address"]):
        assert code(scratch, f"user{at}@example.com", "wrong") == "login_failed"
    assert code(scratch, "ann@example.com", PASSWORD) == "too_many_logins"
    assert scratch.hub.log_in("ann@example.com", PASSWORD, "from elsewhere")


def test_the_people_of_one_office_mistype_without_shutting_each_other_out(scratch: Scratch) -> None:
    first(scratch)
    for _ in range(FREE["address"]):
        for _ in range(3):
            assert code(scratch, "ann@example.com", "mistyped") == "login_failed"
        assert scratch.hub.log_in("ann@example.com", PASSWORD, "1.2.3.4")
    assert code(scratch, "bob@example.com", "wrong") == "login_failed"


def guessed_out(scratch: Scratch, email: str, address: str) -> None:
    """Guess from an address for as long as it costs nothing."""
    for _ in range(FREE["pair"]):
        assert code(scratch, email, "wrong", address) == "login_failed"


def test_a_session_ends_when_it_is_idle_when_it_is_old_and_when_one_signs_out(scratch: Scratch) -> None:
    started = scratch.clock.now()
    idle, used, out = first(scratch), *(scratch.hub.log_in("ann@example.com", PASSWORD, "1") for _ in range(2))
    scratch.hub.log_out(out)
    assert scratch.hub.who_is(out) is None
    almost = rules.IDLE.total_seconds() - 60
    while scratch.clock.now() - started < rules.LONGEST - rules.IDLE:
        scratch.clock.sleep(almost)
        assert scratch.hub.who_is(used) is not None
    assert scratch.hub.who_is(idle) is None
    scratch.clock.sleep(almost)
    scratch.hub.who_is(used)
    scratch.clock.sleep(almost)
    assert scratch.hub.who_is(used) is None


def test_somebody_shut_out_is_out_at_once_and_the_last_administrator_stays(scratch: Scratch) -> None:
    mine = first(scratch)
    added = scratch.hub.add_user("bob@example.com", "Bob", administrator=True)
    his = scratch.hub.accept_invitation(added["link"], PASSWORD)
    scratch.hub.disable_user(added["id"])
    assert scratch.hub.who_is(his) is None
    assert code(scratch, "bob@example.com", PASSWORD) == "login_failed"
    caller = scratch.hub.who_is(mine)
    assert caller is not None
    assert caller.user_id is not None
    with pytest.raises(Refused) as met:
        scratch.hub.disable_user(caller.user_id)
    assert met.value.code == "last_administrator"
    scratch.hub.disable_user(added["id"], disabled=False)
    assert scratch.hub.log_in("bob@example.com", PASSWORD, "another")


def test_a_new_password_ends_all_sessions(scratch: Scratch) -> None:
    mine = first(scratch)
    caller = scratch.hub.who_is(mine)
    assert caller is not None
    assert caller.user_id is not None
    fresh = scratch.hub.accept_invitation(scratch.hub.new_link(caller.user_id), "another good password")
    assert scratch.hub.who_is(mine) is None
    assert scratch.hub.who_is(fresh) is not None
    assert code(scratch, "ann@example.com", PASSWORD) == "login_failed"


def test_a_membership_is_what_a_user_may_and_can_be_taken_back(scratch: Scratch) -> None:
    first(scratch)
    added = scratch.hub.add_user("bob@example.com", "Bob")
    session = scratch.hub.accept_invitation(added["link"], PASSWORD)
    scratch.hub.set_membership(added["id"], "acme", "bookkeeper", ["undo"])
    caller = scratch.hub.who_is(session)
    assert caller is not None
    assert {right.value for right in caller.actor("acme").rights} == {"undo"}
    scratch.hub.set_membership(added["id"], "acme", None)
    caller = scratch.hub.who_is(session)
    assert caller is not None
    assert caller.grant("acme") is None


@pytest.mark.parametrize("email", ["", "ann", "@example.com", "ann@", "a b@example.com", "a\n@b", "x" * 200 + "@b.c"])
def test_addresses_that_are_none_are_refused(scratch: Scratch, email: str) -> None:
    with pytest.raises(InvalidInput) as met:
        scratch.hub.add_user(email, "Ann")
    assert met.value.code == "bad_email"


def test_no_secret_is_kept_as_it_is(scratch: Scratch) -> None:
    link = scratch.hub.first_link()
    assert link is not None
    session = scratch.hub.accept_invitation(link, PASSWORD, email="ann@example.com", name="Ann")
    with scratch.hub.database.read() as db:
        kept = " ".join(str(row) for table in metadata.sorted_tables for row in db.execute(select(table)))
        assert db.execute(select(sessions)).all()
        assert db.execute(select(users)).all()
    assert not [secret for secret in (link, session, PASSWORD) if secret in kept]


def test_U9_what_is_done_to_users_is_audited_and_sealed(scratch: Scratch) -> None:
    first(scratch)
    added = scratch.hub.add_user("bob@example.com", "Bob")
    scratch.hub.set_membership(added["id"], "acme", "viewer")
    with scratch.hub.database.read() as db:
        told = [(row.actor, row.company_id, row.action) for row in db.execute(select(audit).order_by(audit.c.id))]
    assert ("Ann", "(hub)", "password_set") in told
    assert ("tester", "(hub)", "user_added") in told
    assert ("tester", "acme", "membership") in told
    assert scratch.hub.verify("acme")["whole"]


def test_many_guesses_at_once_are_few_and_little_memory(scratch: Scratch, monkeypatch: pytest.MonkeyPatch) -> None:
    first(scratch)
    lock, now, most, tried = threading.Lock(), 0, 0, 0

    def slow(_stored: str | None, _given: str) -> bool:
        nonlocal now, most, tried
        with lock:
            now, tried = now + 1, tried + 1
            most = max(most, now)
        time.sleep(0.02)
        with lock:
            now -= 1
        return False

    monkeypatch.setattr(rules, "password_fits", slow)
    with ThreadPoolExecutor(30) as pool:
        codes = list(pool.map(lambda _: code(scratch, "ann@example.com", "guess"), range(30)))
    assert most <= 4
    assert tried < 5 + 4
    assert codes.count("too_many_logins") == 30 - tried


@pytest.mark.parametrize("meanwhile", ["changed", "shut out"])
def test_a_password_that_ends_while_it_is_checked_lets_nobody_in(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    first(scratch)
    ben = scratch.hub.add_user("ben@example.com", "Ben")
    scratch.hub.accept_invitation(ben["link"], PASSWORD)

    def slow(_stored: str | None, _given: str) -> bool:
        if meanwhile == "changed":
            scratch.hub.accept_invitation(scratch.hub.new_link(ben["id"]), PASSWORD + " staple")
        else:
            scratch.hub.disable_user(ben["id"])
        return True

    monkeypatch.setattr(rules, "password_fits", slow)
    assert code(scratch, "ben@example.com", PASSWORD) == "login_failed"


def test_a_new_password_ends_the_links_that_are_open(scratch: Scratch) -> None:
    first(scratch)
    link = scratch.hub.new_link(1)
    scratch.hub.change_password(1, PASSWORD, "a wholly other one")
    with pytest.raises(NotFound) as met:
        scratch.hub.accept_invitation(link, "whoever found the link")
    assert met.value.code == "invitation_not_found"
    assert scratch.hub.log_in("ann@example.com", "a wholly other one", "1.2.3.4")


def test_a_wrong_password_ends_no_link(scratch: Scratch) -> None:
    first(scratch)
    link = scratch.hub.new_link(1)
    with pytest.raises(Refused):
        scratch.hub.change_password(1, "not the present one", "a wholly other one")
    assert scratch.hub.invitation(link)["email"] == "ann@example.com"


def test_who_is_shut_out_leaves_keys_that_are_named(scratch: Scratch) -> None:
    first(scratch)
    ben = scratch.hub.add_user("ben@example.com", "Ben")["id"]
    mine = copy(scratch.hub)
    mine.actor = Actor(name="Ben")
    good = mine.add_key("acme", "shop", role="viewer")
    ended = mine.add_key("acme", "old", role="viewer")
    mine.add_key("acme", "until", role="viewer", expires_at=scratch.clock.now() + timedelta(hours=1))
    mine.revoke_key("acme", ended["id"])
    scratch.hub.add_key("acme", "another's", role="viewer")
    scratch.clock.sleep(7200)
    assert [each["name"] for each in scratch.hub.disable_user(ben)] == ["shop"]
    assert {each["name"]: each["good_keys"] for each in scratch.hub.users()} == {"Ann": 0, "Ben": 1}
    assert scratch.hub.whose_key(good["secret"]) is not None, "it belongs to the company"


def test_two_users_of_one_name_are_not_told_of_each_others_keys(scratch: Scratch) -> None:
    first(scratch)
    ids = []
    for email in ("one@example.com", "two@example.com"):
        ids.append(scratch.hub.add_user(email, "Ann Smith", administrator=True)["id"])
        caller = scratch.hub.who_is(scratch.hub.accept_invitation(scratch.hub.new_link(ids[-1]), PASSWORD))
        assert caller is not None
        scratch.hub.acting(caller, "acme").add_key("acme", f"of {email}", role="viewer")
    assert {each["email"]: each["good_keys"] for each in scratch.hub.users()} == {
        "ann@example.com": 0, "one@example.com": 1, "two@example.com": 1,
    }  # fmt: skip
    assert [each["name"] for each in scratch.hub.disable_user(ids[0])] == ["of one@example.com"]
    assert [each["name"] for each in scratch.hub.disable_user(ids[1])] == ["of two@example.com"]


def test_a_key_whose_maker_is_known_by_name_alone_is_told_of_whoever_has_that_name(scratch: Scratch) -> None:
    first(scratch)
    ben = scratch.hub.add_user("ben@example.com", "Ben")["id"]
    mine = copy(scratch.hub)
    mine.actor = Actor(name="Ben")
    mine.add_key("acme", "from before", role="viewer")
    assert [each["made_by"] for each in scratch.hub.keys("acme")] == [None]
    assert [each["name"] for each in scratch.hub.disable_user(ben)] == ["from before"]
