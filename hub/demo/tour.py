"""A made-up company to look around in: jobs that ran, a queue that waits, a conflict, a failure, and one on hold."""

from __future__ import annotations

from hub.app import Hub
from hub.demo.names import MOVED
from hub.demo.stage import Stage, set_stage
from hub.demo.steps import first_sync, load

SHIPPED = 7


def set_up_tour(hub: Hub) -> str:
    """Make the company in this hub's database, on mock books; its connection. Takes seconds.

    Raises:
        InvalidInput: `company_exists` when it is there already. PluginProblem: the mock adapter is not installed.
    """
    stage = set_stage(hub, {})
    load(stage)
    first_sync(stage)
    _moved_in_the_books(stage)
    posted = [
        doc["source_id"]
        for doc in stage.ship_docs("shipped")
        if stage.standing("ship_doc", doc["source_id"])["state"] == "synced"
    ]
    stage.shop.save("ship_doc", posted[0], memo="Leave it with the neighbour, please")
    stage.adapter.misbehave("refuse", times=1, on="update")
    stage.sync()
    orders = [doc["source_id"] for doc in stage.ship_docs("processing")[:SHIPPED]]
    for number in orders:
        stage.shop.save("ship_doc", number, status="shipped")
    queue = hub.queue(stage.connection, limit=1000)["items"]
    held = [each["id"] for each in queue if each["source_id"] == orders[0]]
    hub.hold(stage.connection, held, "the customer asked us to wait with the invoice")
    hub.undo(stage.company, "ship_doc", posted[1], reason="one piece too few was billed")
    stage.shop.follow()
    return stage.connection


def _moved_in_the_books(stage: Stage) -> None:
    """The bookkeeper changes a customer; the next job brings it back."""
    key = next(key for key, one in stage.shop.records.items() if one.get("name") == MOVED)
    remote_id = stage.standing(*key)["remote_id"]
    stage.books.edit("customer", remote_id, ["billing_address.city=Annecy", "billing_address.line1=2 Quai du Lac"])
