"""What can be chosen about these books where the facts leave it open, with the safe choice as the default."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from hub_quickbooks.sandbox.refusals import Refusal


@dataclass(slots=True, kw_only=True)
class Settings:
    """Switches of the sandbox; each can be changed while it runs, through `/sandbox/settings`."""

    requestid: str = "honoured"
    """`honoured`: kept for good; `ignored`; or minutes, after which a key is forgotten (facts §4: undocumented)."""
    duplicate_sales_numbers: str = "refuse"
    """`refuse` (6140) or `allow`: the company's warning for sales forms, journals and orders."""
    duplicate_bill_numbers: str = "refuse"
    """The same for bills and vendor credits, for each vendor."""
    closed_books: str = "password"
    """`password`: 6210; `plain`: 6200."""
    related: str = "bump"
    """`bump`: a document changes the SyncToken of its customer or vendor (facts §2); `quiet`: it does not."""
    credit_sparse: str = "allow"
    """`allow` or `refuse` sparse updates of credit memos, vendor credits and purchase orders (facts §2)."""
    batch_void: str = "refuse"
    """`refuse` or `allow` the operation void inside a batch (facts §5: unsettled)."""

    def change(self, name: str, value: Any) -> None:
        """Set one; Refusal 2010 or 2170 for what is none."""
        known = {one.name for one in fields(self)}
        if name not in known:
            raise Refusal(
                2010,
                f"Property Name:{name[:60]} specified is unsupported or invalid. Known: {', '.join(sorted(known))}",
            )
        if name == "requestid":
            value = str(value)
            if value not in ("honoured", "ignored") and not (
                value.isascii() and value.isdigit() and 0 < int(value) < 10**6
            ):
                raise Refusal(2170, "requestid is honoured, ignored or a number of minutes", name)
        elif value not in _WORDS[name]:
            raise Refusal(2170, f"{name} is one of {', '.join(_WORDS[name])}", name)
        setattr(self, name, value)

    def shown(self) -> dict[str, Any]:
        """All of them."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def allows_duplicates(self, kind: str) -> bool:
        """Whether a document number of this entity may be used twice."""
        bills = kind in ("Bill", "VendorCredit", "BillPayment")
        return (self.duplicate_bill_numbers if bills else self.duplicate_sales_numbers) == "allow"

    @property
    def memory(self) -> float | None:
        """Seconds a requestid is remembered; None: for good; 0: not at all."""
        if self.requestid == "honoured":
            return None
        return 0 if self.requestid == "ignored" else int(self.requestid) * 60


_WORDS = {
    "duplicate_sales_numbers": ("refuse", "allow"),
    "duplicate_bill_numbers": ("refuse", "allow"),
    "closed_books": ("password", "plain"),
    "related": ("bump", "quiet"),
    "credit_sparse": ("allow", "refuse"),
    "batch_void": ("refuse", "allow"),
}
