"""J5, X4: refused authorisation is renewed once and the job goes on; no token is lost, none is asked for twice."""

from __future__ import annotations

import json
import threading
from contextlib import closing, suppress

import pytest
from sqlalchemy import select

from hub.app import open_hub
from hub.errors import AuthorisationLost, InvalidInput, PluginProblem
from hub.store import tables

HOUR = 3600
POINTS = (
    "after-refresh-lease",
    "before-refresh-call",
    "after-refresh-call",
    "inside-refresh-commit",
    "after-refresh-commit",
)


def counts(scratch):
    return scratch.books.books.token_counts()


def secrets(scratch):
    """The tokens that the books hold at present."""
    with closing(scratch.books.books._open()) as books:
        row = books.execute("SELECT access, refresh, previous FROM tokens").fetchone()
    return [token for token in row if token]


def put_customers(scratch, number=6):
    for at in range(number):
        scratch.customer(f"C{at}")


def expire(scratch, wire, at):
    """Let the tokens expire the first time that hook is called."""
    left = [at]

    def before(hook):
        if hook in left:
            left.remove(hook)
            scratch.clock.sleep(HOUR)

    wire.before = before


def sync_elsewhere(scratch, **meddled):
    """Sync in a second hub on the same database, in a thread of its own; join it, and see its job."""
    ended = []

    def run():
        with suppress(SystemExit), open_hub(scratch.url, **{**scratch._open, **meddled}) as hub:
            ended.append(hub.core.relay(hub.lane(scratch.connection)).check())

    thread = threading.Thread(target=run)
    thread.start()
    return thread, ended


def hold_the_refresh(wire):
    """Events: the books were asked for fresh tokens; let them answer."""
    asking, answer = threading.Event(), threading.Event()

    def before(hook):
        if hook == "refresh":
            asking.set()
            answer.wait(10)

    wire.before = before
    return asking, answer


def test_J5_the_first_tokens_are_stored_sealed_and_sync_without_a_refresh(make, held):
    scratch = make(token_seconds=60)
    put_customers(scratch)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6
    assert counts(scratch) == {"authorised": 1, "refreshed": 0, "reissued": 0, "refused": 0}


@pytest.mark.parametrize("at", ["check", "write", "changes"])
def test_J5_expired_tokens_are_refreshed_once_and_the_job_goes_on(make, wire, held, at):
    scratch = make(token_seconds=60, batch_size=2, concurrency=1)
    put_customers(scratch)
    expire(scratch, wire, at)
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed", 6)
    assert counts(scratch) == {"authorised": 1, "refreshed": 1, "reissued": 0, "refused": 0}
    assert len(held(scratch, "customer")) == 6
    with scratch.hub.database.read() as db:
        assert db.execute(select(tables.connections.c.credentials_version)).scalar_one() == 2


@pytest.mark.parametrize("at", ["find", "read"])
def test_J5_questions_of_people_renew_the_authorisation_too(make, wire, at):
    scratch = make(token_seconds=60)
    found = scratch.books.bookkeeper.add("customer", ["name=Alfreds"])
    scratch.customer("C1", name="Alfred")
    expire(scratch, wire, at)
    target = {"name": "Alfreds"} if at == "find" else {"remote_id": found["remote_id"]}
    scratch.hub.link("acme", "customer", "C1", keep="source", **target)
    assert counts(scratch)["refreshed"] == 1


def test_J5_of_many_calls_refused_at_once_one_refreshes(make, wire, held):
    scratch = make(token_seconds=60, batch_size=1, concurrency=4)
    put_customers(scratch, 24)
    together = threading.Barrier(4)
    left = [4]

    def before(hook):
        if hook == "write" and left[0] > 0:
            left[0] -= 1
            together.wait(10)
            scratch.clock.sleep(HOUR / 4)

    wire.before = before
    assert scratch.sync()["totals"]["applied"] == 24
    assert counts(scratch)["refreshed"] == 1
    assert len(held(scratch, "customer")) == 24


def test_J5_what_was_done_before_the_refusal_is_not_sent_again(make, wire, held):
    from hub.adapters import Unauthorised

    scratch = make(token_seconds=60, batch_size=6, concurrency=1)
    put_customers(scratch)
    lies = [lambda outcomes: [*outcomes[:2], *[Unauthorised(message="expired") for _ in outcomes[2:]]]]

    def alter(requests, outcomes):
        return lies.pop()(outcomes) if lies else outcomes

    wire.alter = alter
    job = scratch.sync()
    assert (job["state"], job["totals"]["applied"]) == ("completed", 6)
    assert [len(call) for call in wire.calls] == [6, 4]
    assert len(held(scratch, "customer")) == 6


