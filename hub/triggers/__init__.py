"""What starts jobs without a person: the scheduler that asks for them, and the worker that runs them."""

from hub.triggers.scheduler import Scheduler
from hub.triggers.worker import run_scheduler_and_worker, run_worker

__all__ = [
    "Scheduler", "run_scheduler_and_worker", "run_worker",
]  # fmt: skip
