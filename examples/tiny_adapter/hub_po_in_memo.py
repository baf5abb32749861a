"""A customer's own rule as an extension: their purchase order number is printed in the memo of what is posted."""

from collections.abc import Generator
from dataclasses import replace

from hub.adapters import Outcome, Request, hookimpl
from hub.model import Transaction


class PurchaseOrderInMemo:
    """Stands between the hub and any adapter, for creates and for the updates that would wipe the memo out again."""

    @hookimpl(wrapper=True)
    def hub_create(self, requests: list[Request]) -> Generator[None, list[Outcome], list[Outcome]]:
        """Replace the entries of the list that the adapter is about to be handed; then let it work."""
        for at, request in enumerate(requests):
            record = request.record
            if isinstance(record, Transaction) and (po := record.custom.get("po")):
                requests[at] = replace(request, record=record.changed(memo=f"{record.memo or ''} PO {po}".strip()))
        return (yield)

    hub_update = hub_create
