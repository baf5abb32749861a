"""The story, step by step; each does something, looks whether it came out so, and tells it in a line."""

from __future__ import annotations

from collections.abc import Callable

from hub.demo.names import CATCH_ALL, CURRENCY, MOVED, TWICE
from hub.demo.records import UNSHIPPED, make_records
from hub.demo.stage import Stage, Told, money, must, timed
from hub.errors import Refused

LOST = 5
"""Invoices whose confirmation is lost on its way."""


def load(stage: Stage) -> Told:
    """The order system hands over everything it has."""
    records = make_records()
    outcomes, seconds = timed(lambda: stage.shop.save_all(records))
    queued = stage.hub.queue(stage.connection, limit=1)["total"]
    must(outcomes == {"created": len(records)}, f"{outcomes} instead of {len(records)} created")
    must(queued == len(records) - UNSHIPPED, f"{queued} requests are queued")
    return Told(
        title="Load",
        what=f"{len(records)} records saved in {seconds:.2f} s ({len(records) / seconds:,.0f} a second); {queued} of"
        " them queued themselves.",
        why=f"Saving queues what belongs in the books; {UNSHIPPED} orders that are not shipped yet do not.",
        facts={"records": len(records), "queued": queued, "seconds": seconds, "rate": len(records) / seconds},
    )


def first_sync(stage: Stage) -> Told:
    """A job sends the queue; one customer's name is taken in the books."""
    job, seconds = timed(stage.sync)
    totals = job["totals"]
    must((totals["conflict"], totals["rejected"], totals["unknown"]) == (1, 0, 0), f"the first job ended with {totals}")
    must(totals["waiting"] > 0, "nothing waited for the customer whose name is taken")
    rate = totals["applied"] / seconds
    return Told(
        title="Sync",
        what=f"{totals['applied']} sent in {seconds:.2f} s ({rate:,.0f} a second), {totals['imported']} brought back;"
        f" 1 conflict, and {totals['waiting']} documents wait for it.",
        why="One failure stops neither the others nor the import.",
        facts={"job": job["id"], **totals, "seconds": seconds, "rate": rate},
    )


def duplicate_name(stage: Stage) -> Told:
    """The conflict is resolved by a person: both are the same customer."""
    (conflict,) = stage.hub.conflicts(stage.connection)["items"]
    must(conflict["kind"] == "duplicate_name" and conflict["title"] == TWICE, f"the conflict is {conflict['message']}")
    must(sum(one["name"] == TWICE for one in stage.books.all("customer")) == 1, "the books hold that name twice")
    stage.hub.link(
        stage.company, "customer", conflict["source_id"], keep="source", name=TWICE, reason="it is the same shop"
    )
    job = stage.sync_well()
    must(stage.hub.queue(stage.connection)["total"] == 0, "something is left in the queue")
    return Told(
        title="Duplicate name",
        what=f"{TWICE} was in the books already (duplicate_name); linked to it, and all {job['totals']['applied']} that"
        " waited went out.",
        why="The hub never guesses that two are the same: a person says so, once.",
        facts={"code": conflict["kind"], "source_id": conflict["source_id"], "applied": job["totals"]["applied"]},
    )


def proxy(stage: Stage) -> Told:
    """An item that the books need not know is posted as another one."""
    code, name = "GIFT-26", "Gift ribbon, spring 2026"
    stage.shop.save("item", code, name=name, unit_price="1.50")
    stage.hub.set_proxy(stage.company, "item", code, name=CATCH_ALL, reason="only this spring")
    stage.shop.left_out["item", code] = f"{name}: posted as {CATCH_ALL}"
    number = "SD-0237"
    line = {"item": code, "description": name, "quantity": "12", "unit_price": "1.50"}
    given = {"number": number, "status": "shipped", "date": "2026-03-27", "customer": "C09", "currency": CURRENCY}
    stage.shop.save("ship_doc", number, **given, lines=[line])
    stage.sync_well()
    description = stage.invoices()[number]["data"]["lines"][0]["description"]
    must(description == f"[{code}] {name}", f"the line in the books says {description!r}")
    must(all(one["name"] != name for one in stage.books.all("item")), "the item itself went to the books")
    return Told(
        title="Proxy",
        what=f"{number} sold {name}; its invoice line is {CATCH_ALL} and says “{description}”.",
        why="Not every item deserves one in the books, yet every line must post.",
        facts={"item": code, "proxy": CATCH_ALL, "invoice": number, "description": description},
    )


def undo(stage: Stage) -> Told:
    """A posted document is re-opened, corrected, and closed again."""
    doc = stage.ship_docs("shipped")[0]
    number, before = doc["source_id"], money(doc)
    first = stage.invoices()[number]["remote_id"]
    (plan,) = stage.hub.plan_undo(stage.company, "ship_doc", number)
    must(plan["how"] == "delete", f"the books would not delete {number}")
    stage.hub.undo(stage.company, "ship_doc", number, reason="one piece too few was billed")
    stage.shop.follow()
    must(stage.shop.records["ship_doc", number]["status"] == "processing", f"{number} was not re-opened")
    line = doc["lines"][0]
    stage.shop.save(
        "ship_doc",
        number,
        status="shipped",
        lines=[{**line, "quantity": str(int(line["quantity"]) + 1)}, *doc["lines"][1:]],
    )
    operations = [one["operation"] for one in stage.hub.queue(stage.connection)["items"]]
    must(operations == ["delete", "create"], f"the queue holds {operations}")
    stage.sync_well()
    again, after = stage.invoices()[number], money(stage.shop.records["ship_doc", number])
    must(again["remote_id"] != first, f"{number} is still the same invoice")
    return Told(
        title="Undo",
        what=f"{number} ({before}) undone, corrected to {after} and closed again: the invoice was deleted, then posted"
        " anew.",
        why="Re-opened here means gone there; closed again, it is a new invoice.",
        facts={"number": number, "operations": operations, "first": first, "again": again["remote_id"]},
    )


