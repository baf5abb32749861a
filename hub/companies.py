"""Companies and their connections: made, found, paused and resumed; what a connection is, is decided here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection, Row, insert, select, update

from hub.adapters import AdapterInfo, Identity
from hub.errors import InvalidInput, NotFound, Refused
from hub.store.tables import companies, connections

SANDBOX = "sandbox_url"
"""The setting by which an adapter's connection leads to a local sandbox instead of the real books."""

_SHORT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def short_id(name: str) -> str:
    """The id a company's name gives: `Acme Trading` becomes `acme-trading`.

    Raises:
        InvalidInput: `bad_name` when nothing is left of it.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")
    if not short:
        raise InvalidInput(
            f"The name {name!r} gives no short id.",
            code="bad_name",
            fix="Use at least one letter from a to z, or a digit.",
        )
    return short


def add_company(db: Connection, name: str, now: datetime) -> dict[str, str]:
    """Add a company; InvalidInput `company_exists` when its id is taken."""
    name = name.strip()[:200]
    id = short_id(name)
    if db.execute(select(companies.c.id).where(companies.c.id == id)).first():
        raise InvalidInput(
            f"There is a company {id} already.", code="company_exists", fix="Use it, or choose another name."
        )
    db.execute(insert(companies).values(id=id, name=name, created_at=now))
    return {"id": id, "name": name}


def list_companies(db: Connection) -> list[dict[str, str]]:
    """All companies by id."""
    rows = db.execute(select(companies.c.id, companies.c.name).order_by(companies.c.id))
    return [{"id": id, "name": name} for id, name in rows]


def need_company(db: Connection, id: str) -> None:
    """NotFound `company_not_found` unless there is such a company."""
    if not db.execute(select(companies.c.id).where(companies.c.id == id)).first():
        raise NotFound(
            f"There is no company {id!r}.", code="company_not_found", fix="Look at the list of companies, or add it."
        )


def connection_rows(db: Connection, company: str | None = None) -> list[Row[Any]]:
    """The connections of one company, or all, in the order they were made."""
    query = select(connections).order_by(connections.c.id)
    return list(db.execute(query if company is None else query.where(connections.c.company_id == company)))


def connection_row(db: Connection, label: str) -> Row[Any]:
    """The connection `COMPANY/NAME`; NotFound `connection_not_found`."""
    row = find_connection(db, label)
    if row is None:
        raise NotFound(
            f"There is no connection {label!r}.",
            code="connection_not_found",
            fix="Look at the list of connections; write COMPANY/NAME.",
        )
    return row


def find_connection(db: Connection, label: str) -> Row[Any] | None:
    """The connection `COMPANY/NAME`, or None."""
    company, _, name = label.partition("/")
    return db.execute(
        select(connections).where(connections.c.company_id == company, connections.c.name == name)
    ).first()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """What `hub connect` was given."""

    company: str
    name: str
    adapter: str
    settings: dict[str, Any]
    extensions: list[str]


def new_connection(
    company: str, info: AdapterInfo, name: str | None, settings: Mapping[str, Any], extensions: Iterable[str] = ()
) -> NewConnection:
    """A connection as it will be stored, its settings checked against the adapter's model.

    Raises:
        InvalidInput: `bad_name` or `bad_setting`, the latter naming every wrong or unknown one.
    """
    name = name or info.name
    if not _SHORT.fullmatch(name) or len(name) > 60:
        raise InvalidInput(
            f"{name!r} cannot name a connection.", code="bad_name", fix="Use small letters, digits and single hyphens."
        )
    known_settings(info, settings)
    read_settings(info.settings, settings, info.name)
    return NewConnection(
        company=company, name=name, adapter=info.name, settings=dict(settings), extensions=list(extensions)
    )


def known_settings(info: AdapterInfo, names: Iterable[str]) -> None:
    """InvalidInput `bad_setting` names every setting that the adapter does not know."""
    known = set(info.settings.model_fields)
    if unknown := sorted(set(names) - known):
        raise InvalidInput(
            f"The {info.name} adapter has no setting {', '.join(unknown)}.",
            code="bad_setting",
            fix=f"It knows: {', '.join(sorted(known)) or 'none'}.",
        )


def settings_over(stored: Mapping[str, Any], given: Mapping[str, Any], label: str) -> dict[str, Any]:
    """The settings of a connection that is connected anew: what is given laid over what is stored.

    None, or nothing but spaces, takes a setting away, so that its default counts again.

    Raises:
        Refused: `sandbox_left` when a connection to a sandbox would from now on lead to the real books.
    """
    after = {**stored, **given}
    if stored.get(SANDBOX) and is_nothing(after.get(SANDBOX)):
        raise Refused(
            f"{label} leads to a sandbox ({stored[SANDBOX]}); without {SANDBOX} it would lead to the real books.",
            code="sandbox_left",
            fix="Connect to the real books under another name, so that each keeps its own authorisation and links.",
        )
    return {key: value for key, value in after.items() if not is_nothing(value)}


def is_nothing(value: object) -> bool:
    """Whether this value takes a setting away."""
    return value is None or (isinstance(value, str) and not value.strip())


def read_settings(model: type[BaseModel], given: Mapping[str, Any], adapter: str) -> BaseModel:
    """The adapter's settings object; InvalidInput `bad_setting` names every wrong value."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as fault:
        wrong = "; ".join(".".join(map(str, error["loc"])) + ": " + error["msg"] for error in fault.errors())
        faults = {str(error["loc"][0]) if error["loc"] else "": error["msg"] for error in fault.errors()}
        raise InvalidInput(
            f"The settings of the {adapter} adapter cannot be used: {wrong}.", code="bad_setting", fix="Correct them.",
            details={"faults": faults},
        ) from None  # fmt: skip