def test_J5_a_refused_refresh_pauses_the_connection_and_counts_no_attempt(make, held):
    scratch = make(token_seconds=60)
    put_customers(scratch)
    scratch.clock.sleep(HOUR)
    scratch.books.misbehave("unauthorised", on="refresh")
    job = scratch.sync()
    assert job["state"] == "failed"
    assert scratch.hub.connection(scratch.connection)["state"] == "paused"
    assert {(each["state"], each["attempts"]) for each in scratch.queue()} == {("waiting", 0)}

    scratch.books.books.switch(None)
    again = scratch.hub.connect("acme", "mock", settings={"token_seconds": 60})
    assert again["state"] == "active"
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6


def test_J5_credentials_refused_right_after_their_refresh_are_not_refreshed_again(make):
    scratch = make(token_seconds=60)
    put_customers(scratch)
    scratch.books.misbehave("unauthorised", on="create")
    assert scratch.sync()["state"] == "failed"
    assert counts(scratch)["refreshed"] == 1


@pytest.mark.parametrize("lost", ["drop-before-commit", "drop-after-commit"])
def test_J5_a_refresh_without_an_answer_loses_nothing_and_pauses_nothing(make, wire, held, lost):
    scratch = make(token_seconds=60, batch_size=2, concurrency=1)
    put_customers(scratch)
    scratch.books.misbehave(lost, times=1, on="refresh")
    expire(scratch, wire, "write")
    job = scratch.sync()
    assert job["state"] != "failed"
    assert scratch.hub.connection(scratch.connection)["state"] == "active"
    assert {each["attempts"] for each in scratch.queue()} <= {0}
    scratch.clock.sleep(31)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6
    found = counts(scratch)
    assert (found["refreshed"], found["reissued"]) == ((1, 1) if lost == "drop-after-commit" else (1, 0))


@pytest.mark.parametrize("point", POINTS)
def test_X4_a_process_that_dies_over_a_refresh_loses_no_token(make, died, held, point):
    scratch = make(token_seconds=60, batch_size=2)
    put_customers(scratch)
    scratch.clock.sleep(HOUR)
    assert died(scratch, point)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6
    rotated_unseen = point in ("after-refresh-call", "inside-refresh-commit")
    assert counts(scratch) == {"authorised": 1, "refreshed": 1, "reissued": int(rotated_unseen), "refused": 0}


def test_X4_it_may_die_many_times_in_a_row(make, died, held):
    scratch = make(token_seconds=60)
    put_customers(scratch)
    scratch.clock.sleep(HOUR)
    for point in (*POINTS[2:4], *POINTS[2:4], *POINTS[:3]):
        assert died(scratch, point)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6
    assert counts(scratch)["refused"] == 0


def test_X4_who_needs_a_refresh_while_another_process_makes_it_waits_and_takes_its_tokens(make, wire):
    scratch = make(token_seconds=60)
    scratch.clock.sleep(HOUR)
    asking, answer = hold_the_refresh(wire)
    first, _ = sync_elsewhere(scratch)
    assert asking.wait(10)
    naps = []

    def sleep(seconds):
        naps.append(seconds)
        answer.set()
        first.join(10)

    second, ended = sync_elsewhere(scratch, sleep=sleep)
    second.join(10)
    assert len(ended) == 1
    assert naps
    assert counts(scratch) == {"authorised": 1, "refreshed": 1, "reissued": 0, "refused": 0}


@pytest.mark.parametrize("dies", [False, True])
def test_X4_a_refresher_that_sleeps_beyond_its_lease_does_no_harm(make, wire, held, dies):
    """It wakes when another has rotated and stored: what it then gets voids the other's, and becomes the fall-back."""
    scratch = make(token_seconds=60)
    scratch.clock.sleep(HOUR)
    asking, wake = threading.Event(), threading.Event()
    sleeper = []

    def before(hook):
        if hook == "refresh" and not sleeper:
            sleeper.append(threading.current_thread())
            asking.set()
            wake.wait(10)

    wire.before = before

    def end(point):
        if dies and point == "after-refresh-commit":
            raise SystemExit

    zombie, _ = sync_elsewhere(scratch, reach=end)
    assert asking.wait(10)
    scratch.clock.sleep(HOUR / 4)

    def reach(point):
        if point == "after-refresh-commit" and threading.current_thread() not in sleeper:
            wake.set()
            zombie.join(10)

    successor, ended = sync_elsewhere(scratch, reach=reach)
    successor.join(10)
    zombie.join(10)
    assert len(ended) == 1, "what it had fetched was voided, and the fall-back not tried"
    put_customers(scratch)
    assert scratch.sync()["state"] == "completed"
    assert len(held(scratch, "customer")) == 6
    assert scratch.hub.connection(scratch.connection)["state"] == "active"


