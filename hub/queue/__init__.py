"""The Sync Queue: how wishes become pending sync requests, merge, wait, and leave."""

from hub.queue.apply import Subject, apply_changes
from hub.queue.core import HUB, Actor, Core, Lane, Right
from hub.queue.cursor import read_cursor, write_cursor
from hub.queue.holding import hold, release, retry
from hub.queue.listing import count_queue, describe, list_queue, matching
from hub.queue.merge import (
    Agree,
    Amend,
    Attach,
    Change,
    Detach,
    Diverge,
    Drop,
    Enqueue,
    Queued,
    Returned,
    come_back,
    fold_back,
    want_removal,
    want_write,
)
from hub.queue.paging import Filter
from hub.queue.removal import Removal, remove, touchable
from hub.queue.standing import NEW, NOT_RECORDED, Origin, Pending, Standing, State, load_standings

__all__ = [
    "HUB", "NEW", "NOT_RECORDED", "Actor", "Agree", "Amend", "Attach", "Change", "Core", "Detach", "Diverge",
    "Drop", "Enqueue", "Filter", "Lane", "Origin", "Pending", "Queued", "Removal", "Returned", "Right", "Standing",
    "State", "Subject", "apply_changes", "come_back", "count_queue", "describe", "fold_back", "hold", "list_queue",
    "load_standings", "matching", "read_cursor", "release", "remove", "retry", "touchable", "want_removal",
    "want_write", "write_cursor",
]  # fmt: skip
