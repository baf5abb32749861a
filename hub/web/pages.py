"""Turns templates and values into pages: everything escaped, money and times as the viewer writes them."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, format_timedelta, get_datetime_format
from babel.numbers import format_currency, format_decimal
from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from hub.jobs.listing import asked_by
from hub.web import words
from hub.web.amounts import write_amount

STATIC = Path(__file__).with_name("static")
_UTC = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) UTC")


class Pages:
    """The templates of this folder, with what every page needs."""

    def __init__(self) -> None:
        self._env = Environment(
            loader=PackageLoader("hub.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters.update(
            money=money, day=day, when=when, timed=timed, ago=ago, number=number, asked=asked, written=written
        )
        self._env.globals.update(words=words, asked_by=asked_by, static=static, record_url=record_url, asked=asked)

    def answer(self, request: Request, template: str, status: int, **values: Any) -> HTMLResponse:
        """The page; what was to be told once is told and forgotten."""
        said = unquote(request.cookies.get("hub_said", ""))
        viewer: dict[str, Any] = {
            "locale": locale_of(request.headers.get("accept-language", "")),
            "zone": zone_of(request),
        }
        if (caller := values.get("caller")) is not None and caller.zone:
            viewer["zone"] = ZoneInfo(caller.zone)
        shown = {"visit": None, "caller": None, "said": said, "request": request, **values, **viewer}
        answer = HTMLResponse(self._env.get_template(template).render(shown), status)
        if said:
            answer.delete_cookie("hub_said", path="/")
        return answer


def locale_of(accepted: str) -> Locale:
    """The first language of the browser that is known; English otherwise."""
    for each in accepted.split(",")[:10]:
        try:
            return Locale.parse(each.partition(";")[0].strip(), sep="-")
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


def zone_of(request: Request) -> ZoneInfo:
    """The browser's time zone, as its script has told; UTC before that."""
    try:
        return ZoneInfo(unquote(request.cookies.get("hub_zone", ""))[:60] or "UTC")
    except (ValueError, OSError, KeyError):
        return ZoneInfo("UTC")


@cache
def static(name: str) -> str:
    """The address of a file that belongs to the page; it changes with the file, so that browsers may keep it."""
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


@pass_context
def money(context: Context, amount: str | Decimal | None, currency: str | None) -> str:
    """An amount as the viewer writes it."""
    if amount is None:
        return ""
    if currency is None:
        return format_decimal(Decimal(amount), locale=context["locale"])
    return format_currency(Decimal(amount), currency, locale=context["locale"])


@pass_context
def number(context: Context, value: int | Decimal | None) -> str:
    """A number as the viewer writes it."""
    return "" if value is None else format_decimal(value, locale=context["locale"])


@pass_context
def written(context: Context, plain: str) -> str:
    """An amount of an address as the viewer types it."""
    return write_amount(plain, context["locale"])


@pass_context
def day(context: Context, value: str | date | None) -> str:
    """A document's date as the viewer writes it."""
    if not value:
        return ""
    return format_date(date.fromisoformat(value) if isinstance(value, str) else value, locale=context["locale"])


@pass_context
def when(context: Context, instant: str | datetime | None) -> str:
    """An instant in the viewer's time zone, as they write it."""
    if not instant:
        return ""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    there, locale = at.astimezone(context["zone"]), context["locale"]
    both = get_datetime_format("medium", locale=locale)  # the date as it stands alone, too
    return (
        str(both).replace("'", "").format(format_time(there, "short", locale=locale), format_date(there, locale=locale))
    )


@pass_context
def timed(context: Context, text: str | None) -> str:
    """A sentence of the hub, the instants in it as everywhere on the page."""

    def spelled(found: re.Match[str]) -> str:
        try:
            return when(context, f"{found[1]}T{found[2]}+00:00")
        except (ValueError, OverflowError):  # somebody's own words, which only look like an instant
            return found[0]

    return _UTC.sub(spelled, text or "")


@pass_context
def ago(context: Context, instant: str | datetime | None) -> str:
    """How long ago an instant was, in words."""
    if not instant:
        return ""
    at = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    return format_timedelta(at - datetime.now(UTC), add_direction=True, locale=context["locale"])


@pass_context
def asked(context: Context, **changes: Any) -> str:
    """This page's address with other parameters; None takes one out."""
    query = {key: value for key, value in context["request"].query_params.items() if key not in changes}
    return "?" + urlencode({**query, **{key: value for key, value in changes.items() if value is not None}})


def record_url(company: str, type: str, source_id: str) -> str:
    """The address of a record's page, whatever characters its id has."""
    return f"/companies/{quote(company)}/records/{quote(type)}/{quote(source_id, safe='')}"
