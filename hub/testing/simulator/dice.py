"""The loaded dice that histories are drawn with: what is rare in life happens often here.

A rule is a handful of steps that belong together: a fault and the job that meets it, a death and the takeover.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from hub.testing.simulator.history import (
    DOCUMENTS,
    ENTITIES,
    LEASE,
    ROOM,
    SKEW,
    STATUSES,
    WORKERS,
    History,
    Setup,
    Step,
)


def draw(number: int) -> History:
    """The history of a seed."""
    dice = random.Random(f"history {number}")
    setup = _setup(dice)
    steps: list[Step] = []
    for type, id in (*ENTITIES[:3:2], *DOCUMENTS[: dice.randint(1, 2)]):
        steps.append(("put", type, id, "content", _trigger(type)))
    if dice.random() < 0.3:
        steps += [("put", "payment", "P1", "content", "recorded")]
    if dice.random() < 0.6:
        steps += _whole_job(dice, setup)
    rules, weights = zip(*_RULES, strict=True)
    for rule in dice.choices(rules, weights, k=dice.choice((2, 2, 3, 3, 4, 6))):
        steps += rule(dice, setup)
    return History(number=number, setup=setup, steps=tuple(steps))


def _setup(dice: random.Random) -> Setup:
    settle = dice.choice((0.0, 30.0, 30.0, 120.0))
    skewed = settle > 0 and dice.random() < 0.4
    room = ROOM if skewed else 0.0
    key_memory, remembers = dice.choice(
        (
            (0.0, 0.0),
            (0.0, 0.0),
            (0.0, 400.0),
            (600.0, 3600.0),
            (400.0, 400.0 + room),
            (400.0, 400.0 + room),
            (900.0, 900.0 + room),
        )
    )
    return Setup(
        settle=settle, really_settle=settle - room, key_memory=key_memory, remembers=remembers,
        markers=dice.random() < 0.75, numbers=dice.choice(("own", "unique", "free", "free")), voids=dice.random() < 0.3,
        batch=dice.choice((1, 2, 20)), concurrency=dice.choice((1, 1, 2, 3)),
        call_timeout=dice.choice((20.0, 20.0, 45.0) if skewed else (20.0, 20.0, 45.0, 80.0)),
        workers=dice.choice((2, 2, 3)),
        skewed=skewed, provable=dice.random() < 0.4, conflicts=dice.choice(("source", "source", "books", "ask")),
        on_edit=dice.choice(("update", "update", "update", "require_undo")),
    )  # fmt: skip


# --- single steps ---


def _trigger(type: str) -> str | None:
    return {"ship_doc": "shipped", "payment": "recorded"}.get(type)


def _worker(dice: random.Random, setup: Setup) -> str:
    return WORKERS[dice.randrange(setup.workers)]


def _two_workers(dice: random.Random, setup: Setup) -> tuple[str, str]:
    one, other = dice.sample(WORKERS[: setup.workers], 2)
    return one, other


def _put(dice: random.Random) -> Step:
    if dice.random() < 0.4:
        type, id = dice.choice(ENTITIES)
        return ("put", type, id, dice.choice(("content", "content", "shared")), None)
    type, id = dice.choice((*DOCUMENTS, DOCUMENTS[0]))
    what = dice.choice(("content", "status", "both", "both", "recorded"))
    status = dice.choice(STATUSES[type]) if what != "content" else None
    return ("put", type, id, {"status": "status", "recorded": "recorded"}.get(what, "content"), status)


def _decision(dice: random.Random) -> Step:
    type, id = dice.choice((*DOCUMENTS, *DOCUMENTS[:2]))
    verb = dice.choice(("undo", "undo", "undo", "prevent", "allow", "detach", "remove", "hold", "release", "delete"))
    if verb in ("remove", "hold", "release"):
        if dice.random() < 0.3:
            type, id = dice.choice(ENTITIES)
        return (verb, type, id, dice.choice(("write", "write", "removal")))
    if verb == "delete" and dice.random() < 0.5:
        type, id = dice.choice((ENTITIES[1], ENTITIES[3]))
    return (verb, type, id)


def _clerk(dice: random.Random) -> Step:
    """Somebody in the books."""
    what = dice.choice(("edit", "edit", "edit", "edit both", "edit document", "delete", "pay"))
    if what in ("edit", "edit both"):
        return ("clerk", what, *dice.choice(ENTITIES))
    if what == "delete":
        return ("clerk", what, *dice.choice((ENTITIES[1], ENTITIES[3], *DOCUMENTS)))
    return ("clerk", what, *dice.choice(DOCUMENTS[:2]))


def _share(dice: random.Random) -> float:
    return dice.choice((0.0, 0.2, 0.5, 0.9, 1.0))


def _run(dice: random.Random, worker: str) -> Step:
    return ("run", worker, dice.choice((1, 2, 4, 8, 12, 16, 20, 26, 34, 45)), dice.randrange(1000))


def _crash(dice: random.Random, worker: str) -> Step:
    if dice.random() < 0.35:
        return ("doom", worker, dice.choice((1, 2, 3, 4, 6, 9)))
    return ("crash", worker, dice.choice((None, 0.0, 0.3, 0.9, 1.0, 1.0)))


_FAULTS = (
    "no reply", "no reply", "lost", "late", "late", "slow", "throttle", "refuse", "stale", "unauthorised", "blind",
    "away before", "away inside", "away after",
)  # fmt: skip


def _fault(dice: random.Random, kind: str | None = None, on: str | None = None) -> Step:
    kind = kind or dice.choice(_FAULTS)
    on = on or dice.choice(("write", "write", "create", "update", "delete"))
    on = {"blind": "read", "unauthorised": "call", "stale": "update"}.get(kind, on)
    if kind.startswith("away"):
        return ("fault", kind, "store", dice.choice((1, 1, 2, 4, 12)), 0.0, 0.0)
    return ("fault", kind, on, dice.choice((1, 1, 1, 2, 3)), _share(dice), _share(dice))


def _time(dice: random.Random) -> Step:
    return ("time", dice.choice((0.5, 3.0, 10.0, 19.0, 31.0, 45.0, 61.0, 61.0, 130.0, 300.0, 700.0)))


def _skew(dice: random.Random, setup: Setup) -> list[Step]:
    if not setup.skewed:
        return []
    return [("skew", _worker(dice, setup), round(dice.uniform(-SKEW, SKEW), 1))]


# --- rules: what happens together ---


def _whole_job(dice: random.Random, setup: Setup) -> list[Step]:
    worker = _worker(dice, setup)
    return [("job", worker, "sync"), ("finish", worker, dice.randrange(1000))]


def _people(dice: random.Random, setup: Setup) -> list[Step]:
    return [dice.choice((_put, _put, _decision, _clerk))(dice) for _ in range(dice.randint(1, 3))]


def _part_of_a_job(dice: random.Random, setup: Setup) -> list[Step]:
    """A worker begins, and is overtaken by whatever comes."""
    worker = _worker(dice, setup)
    return [
        _put(dice),
        ("job", worker, dice.choice(("sync", "sync", "work"))),
        _run(dice, worker),
        *_people(dice, setup),
    ]


def _go_on(dice: random.Random, setup: Setup) -> list[Step]:
    return [_run(dice, _worker(dice, setup)), *_skew(dice, setup)]


def _interrupted(dice: random.Random, setup: Setup) -> list[Step]:
    """A job in whose midst people act; it goes on."""
    worker = _worker(dice, setup)
    steps: list[Step] = [_put(dice), ("job", worker, "sync")]
    for _ in range(dice.randint(1, 3)):
        steps += [_run(dice, worker), dice.choice((_put, _decision, _clerk))(dice)]
    if dice.random() < 0.2:
        steps.append(("cancel",))
    return [*steps, ("finish", worker, dice.randrange(1000))]


def _weather(dice: random.Random, setup: Setup) -> list[Step]:
    """A fault, and a job that meets it."""
    return [_fault(dice), _put(dice), *_whole_job(dice, setup)]


def _no_database(dice: random.Random, setup: Setup) -> list[Step]:
    """The hub's own database goes away in the midst of a job, and comes back or does not."""
    worker = _worker(dice, setup)
    steps = [_put(dice), _put(dice), ("job", worker, "sync"), _run(dice, worker)]
    if dice.random() < 0.4:
        steps.insert(2, _fault(dice, dice.choice(("no reply", "late", "slow")), "write"))
    away = dice.choice(("away before", "away inside", "away after", "away after"))
    steps += [("fault", away, "store", dice.choice((1, 1, 2, 4, 12, 30)), 0.0, 0.0)]
    return [*steps, ("finish", worker, dice.randrange(1000)), ("calm",), *_whole_job(dice, setup)]


