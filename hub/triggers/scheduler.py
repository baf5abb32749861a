"""Asks for a job at each slot of each schedule, on as many machines as one likes: each slot gives at most one job.

APScheduler only keeps the time, in the memory of each node: with a job store that nodes share it runs intervals twice.
What is due is decided by `hub.jobs.rhythm`, and who gets it by the primary key of the table `slots`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from hub.app import Hub
from hub.errors import Refused
from hub.jobs.rhythm import Rhythm, due_slot, next_asking
from hub.jobs.schedules import Schedule, find_schedule, forget_slots, list_schedules
from hub.triggers.report import log, tell

REREAD = 3.0
FORGET = 3600
QUIET = {"slot_taken": "debug", "job_unfinished": "info", "connection_paused": "info"}
"""Refusals that are the normal course of things, and how loudly they are told."""


class Scheduler:
    """Follows the schedules in the database until it is stopped; no fault of one of them reaches the others.

    Args:
        reread: seconds between two looks at the database for changed schedules.
    """

    def __init__(self, hub: Hub, *, reread: float = REREAD) -> None:
        self._hub = hub
        self._known: dict[int, Schedule] = {}
        self._away = False
        self._clock = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(4)},
            # However late, a slot is asked for once; `due_slot` says how late is too late.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        self._clock.add_job(self.reload, "interval", seconds=reread, id="reload")
        self._clock.add_job(self._forget, "interval", seconds=FORGET, id="forget")

    def start(self) -> None:
        """Read the schedules and follow them, in threads of its own."""
        self.reload()
        self._clock.start()

    @property
    def followed(self) -> int:
        """How many schedules it knows."""
        return len(self._known)

    def stop(self) -> None:
        """Ask for nothing more; what is being asked for at this moment is completed."""
        if self._clock.running:
            self._clock.shutdown(wait=True)

    def reload(self) -> None:
        """Take up what was set, changed or removed in the database since the last look."""
        try:
            found = {schedule.connection_id: schedule for schedule in list_schedules(self._hub.core)}
        except Exception as fault:
            if not self._away:  # told once, however long it lasts
                tell("The schedules cannot be read; the known ones go on", fault)
            self._away = True
            return
        if self._away:
            self._away = False
            log.warning("The schedules can be read again.")
        for id in self._known.keys() - found.keys():
            self._drop(id)
        for id, schedule in found.items():
            if self._known.get(id) != schedule:
                self._known[id] = schedule
                self._follow(schedule)

    def upcoming(self) -> dict[str, datetime]:
        """When each connection is asked for next, jitter included; broken schedules are not in it."""
        times = {s.connection: self._clock.get_job(str(id)) for id, s in self._known.copy().items()}
        return {name: job.next_run_time for name, job in times.items() if job and job.next_run_time}

    def tick(self, connection_id: int) -> int | None:
        """Ask for the job of the slot that is due on a connection; the job's id, or None where there is none to make.

        The schedule is read again first: one that was removed a moment ago asks for nothing.
        """
        where = f"connection {connection_id}"
        try:
            schedule = find_schedule(self._hub.core, connection_id)
            slot = _due(schedule, schedule.rhythm(), self._hub.core.now()) if schedule else None
            if schedule is None or slot is None:
                return None
            where = schedule.connection
            job = self._hub.request_job(where, trigger="schedule", slot=slot.isoformat(timespec="seconds"))
        except Refused as refusal:
            speak = getattr(log, QUIET.get(refusal.code, "warning"))
            speak("No job is made for this slot.", connection=where, code=refusal.code, why=refusal.message)
            return None
        except Exception as fault:
            tell(f"{where}: the scheduled job could not be asked for", fault)
            return None
        log.info("A schedule asked for a job.", connection=where, job=job, slot=slot.isoformat())
        return job

    def _follow(self, schedule: Schedule) -> None:
        try:
            rhythm = schedule.rhythm()
            # A slot that came due while no node was awake is asked for now; if another node has it, that is refused.
            missed = _due(schedule, rhythm, self._hub.core.now()) is not None
            now: dict[str, Any] = {"next_run_time": datetime.now(UTC)} if missed else {}
            name = str(schedule.connection_id)
            self._clock.add_job(
                self.tick, _Asking(schedule, rhythm), (schedule.connection_id,), id=name, replace_existing=True, **now
            )
        except Exception as fault:
            self._drop(schedule.connection_id, forget=False)
            tell(f"{schedule.connection}: its schedule is left out until it is set anew", fault)

    def _drop(self, id: int, *, forget: bool = True) -> None:
        if forget:
            del self._known[id]
        if self._clock.get_job(str(id)):
            self._clock.remove_job(str(id))

    def _forget(self) -> None:
        try:
            forget_slots(self._hub.core)
        except Exception as fault:
            tell("Old slots could not be removed", fault)


class _Asking(BaseTrigger):  # type: ignore[misc]  # APScheduler 3 ships no types
    """When APScheduler is to wake for a schedule; never raises, since that would end APScheduler's only thread."""

    def __init__(self, schedule: Schedule, rhythm: Rhythm) -> None:
        self._schedule, self._rhythm = schedule, rhythm

    def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime | None:
        """The next asking, counted from now: slots that were slept through are not made up one by one."""
        after = max(previous, now) if previous else now
        try:
            return next_asking(self._rhythm, after, self._schedule.jitter, self._schedule.salt)
        except Exception as fault:
            tell(f"{self._schedule.connection}: its schedule has no next time", fault)
            return None


def _due(schedule: Schedule, rhythm: Rhythm, now: datetime) -> datetime | None:
    """The slot to ask for; none from before the schedule was set."""
    slot = due_slot(rhythm, now, schedule.jitter, schedule.salt)
    return slot if slot and slot >= schedule.changed_at else None
