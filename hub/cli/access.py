"""Commands of who may come in: API keys of programs, and users of the web page."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.output import clean, fields, listed, local, say, table
from hub.cli.params import AsJson, Company, whole
from hub.cli.session import opened
from hub.errors import NotFound, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from hub.app import Hub

Rights = Annotated[
    list[str] | None, typer.Option("--right", metavar="RIGHT", help="undo, prevent, remove or detach; may be repeated")
]
Email = Annotated[str, typer.Argument(metavar="EMAIL", help="see `hub user list`")]
_ROLES = "viewer|bookkeeper|administrator"


def key_add(
    company: Company,
    name: Annotated[str, typer.Argument(metavar="NAME", help="what uses it")],
    role: Annotated[str, typer.Option("--role", metavar=_ROLES, help="what it may do")] = "bookkeeper",
    right: Rights = None,
    expires: Annotated[str | None, typer.Option("--expires", metavar="DATE", help="its last day, YYYY-MM-DD")] = None,
    as_json: AsJson = False,
) -> None:
    """Make an API key for a company; it is shown only now."""
    until = _end_of(expires) if expires is not None else None
    with opened() as hub:
        made = hub.add_key(company, name, role=role, rights=right or (), expires_at=until)
    say(made, as_json, _made)


def key_list(company: Company, as_json: AsJson = False) -> None:
    """List a company's API keys, newest first, without their secrets."""
    with opened() as hub:
        hub.connections(company)  # an unknown company is told
        found = hub.keys(company)
    say(listed(found), as_json, _keys)


def key_revoke(
    company: Company,
    key: Annotated[int, typer.Argument(metavar="KEY", parser=whole, help="its id, see `hub key list`")],
    as_json: AsJson = False,
) -> None:
    """End an API key at once."""
    with opened() as hub:
        hub.revoke_key(company, key)
    say({"id": key, "revoked": True}, as_json, lambda out, _: out.print(f"Key {key} lets nobody in any more."))


def user_add(
    email: Email,
    name: Annotated[str, typer.Argument(metavar="NAME", help="their name, for the history")],
    administrator: Annotated[
        bool, typer.Option("--administrator", help="of the whole hub: every company, and the users")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a user, and print the link by which they set a password."""
    with opened() as hub:
        made = hub.add_user(email, name, administrator=administrator)
    say({"email": email, "id": made["id"], "link": f"/welcome/{made['link']}"}, as_json, _linked)


def user_list(as_json: AsJson = False) -> None:
    """List the users with what they are in each company."""
    with opened() as hub:
        found = hub.users()
    say(listed(found), as_json, _users)


def user_link(email: Email, as_json: AsJson = False) -> None:
    """Print a new link by which a user sets a password; older ones end."""
    with opened() as hub:
        id = _id_of(hub, email)
        link = hub.new_link(id)
    say({"email": email, "id": id, "link": f"/welcome/{link}"}, as_json, _linked)


def user_role(
    email: Email,
    company: Company,
    role: Annotated[str, typer.Argument(metavar=f"{_ROLES}|none", help="what they are there")],
    right: Rights = None,
    as_json: AsJson = False,
) -> None:
    """Say what a user is in a company; `none` takes the company away from them."""
    with opened() as hub:
        id = _id_of(hub, email)
        hub.set_membership(id, company, None if role == "none" else role, right or ())
        (found,) = [each for each in hub.users() if each["id"] == id]
    say(found, as_json, lambda out, one: _users(out, {"items": [one]}))


def user_shut_out(
    email: Email,
    again: Annotated[bool, typer.Option("--let-in", help="let them in again")] = False,
    as_json: AsJson = False,
) -> None:
    """Shut a user out at once; their sessions end."""
    with opened() as hub:
        id = _id_of(hub, email)
        good = hub.disable_user(id, disabled=not again)
    words = f"{email} is let in again." if again else f"{email} is shut out."
    keys = [] if again else [{key: each[key] for key in ("id", "company", "name")} for each in good]
    done = {"email": email, "id": id, "shut_out": not again, "keys": keys}
    say(done, as_json, lambda out, one: _shut_out(out, words, one["keys"]))


KEY = {"add": key_add, "list": key_list, "revoke": key_revoke}
USER = {"add": user_add, "list": user_list, "link": user_link, "role": user_role, "shut-out": user_shut_out}


def _end_of(day: str) -> datetime:
    """The end of that day, in UTC."""
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII):
            raise ValueError
        return datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"{day!r} is no day.", fix="Write it YYYY-MM-DD.") from None


def _id_of(hub: Hub, email: str) -> int:
    found = [each["id"] for each in hub.users() if each["email"] == email.strip().casefold()]
    if not found:
        raise NotFound(f"There is no user {email}.", code="user_not_found", fix="See `hub user list`.")
    return int(found[0])


def _made(out: Console, made: dict[str, Any]) -> None:
    out.print(made["secret"], soft_wrap=True)
    out.print("Keep it now: it is never shown again.", style="dim")


def _keys(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("There is no key yet.\nNext: hub key add COMPANY NAME")
        return
    rows = [
        (one["id"], one["name"], one["role"], ", ".join(one["rights"]), local(one["expires_at"]), local(one["used_at"]),
         local(one["revoked_at"]))
        for one in data["items"]
    ]  # fmt: skip
    table(out, ["id", "name", "role", "rights", "until", "last used", "revoked"], rows, right=("id",))


def _users(out: Console, data: dict[str, Any]) -> None:
    if not data["items"]:
        out.print("There is no user yet. `hub serve` prints a link for the first one.")
        return
    rows = [
        (one["email"], one["name"], "administrator" if one["administrator"] else "", one["state"],
         "; ".join(f"{each['company']}: {' '.join([each['role'], *each['rights']])}" for each in one["companies"]))
        for one in data["items"]
    ]  # fmt: skip
    table(out, ["e-mail", "name", "hub", "state", "companies"], rows)


def _shut_out(out: Console, words: str, keys: list[dict[str, Any]]) -> None:
    out.print(clean(words))
    if keys:
        out.print(f"API keys made in their name that are still good: {len(keys)}. They belong to their companies.")
        out.print("End those that nothing should use any more:")
        for each in keys:
            out.print(clean(f"  hub key revoke {each['company']} {each['id']}   ({each['name']})"))


def _linked(out: Console, made: dict[str, Any]) -> None:
    fields(out, {"link": made["link"]})
    out.print("Send it after the address of the hub's page; it is good once, for three days.", style="dim")