def _lands_late(dice: random.Random, setup: Setup) -> list[Step]:
    """A request is given up on and lands later; the next job comes at once, or never long after."""
    on = dice.choice(("create", "create", "update", "delete", "write"))
    steps = [*_something_for(dice, on), ("fault", "late", on, 1, _share(dice), _share(dice))]
    steps += _whole_job(dice, setup)
    if dice.random() < 0.5:
        steps.append(dice.choice((_put, _decision, _clerk))(dice))
    if dice.random() < 0.6:
        steps.append(("time", dice.choice((1.0, 10.0, 31.0, 61.0))))
    return [*steps, *_whole_job(dice, setup)]


def _lost_reply_and_death(dice: random.Random, setup: Setup) -> list[Step]:
    """The reply is lost, and the process dies over it; another one takes over when it may."""
    one, other = _two_workers(dice, setup)
    on = dice.choice(("create", "create", "update", "delete"))
    steps = [*_something_for(dice, on), ("fault", dice.choice(("no reply", "late", "lost")), on, 1, 1.0, _share(dice))]
    steps += [("job", one, "sync"), ("run", one, dice.choice((16, 20, 24, 28, 34, 45)), dice.randrange(1000))]
    steps += [_crash(dice, one), _run(dice, one)]
    if dice.random() < 0.4:
        steps.append(dice.choice((_put, _decision, _clerk))(dice))
    steps.append(("time", dice.choice((1.0, 61.0, 61.0, 90.0))))
    return [*steps, ("job", other, "sync"), ("finish", other, dice.randrange(1000))]


