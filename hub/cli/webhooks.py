"""Webhooks on the command line: add, list, remove, test, switch on again, and what became of the tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import fields, listed, local, say, table
from hub.cli.params import AsJson, Company, whole
from hub.cli.session import opened

if TYPE_CHECKING:
    from rich.console import Console

Id = Annotated[int, typer.Argument(metavar="WEBHOOK", parser=whole, help="its id, see `hub webhook list`")]


def add(
    company: Company,
    url: Annotated[str, typer.Argument(metavar="URL", help="https, reached from the Internet")],
    kinds: Annotated[
        list[str] | None, typer.Option("--kind", metavar="KIND", help="only events of this kind; may be repeated")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send a company's events to an address from now on; prints the secret, which is never shown again."""
    with opened() as hub:
        made = hub.add_webhook(company, url, kinds or ())
    say(made, as_json, _added)


def list_(company: Company, as_json: AsJson = False) -> None:
    """List a company's webhooks: whether they work, why not, and how many events wait."""
    with opened() as hub:
        found = hub.webhooks(company)
    say(listed(found), as_json, _listed)


def remove(company: Company, id: Id, as_json: AsJson = False) -> None:
    """Send nothing there any more."""
    with opened() as hub:
        hub.remove_webhook(company, id)
    say({"id": id, "removed": True}, as_json, lambda out, _: out.print(f"Webhook {id} is removed."))


def try_out(company: Company, id: Id, as_json: AsJson = False) -> None:
    """Send a test message at once, and tell what was answered."""
    with opened() as hub:
        answer = hub.test_webhook(company, id)
    say(answer, as_json, _tested)
    if not answer["taken"]:
        raise typer.Exit(1)


def enable(
    company: Company,
    id: Id,
    skip: Annotated[bool, typer.Option("--skip", help="leave out what it has missed")] = False,
    as_json: AsJson = False,
) -> None:
    """Switch a webhook on again; it goes on with the event that failed."""
    with opened() as hub:
        found = hub.enable_webhook(company, id, skip=skip)
    say(found, as_json, lambda out, one: _listed(out, {"items": [one]}))


def deliveries(company: Company, id: Id, as_json: AsJson = False) -> None:
    """Show the last tries of a webhook, newest first."""
    with opened() as hub:
        found = hub.deliveries(company, id)
    say(listed(found), as_json, _deliveries)


WEBHOOK = {"add": add, "list": list_, "remove": remove, "test": try_out, "enable": enable, "deliveries": deliveries}


def _added(out: Console, made: dict[str, Any]) -> None:
    fields(out, {"webhook": made["id"], "address": made["url"], "kinds": made["kinds"] or "all"})
    out.print(f"\nIts secret, shown only now: {made['secret']}", soft_wrap=True)
    out.print(f"Next: hub webhook test {made['company']} {made['id']}")


def _listed(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("There is none.\nNext: hub webhook add COMPANY URL")
        return
    rows = [
        (
            one["id"],
            one["url"],
            one["state"],
            one["waiting"] or None,
            one["kinds"],
            local(one["next_at"]),
            one["reason"],
        )
        for one in data["items"]
    ]
    table(out, ["id", "address", "state", "waiting", "kinds", "next try", "why"], rows, right=("id", "waiting"))


def _tested(out: Console, answer: dict[str, Any]) -> None:
    took = f"after {answer['milliseconds']} ms"
    out.print(f"It was taken {took}." if answer["taken"] else f"{answer['error']} ({took})")


def _deliveries(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("Nothing was sent yet.")
        return
    rows = [
        (
            local(one["at"]),
            one["event"],
            one["kind"].replace("_", " "),
            one["status"],
            one["milliseconds"],
            one["error"],
        )
        for one in data["items"]
    ]
    table(out, ["when", "event", "what", "status", "ms", "error"], rows, right=("event", "ms"))