def prevent(stage: Stage) -> Told:
    """An order that must not reach the books at all."""
    doc = stage.ship_docs("processing")[0]
    number = doc["source_id"]
    stage.hub.prevent(stage.company, "ship_doc", number, reason="samples, not a sale")
    stage.shop.left_out["ship_doc", number] = f"{number} ({money(doc)}): prevented, samples"
    stage.shop.save("ship_doc", number, status="shipped")
    stage.sync_well()
    state = stage.standing("ship_doc", number)["state"]
    must(state == "prevented" and number not in stage.invoices(), f"{number} is {state}")
    return Told(
        title="Prevent",
        what=f"{number} ({money(doc)}) was prevented while open, then shipped: nothing was queued.",
        why="Samples leave the warehouse, but are no sale.",
        facts={"number": number, "state": state},
    )


def detach(stage: Stage) -> Told:
    """A posted document that the bookkeeper looks after from now on."""
    doc = stage.ship_docs("closed")[0]
    number = doc["source_id"]
    version = stage.invoices()[number]["version"]
    stage.hub.detach(stage.company, "ship_doc", number, reason="the bookkeeper settles it by hand")
    stage.shop.save("ship_doc", number, memo="settled by hand")
    stage.sync_well()
    standing, held = stage.standing("ship_doc", number), stage.invoices()[number]
    must(standing["kept_copy"] == held["remote_id"] and held["version"] == version, f"the copy of {number} was touched")
    return Told(
        title="Detach",
        what=f"{number} ({money(doc)}) stays in the books as it is; an edit here was not sent.",
        why="One step, so that no scheduled job can run in the middle of it.",
        facts={"number": number, "kept_copy": standing["kept_copy"]},
    )


def payment_undo(stage: Stage) -> Told:
    """Money that came in cannot be un-received."""
    number = next(key[1] for key in stage.shop.records if key[0] == "payment")
    code = fix = "not refused"
    try:
        stage.hub.undo(stage.company, "payment", number, reason="curiosity")
    except Refused as refusal:
        code, fix = refusal.code, refusal.fix
    must(code == "payment_undo_not_allowed", f"undoing {number} gave {code}")
    return Told(
        title="Payment",
        what=f"Undoing {number} was refused ({code}).",
        why=f"Money that came in stays in. {fix}",
        facts={"number": number, "code": code, "fix": fix},
    )


def change_in_books(stage: Stage) -> Told:
    """The bookkeeper changes a customer; the order system learns of it."""
    key = next(key for key, one in stage.shop.records.items() if one.get("name") == MOVED)
    remote_id = stage.standing(*key)["remote_id"]
    before = stage.shop.records[key]["billing_address"]["city"]
    stage.books.edit("customer", remote_id, ["billing_address.city=Annecy", "billing_address.line1=2 Quai du Lac"])
    stage.sync_well()
    address = stage.shop.records[key]["billing_address"]
    must(address["city"] == "Annecy" and address["line1"] == "2 Quai du Lac", f"{MOVED} is still in {address['city']}")
    return Told(
        title="From the books",
        what=f"The bookkeeper moved {MOVED} from {before} to Annecy; the order system has it now.",
        why="Master data goes both ways.",
        facts={"source_id": key[1], "remote_id": remote_id, "city": address["city"]},
    )


def lost_reply(stage: Stage) -> Told:
    """The books do as asked, and the answer never arrives."""
    numbers = [doc["source_id"] for doc in stage.ship_docs("processing")[:LOST]]
    for number in numbers:
        stage.shop.save("ship_doc", number, status="shipped")
    stage.adapter.misbehave("drop-after-commit", times=1, on="create")
    job = stage.sync_well()
    stories = [stage.hub.show(stage.company, "ship_doc", number)["history"] for number in numbers]
    unknown = sum(any(one["what"] == "unknown" for one in story) for story in stories)
    must(unknown == LOST, f"{unknown} answers were lost")
    must(set(numbers) <= stage.invoices().keys(), "an invoice is missing")
    return Told(
        title="Lost reply",
        what=f"The books took {LOST} invoices, but their answer was lost; asked again under the same keys, they named"
        " the same ones: each is there once.",
        why="No answer means unknown, never failed.",
        facts={"numbers": numbers, "unknown": LOST, "applied": job["totals"]["applied"]},
    )


def quiet(stage: Stage) -> Told:
    """A sync when nothing changed."""
    job = stage.sync_well()
    results = stage.hub.job(job["id"])["results"]
    must(not results and not any(job["totals"].values()), f"the last job did {job['totals']}")
    return Told(
        title="Quiet",
        what="One more sync: nothing to send, nothing sent.",
        why="A schedule may run it every few minutes.",
        facts={"job": job["id"], "sent": len(results)},
    )


STEPS: tuple[Callable[[Stage], Told], ...] = (
    load, first_sync, duplicate_name, proxy, undo, prevent, detach, payment_undo, change_in_books, lost_reply, quiet,
)  # fmt: skip