def _death(dice: random.Random, setup: Setup) -> list[Step]:
    """A process dies anywhere; another one takes over."""
    one, other = _two_workers(dice, setup)
    steps = [*_people(dice, setup), ("job", one, "sync"), _run(dice, one), _crash(dice, one), _run(dice, one)]
    steps.append(("time", dice.choice((1.0, 61.0, 61.0, 90.0))))
    return [*steps, ("job", other, dice.choice(("sync", "work"))), ("finish", other, dice.randrange(1000))]


def _zombie(dice: random.Random, setup: Setup) -> list[Step]:
    """A worker stands still beyond its lease while another one takes over; then it goes on, as if nothing were."""
    one, other = _two_workers(dice, setup)
    steps = [_put(dice), *_skew(dice, setup)]
    if dice.random() < 0.6:
        steps.append(_fault(dice, dice.choice(("slow", "late", "no reply")), "write"))
    steps += [("job", one, "sync"), ("run", one, dice.choice((12, 16, 20, 24, 28, 34, 45)), dice.randrange(1000))]
    steps += [("time", dice.choice((56.5, 58.0, 60.0, 61.0, 62.5, 75.0))), ("job", other, "sync")]
    if dice.random() < 0.5:
        steps += [_run(dice, other), _run(dice, one), _run(dice, other)]
    else:
        steps.append(("finish", other, dice.randrange(1000)))
    return [*steps, ("finish", one, dice.randrange(1000)), ("finish", other, dice.randrange(1000))]


def _last_moment(dice: random.Random, setup: Setup) -> list[Step]:
    """Bytes leave just before their deadline, and land as late as they can; somebody else looks into it."""
    one, other = _two_workers(dice, setup)
    on = dice.choice(("create", "create", "update", "delete"))
    steps = _something_for(dice, on)
    if setup.key_memory and dice.random() < 0.5:
        steps += [("fault", "lost", on, 9, 0.0, 0.0), *_whole_job(dice, setup), ("calm",)]
        steps.append(("time", round(setup.key_memory - setup.settle - setup.call_timeout - dice.choice((1.0, 5.0)), 1)))
    steps += [("fault", dice.choice(("late", "late", "slow")), on, 1, 1.0, dice.choice((0.9, 1.0)))]
    steps += [("job", one, "sync"), ("until", one, "before-send", dice.randrange(1000))]
    left, lived = min(setup.call_timeout, LEASE) - dice.choice((0.5, 1.0, 5.0)), dice.choice((1.0, 10.0, 19.0))
    steps += [("time", left), ("run", one, 1, 0)]
    ending = dice.randrange(3)
    if ending == 0:
        steps += [("time", lived), ("crash", one, dice.choice((0.9, 1.0)))]
    elif ending == 1:
        steps.append(("finish", one, 0))
    steps += [("time", dice.choice((1.0, LEASE + 1 - left))), ("job", other, "sync"), ("finish", other, 0)]
    look = min(setup.call_timeout, LEASE) + setup.settle + dice.choice((1.0, 5.0, 15.0)) - left - lived
    steps += [("time", max(1.0, look - dice.choice((0.0, LEASE + 1 - left)))), ("job", other, "sync")]
    return [*steps, ("finish", other, 0), ("finish", one, 0)]


