"""What a connection to QuickBooks Online can be told with `--set key=value`; what is not proven has its safe value."""

from __future__ import annotations

import json
from datetime import date
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from hub.model.fields import Day

PRODUCTION = "https://quickbooks.api.intuit.com"
INTUIT_SANDBOX = "https://sandbox-quickbooks.api.intuit.com"
PAGES = "https://qbo.intuit.com/app"
INTUIT_SANDBOX_PAGES = "https://sandbox.qbo.intuit.com/app"
AUTHORISE = "https://appcenter.intuit.com/connect/oauth2"
TOKENS = "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer"
REVOKE = "https://developer.api.intuit.com/v2/oauth2/tokens/revoke"
SERVER_SECONDS = 120.0
"""Intuit's servers give a request up after about this time, so nothing lands later."""


def _mapping(value: Any) -> Any:
    """`Sales=Sales of Product Income,Freight=Shipping Income`, or a JSON object."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.startswith("{"):
        return json.loads(text)
    pairs = [pair.partition("=") for pair in text.split(",") if pair.strip()]
    if not all(equals for _, equals, _ in pairs):
        raise ValueError("write ours=theirs, several separated by commas, or a JSON object")
    return {ours.strip(): theirs.strip() for ours, _, theirs in pairs}


def _address(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip():
        return ""
    address = value.strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("write an address such as http://127.0.0.1:8760")
    return address


Mapped = Annotated[dict[str, str], BeforeValidator(_mapping)]
Address = Annotated[str, BeforeValidator(_address)]


class QuickBooksSettings(BaseModel):
    """The settings of one connection. With `sandbox_url` alone it speaks to the local sandbox."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: Literal["production", "sandbox"] = Field(
        default="production", description="whose keys these are: production, or sandbox for Intuit's own test companies"
    )
    sandbox_url: Address = Field(
        default="",
        description="address of a local `hub quickbooks sandbox`; then nothing goes to Intuit",
        json_schema_extra={"operator": True},
    )
    pages_url: Address = Field(
        default="",
        description="where the pages of QuickBooks are that links lead to; default: Intuit's",
        json_schema_extra={"operator": True},
    )
    client_id: str = Field(default="", description="client id of your own app at developer.intuit.com")
    redirect_uri: str = Field(
        default="http://localhost:8765/callback", description="the redirect URI that your app has registered"
    )

    income_account: str = Field(default="", description="income account of items that name none: its name or number")
    expense_account: str = Field(default="", description="expense or cost account of items and lines that name none")
    asset_account: str = Field(default="", description="asset account of inventory items that name none")
    receivable_account: str = Field(default="", description="A/R account of invoices; default: QuickBooks' own")
    payable_account: str = Field(default="", description="A/P account of bills; default: QuickBooks' own")
    deposit_account: str = Field(default="", description="where payments go; default: Undeposited Funds")
    adjustment_account: str = Field(default="", description="other side of stock adjustments and journals")
    refund_item: str = Field(
        default="", description="item of refund receipts, by name or id; they need deposit_account"
    )
    accounts: Mapped = Field(default_factory=dict, description="account words of the source = names in QuickBooks")
    tax_codes: Mapped = Field(default_factory=dict, description="tax codes of the source = names in QuickBooks")
    terms: Mapped = Field(default_factory=dict, description="terms of the source = names in QuickBooks")
    default_tax_code: str = Field(default="NON", description="tax code of sales lines that name none")
    custom_fields: Mapped = Field(
        default_factory=dict, description="custom fields: our field = definition id of the field of that exact name"
    )

    own_numbers: Literal["required", "preferred", "switch_on"] = Field(
        default="required",
        description="while QuickBooks numbers sales forms by itself: required refuses them, preferred lets it do so,"
        " switch_on changes that preference of the company",
    )
    removal: Literal["delete", "void"] = Field(
        default="delete", description="how posted invoices and payments are taken out; others are always deleted"
    )
    credits: Literal["refuse", "leave_open"] = Field(
        default="refuse", description="credits that name the document they settle: refuse, or post and leave open"
    )
    inventory_start: Day = Field(default=date(2000, 1, 1), description="start date of inventory items made by the hub")
    closed_with_books: bool = Field(default=True, description="whether QuickBooks' closing date is the hub's too")

    batch_size: int = Field(default=30, ge=1, le=30, description="writes in one batch call, 30 at most")
    concurrency: int = Field(default=4, ge=1, le=8, description="calls in flight at most")
    read_timeout: float = Field(default=130, gt=0, le=600, description="seconds an answer may take")
    key_memory: float = Field(
        default=0,
        ge=0,
        description="seconds QuickBooks surely remembers a requestid; not proven, so 0. Otherwise writes go one by one",
    )
    settle: float = Field(
        default=150, ge=0, description="seconds after which a write that was given up on cannot land any more"
    )
    throttle_pause: float = Field(default=60, ge=0, description="seconds to pause after a 429 that names no time")
    time_scale: float = Field(
        default=1, gt=0, le=1000, description="a local sandbox's --speed: all limits count in time so many times faster"
    )
    overlap: float = Field(default=300, ge=0, description="seconds each import looks back behind the last one")

    @model_validator(mode="after")
    def _scale_is_for_sandboxes(self) -> Self:
        if self.time_scale != 1 and not self.sandbox_url:
            raise ValueError("time_scale is for a local sandbox only; name its sandbox_url too")
        return self

    @property
    def pause(self) -> float:
        """Seconds to pause after a 429, by the clock of the books."""
        return self.throttle_pause / self.time_scale

    @property
    def api(self) -> str:
        """Where the books are."""
        return self.sandbox_url or (PRODUCTION if self.environment == "production" else INTUIT_SANDBOX)

    @property
    def pages_at(self) -> str:
        """Where a person looks at the books."""
        return self.pages_url or (PAGES if self.environment == "production" else INTUIT_SANDBOX_PAGES)

    @property
    def authorise_at(self) -> str:
        """Where a person says yes."""
        return f"{self.sandbox_url}/connect/oauth2" if self.sandbox_url else AUTHORISE

    @property
    def tokens_at(self) -> str:
        """The token host."""
        return f"{self.sandbox_url}/oauth2/v1/tokens/bearer" if self.sandbox_url else TOKENS

    @property
    def revoke_at(self) -> str:
        """Where tokens are given back."""
        return f"{self.sandbox_url}/v2/oauth2/tokens/revoke" if self.sandbox_url else REVOKE
