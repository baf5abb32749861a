"""What happens to a record: saved, deleted, undone, prevented, detached, linked, shown."""

from hub.records.actions import allow, delete_record, detach, prevent, release_requests, remove_requests, undo
from hub.records.beside import both_sides, look_in_books, within
from hub.records.choosing import choose_values, rename
from hub.records.existing import queue_existing
from hub.records.linking import Keep, link
from hub.records.listing import list_records, referred
from hub.records.possible import possible_actions
from hub.records.proxies import clear_proxy, set_proxy
from hub.records.save import Saved, save_records
from hub.records.show import show_record
from hub.records.targets import find_target
from hub.records.undo_plan import plan_undo

__all__ = [
    "Keep", "Saved", "allow", "both_sides", "choose_values", "clear_proxy", "delete_record", "detach", "find_target",
    "link", "list_records", "look_in_books", "plan_undo", "possible_actions", "prevent", "queue_existing", "referred",
    "release_requests", "remove_requests", "rename", "save_records", "set_proxy", "show_record", "undo", "within",
]  # fmt: skip
