"""What a connection to mock books can be told with `--set key=value`, and the capabilities that follow from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from hub.adapters import Capabilities, Removal
from hub.model import ENTITIES, Direction, RecordType
from hub.model.fields import CurrencyCode, Day

NAMES = "names"
"""The namespace that customers, vendors and employees share, as in QuickBooks (rule C4)."""

NAMESPACES = {type: type.value for type in sorted(ENTITIES)} | {
    RecordType.CUSTOMER: NAMES,
    RecordType.VENDOR: NAMES,
    RecordType.EMPLOYEE: NAMES,
}


def _listed(value: Any) -> Any:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    return value


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


class MockSettings(BaseModel):
    """The settings of one set of mock books; each has a default, so that `hub connect COMPANY mock` is enough."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: Annotated[Path | None, BeforeValidator(_empty_is_none)] = Field(
        default=None,
        description="the books' SQLite file; default: books-COMPANY--NAME.db in the hub's data folder",
        json_schema_extra={"operator": True},
    )
    company_name: str = Field(default="", description="the company the books report; default: the connection's name")
    company_id: str = Field(default="", description="its id, kept from the first use on; default: a random one")
    key_memory: float = Field(
        default=600, ge=0, description="seconds a key is remembered from its first use; 0: keys are ignored"
    )
    settle: float = Field(default=0, ge=0, description="seconds a request that was given up on may still land")
    batch_size: int = Field(default=50, ge=1, le=10_000, description="requests in one call at most")
    concurrency: int = Field(default=4, ge=1, le=64, description="calls in flight at most")
    latency: float = Field(default=0, ge=0, description="seconds every call takes")
    markers: bool = Field(default=True, description="whether an object can be found by the marker left in it")
    closing_date: Annotated[Day | None, BeforeValidator(_empty_is_none)] = Field(
        default=None, description="documents dated on or before it are refused; default: no period is closed"
    )
    currencies: Annotated[frozenset[CurrencyCode], BeforeValidator(_listed)] = Field(
        default=frozenset(), description="currencies the books accept, separated by commas; default: any"
    )
    call_timeout: float = Field(default=30, gt=0, description="seconds after which a call is given up")
    token_seconds: float = Field(
        default=0, ge=0, description="seconds an access token is good for; 0: the books ask for none"
    )
    token_grace: float = Field(
        default=1800, ge=0, description="seconds an exchanged refresh token is taken again, until its successor is used"
    )
    types: Annotated[frozenset[RecordType], BeforeValidator(_listed)] = Field(
        default=frozenset(), description="record types these books hold, separated by commas; default: all"
    )

    def holds(self, type: RecordType) -> bool:
        """Whether these books hold records of that type at all."""
        return not self.types or type in self.types

    def closed(self, *days: date | None) -> bool:
        """Whether any of these days lies in the closed period."""
        return self.closing_date is not None and any(day is not None and day <= self.closing_date for day in days)


def capabilities(settings: MockSettings) -> Capabilities:
    """The facts the hub may rely on with these settings."""
    held = [type for type in RecordType if settings.holds(type)]
    return Capabilities(
        types={type: _direction(type) for type in held},
        batch_size=settings.batch_size,
        concurrency=settings.concurrency,
        key_memory=settings.key_memory,
        settle=settings.settle,
        call_timeout=settings.call_timeout,
        markers=settings.markers,
        removals={type: (Removal.DELETE, Removal.INACTIVATE) if type.is_entity else (Removal.DELETE,) for type in held},
        namespaces={type: word for type, word in NAMESPACES.items() if settings.holds(type)},
        version_guard=True,
        reports_closing_date=True,
    )


def _direction(type: RecordType) -> Direction:
    """Payments come back too: the books' own staff apply them to our documents (rule J9)."""
    both_ways = type.is_entity or type in (RecordType.PAYMENT, RecordType.REFUND)
    return Direction.BOTH if both_ways else Direction.EXPORT