def _old_key(dice: random.Random, setup: Setup) -> list[Step]:
    """Reply after reply is lost, until the books may have forgotten the key of the first request."""
    memory = setup.key_memory or 240.0
    on = dice.choice(("create", "create", "create", "delete"))
    steps = _something_for(dice, on)
    for _ in range(dice.choice((2, 2, 3))):
        kind, where = dice.choice(("no reply", "no reply", "late")), "delete" if on == "delete" else "write"
        steps += [("fault", kind, where, 9, dice.choice((0.0, 1.0)), _share(dice)), *_whole_job(dice, setup), ("calm",)]
        steps.append(("time", round(memory * dice.choice((0.1, 0.4, 0.55, 0.7, 0.8)), 1)))
    return [*steps, *_whole_job(dice, setup)]


def _books_changed(dice: random.Random, setup: Setup) -> list[Step]:
    """Both sides change one record, with a job in between or not."""
    type, id = dice.choice(ENTITIES)
    steps: list[Step] = [("put", type, id, dice.choice(("content", "shared")), None)]
    steps.append(("clerk", dice.choice(("edit", "edit both")), type, id))
    if dice.random() < 0.4:
        steps.insert(1, _fault(dice, dice.choice(("no reply", "late")), "write"))
        steps[2:2] = _whole_job(dice, setup)
    return [*steps, *_whole_job(dice, setup)]


def _undone(dice: random.Random, setup: Setup) -> list[Step]:
    """An undo, and what people do after one."""
    type, id = DOCUMENTS[dice.randrange(2)]
    steps: list[Step] = [("undo", type, id)]
    match dice.randrange(4):
        case 0:
            steps += [("prevent", type, id), ("put", type, id, "status", "closed"), ("remove", type, id, "removal")]
        case 1:
            steps += [("put", type, id, "content", "closed")]
        case 2:
            steps += [*_whole_job(dice, setup), ("put", type, id, "status", "closed")]
        case _:
            steps += [
                _fault(dice, dice.choice(("no reply", "late", "lost")), "delete"),
                ("put", type, id, "content", "shipped"),
            ]
    return [*steps, *_whole_job(dice, setup)]


def _something_for(dice: random.Random, on: str) -> list[Step]:
    """A change whose request will be one of that operation, more often than not."""
    fresh = (DOCUMENTS[1], DOCUMENTS[2], ("customer", "C2"), ("vendor", "V1"))
    type, id = dice.choice(fresh if on == "create" else (*DOCUMENTS, ("customer", "C2"), ("vendor", "V1")))
    put: Step = ("put", type, id, "content", _trigger(type))
    return [("delete", type, id) if on == "delete" else put]


_RULES: tuple[tuple[Callable[[random.Random, Setup], list[Step]], int], ...] = (
    (_whole_job, 3),
    (_people, 3),
    (_part_of_a_job, 3),
    (_go_on, 3),
    (_interrupted, 3),
    (_weather, 3),
    (_no_database, 2),
    (_lands_late, 3),
    (_lost_reply_and_death, 3),
    (_death, 3),
    (_zombie, 3),
    (_last_moment, 3),
    (_old_key, 3),
    (_books_changed, 2),
    (_undone, 2),
    (lambda dice, _: [_time(dice)], 2),
    (lambda dice, _: [_fault(dice)], 1),
    (lambda _dice, _: [("calm",)], 1),
    (lambda _dice, _: [("decide",)], 1),
)
"""What may come next, and how often."""