def leave_to_operator(info: AdapterInfo, had: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refused `operators_setting` for a change of what only those who run the hub may set.

    An adapter marks such a field of its settings with `json_schema_extra={"operator": True}`: an address that the hub
    then calls, a file that it then opens. Whoever administers one company must not choose these on the hub's machine.
    """
    for name, field in info.settings.model_fields.items():
        extra = field.json_schema_extra
        marked = isinstance(extra, dict) and extra.get("operator")
        if marked and (wanted.get(name) or None) != (had.get(name) or None):
            raise Refused(
                f"Only those who run the hub set {name}.",
                code="operators_setting",
                fix="Leave it as it is, or have an administrator of the hub connect, or connect on its machine.",
            )


def store_connection(db: Connection, new: NewConnection, now: datetime, salt: str) -> int:
    """Store a connection, or renew the one of that name; its id. `salt` makes a new one's keys its own."""
    row = db.execute(
        select(connections.c.id, connections.c.adapter).where(
            connections.c.company_id == new.company, connections.c.name == new.name
        )
    ).first()
    if row is None:
        done = db.execute(
            insert(connections)
            .values(
                company_id=new.company,
                name=new.name,
                adapter=new.adapter,
                salt=salt,
                settings=new.settings,
                policy={},
                extensions=new.extensions,
                queued_up_to=0,
                created_at=now,
            )
            .returning(connections.c.id)
        )
        made: int = done.scalar_one()
        return made
    if row.adapter != new.adapter:
        raise InvalidInput(
            f"The connection {new.company}/{new.name} uses the {row.adapter} adapter.",
            code="connection_exists",
            fix="Choose another name.",
        )
    renewed = {"settings": new.settings, "extensions": new.extensions}
    db.execute(update(connections).where(connections.c.id == row.id).values(renewed))
    id: int = row.id
    return id


def only_once(db: Connection, row: Row[Any], identity: Identity) -> None:
    """Refused `books_connected_already` when another connection, of any company, leads to the same books.

    Each connection posts every document and takes over the lists, so two into one set of books would post twice, and
    mix what belongs to two companies. One of another company that is paused does not count: that company has moved.
    """
    twin = db.execute(
        select(connections.c.company_id, connections.c.name)
        .where(
            connections.c.id != row.id,
            connections.c.adapter == row.adapter,
            connections.c.identity_id == identity.id,
            (connections.c.company_id == row.company_id) | connections.c.paused_reason.is_(None),
        )
        .order_by(connections.c.company_id != row.company_id)
    ).first()
    if twin is None:
        return
    if twin.company_id == row.company_id:
        where, way = f"as {row.company_id}/{twin.name}", "Use that connection, or connect to other books."
    else:  # whose it is may not be for this one to know
        where, way = "by another company of this hub", "Connect to this company's books, or pause the other connection."
    raise Refused(
        f"The books of {identity.name} are connected already, {where}.", code="books_connected_already", fix=way
    )


def set_identity(db: Connection, connection_id: int, identity: Identity) -> None:
    """Store which company the books reported, and their closing date; resume the connection."""
    db.execute(
        update(connections)
        .where(connections.c.id == connection_id)
        .values(
            identity_id=identity.id,
            identity_name=identity.name,
            closing_date=identity.closing_date,
            paused_reason=None,
        )
    )


def set_paused(db: Connection, connection_id: int, reason: str | None) -> None:
    """Pause a connection, or (None) let it go on."""
    db.execute(update(connections).where(connections.c.id == connection_id).values(paused_reason=reason))


def describe_connection(row: Row[Any], adapter_status: str) -> dict[str, Any]:
    """A connection with the keys of the outer interfaces."""
    state = "paused" if row.paused_reason else "active" if adapter_status == "ready" else "unavailable"
    return {
        "connection": f"{row.company_id}/{row.name}",
        "company": row.company_id,
        "name": row.name,
        "adapter": row.adapter,
        "state": state,
        "reason": row.paused_reason,
        "books": {
            "id": row.identity_id,
            "name": row.identity_name,
            "closing_date": row.closing_date.isoformat() if row.closing_date else None,
        }
        if row.identity_id
        else None,
    }
