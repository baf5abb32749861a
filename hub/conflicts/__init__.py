"""Where two sides disagree: name claims, proxies, and the conflict rows with the actions that resolve them."""

from hub.conflicts.claims import Claim, Holder, claim_names, release_names, would_claim
from hub.conflicts.duplicates import claim_for_saved, names_in_books, report_late, taken, way_out
from hub.conflicts.listing import find_conflict, list_conflicts
from hub.conflicts.rows import Kind, Opened, open_conflicts, resolve_conflicts, settle_released
from hub.conflicts.ways import Way

__all__ = [
    "Claim", "Holder", "Kind", "Opened", "Way", "claim_for_saved", "claim_names", "find_conflict", "list_conflicts",
    "names_in_books", "open_conflicts", "release_names", "report_late", "resolve_conflicts", "settle_released", "taken",
    "way_out", "would_claim",
]  # fmt: skip