def test_J5_secrets_are_told_nowhere(make, wire, capsys, caplog):
    """The books quote a token that they refuse; the hub does not, in no table, answer, message or log."""
    scratch = make(token_seconds=60)
    put_customers(scratch)
    known = secrets(scratch)
    scratch.clock.sleep(HOUR)
    scratch.sync()
    known += secrets(scratch)
    scratch.clock.sleep(HOUR)
    scratch.books.misbehave("unauthorised", on="refresh")
    scratch.customer("C99")
    said = [scratch.sync(), scratch.hub.connection(scratch.connection), scratch.hub.connections()]
    said += [scratch.hub.show("acme", "customer", "C99"), scratch.queue(), scratch.hub.jobs(scratch.connection)]
    with pytest.raises(AuthorisationLost) as lost:
        scratch.hub.core.relay(scratch.hub.lane(scratch.connection)).check()
    said += [lost.value.as_dict(), repr(lost.value), repr(lost.value.__cause__)]
    assert "[secret]" in lost.value.message
    with scratch.hub.database.read() as db:
        for table in tables.metadata.sorted_tables:
            said += [[str(value) for value in row] for row in db.execute(select(table))]
    said += [
        capsys.readouterr(),
        caplog.text,
        repr(scratch.hub.core.relay(scratch.hub.lane(scratch.connection)).context),
    ]
    text = json.dumps(said, default=str)
    assert len(known) >= 4
    assert [token for token in known if token in text] == []


def test_J5_what_a_broken_adapter_says_is_told_without_secrets(make, wire):
    scratch = make(token_seconds=60)
    (access, refresh) = secrets(scratch)

    def before(hook):
        raise ValueError(f"cannot parse {access} and {refresh}")

    wire.before = before
    with pytest.raises(PluginProblem, match=r"cannot parse \[secret\] and \[secret\]") as failed:
        scratch.hub.core.relay(scratch.hub.lane(scratch.connection)).check()
    assert failed.value.__cause__ is None
    scratch.customer()
    wire.before = lambda hook: before(hook) if hook == "write" else None
    scratch.sync()
    assert access not in json.dumps(scratch.hub.show("acme", "customer", "C1"))


@pytest.mark.parametrize("given", [["a"], {"a": 1}, {"a": None}, {1: "a"}, "text", {"a": {"b": "c"}}])
def test_credentials_that_are_no_texts_are_refused_and_not_told(make, given):
    scratch = make()
    with pytest.raises(InvalidInput) as refused:
        scratch.hub.connect("acme", "mock", name="other", credentials=given)
    assert refused.value.code == "bad_credentials"
    assert len(scratch.hub.connections()) == 1


def test_what_a_person_was_given_is_kept_sealed_where_the_adapter_exchanges_nothing(make):
    scratch = make()
    scratch.hub.connect("acme", "mock", name="other", credentials={"api_key": "canary-4711"})
    relay = scratch.hub.core.relay(scratch.hub.lane("acme/other"))
    assert relay.context.credentials == {"api_key": "canary-4711"}
    with scratch.hub.database.read() as db:
        assert "canary-4711" not in str(db.execute(select(tables.connections)).all())
    scratch.hub.connect("acme", "mock", name="other", settings={"batch_size": 3})
    assert scratch.hub.core.relay(scratch.hub.lane("acme/other")).context.credentials == {"api_key": "canary-4711"}


def test_X7_tokens_of_another_company_are_not_stored(make, tmp_path):
    scratch = make(token_seconds=60)
    before = scratch.hub.core.relay(scratch.hub.lane(scratch.connection)).context.credentials
    elsewhere = {"file": str(tmp_path / "others.db"), "token_seconds": 60}
    with pytest.raises(PluginProblem) as refused:
        scratch.hub.connect("acme", "mock", settings=elsewhere)
    assert refused.value.code == "wrong_company"
    assert scratch.hub.core.relay(scratch.hub.lane(scratch.connection)).context.credentials == before
    assert scratch.sync()["state"] == "completed"


def test_J5_connecting_again_while_another_refreshes_wins(make, wire):
    scratch = make(token_seconds=60)
    scratch.clock.sleep(HOUR)
    asking, answer = hold_the_refresh(wire)
    slow, ended = sync_elsewhere(scratch)
    assert asking.wait(10)
    scratch.hub.connect("acme", "mock", settings={"token_seconds": 60})
    answer.set()
    slow.join(10)
    assert len(ended) == 1
    assert scratch.sync()["state"] == "completed"
    assert counts(scratch)["authorised"] == 2
    assert counts(scratch)["refreshed"] == 0
