"""What the simulator has found, kept as the smallest history that showed it."""

from __future__ import annotations

from dataclasses import replace

from hub.testing.simulator.hands import Store
from hub.testing.simulator.history import History, Setup, Step
from hub.testing.simulator.play import play

PLAIN = Setup(
    settle=30.0, really_settle=30.0, key_memory=0.0, remembers=0.0, markers=True, numbers="free", voids=False, batch=20,
    concurrency=1, call_timeout=20.0, workers=2, skewed=False, provable=True, conflicts="source", on_edit="update",
)  # fmt: skip
ONE, OTHER = "worker 1", "worker 2"
SYNCED: tuple[Step, ...] = (
    ("put", "customer", "C1", "content", None),
    ("put", "item", "I1", "content", None),
    ("job", ONE, "sync"),
    ("finish", ONE, 0),
    ("put", "ship_doc", "S1", "content", "shipped"),
)


def right(store: Store, setup: Setup, *steps: Step) -> None:
    outcome = play(store, History(number=0, setup=setup, steps=(*SYNCED, *steps)), telling=True)
    assert not outcome.wrongs, "\n".join((*map(str, outcome.wrongs), *outcome.story))


SENT_AT_THE_LAST_MOMENT: tuple[Step, ...] = (
    ("fault", "late", "create", 1, 1.0, 1.0),
    ("job", ONE, "sync"),
    ("until", ONE, "before-send", 0),
    ("time", 19.0),
    ("run", ONE, 1, 0),
)


def test_X3_the_settling_time_counts_from_the_death_and_not_from_the_deadline(store: Store) -> None:
    """Its bytes left just before the deadline; it died 19 s later, and the request landed 30 s after that."""
    then: tuple[Step, ...] = (("time", 19.0), ("crash", ONE, 1.0), ("time", 13.0))
    right(store, PLAIN, *SENT_AT_THE_LAST_MOMENT, *then, ("job", OTHER, "sync"), ("finish", OTHER, 0))


def test_X3_a_late_holder_may_still_wait_for_an_answer_when_another_takes_over(store: Store) -> None:
    """It stood still until its lease was over, its call in flight: given up on only after the takeover."""
    setup = replace(PLAIN, provable=False, call_timeout=45.0, settle=30.0, really_settle=30.0)
    steps: tuple[Step, ...] = (
        ("fault", "late", "create", 1, 1.0, 1.0),
        ("job", ONE, "sync"),
        ("until", ONE, "before-send", 0),
        ("time", 44.0),
        ("run", ONE, 1, 0),
        ("time", 47.0),
        ("job", OTHER, "sync"),
        ("finish", OTHER, 0),
    )
    right(store, setup, *steps)


def test_X3_a_resend_that_leaves_at_the_last_moment_still_meets_its_key(store: Store) -> None:
    """The books must know the key when a resend lands: its flight counts, and not only its deadline."""
    setup = replace(PLAIN, key_memory=100.0, remembers=100.0)
    lost: tuple[Step, ...] = (
        ("fault", "no reply", "create", 9, 0.0, 0.0),
        ("job", ONE, "sync"),
        ("finish", ONE, 0),
        ("calm",),
        ("time", 48.0),
    )
    right(store, setup, *lost, *SENT_AT_THE_LAST_MOMENT, ("finish", ONE, 0))


def test_X4_a_voided_document_of_the_same_number_is_not_taken_for_the_new_one(store: Store) -> None:
    """Taken out, closed again, and every call lost: what has its number in the books is the voided one."""
    setup = replace(PLAIN, markers=False, numbers="unique", voids=True)
    steps: tuple[Step, ...] = (
        ("job", ONE, "sync"),
        ("finish", ONE, 0),
        ("delete", "ship_doc", "S1"),
        ("put", "ship_doc", "S1", "content", "shipped"),
        ("fault", "lost", "create", 9, 0.0, 1.0),
        ("job", ONE, "sync"),
        ("finish", ONE, 0),
        ("calm",),
        ("time", 600.0),
    )
    right(store, setup, *steps)


def test_C5_an_import_while_a_change_was_in_doubt_is_what_both_sides_agreed_on_last(store: Store) -> None:
    """The books' staff edit twice, an import comes in between: taking the change as sent would undo the second edit."""
    setup = replace(PLAIN, numbers="own", provable=False, call_timeout=20.0)
    steps: tuple[Step, ...] = (
        ("put", "vendor", "V1", "content", None),
        ("job", ONE, "sync"),
        ("finish", ONE, 0),
        ("put", "vendor", "V1", "shared", None),
        ("fault", "late", "write", 9, 0.0, 0.0),
        ("job", ONE, "sync"),
        ("finish", ONE, 0),
        ("clerk", "edit", "vendor", "V1"),
        ("job", OTHER, "sync"),
        ("finish", OTHER, 0),
        ("put", "vendor", "V1", "content", None),
        ("clerk", "edit", "vendor", "V1"),
    )
    right(store, setup, *steps)
