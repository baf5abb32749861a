"""The hooks an adapter implements: the whole contract with plugin authors. The first result that is not None wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pluggy

from hub.adapters.types import ChangePage, Fault, Find, Identity, Outcome, RemoteObject, RemoteRef, Request, UndoPlan

PROJECT = "accounting_hub"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class AdapterSpec:
    """What the hub asks of an adapter.

    Hooks that answer for a list return one answer per entry, in the same order. A hook raises
    `hub.errors.AuthorisationLost` when the books refuse the authorisation, and `hub.errors.BooksProblem` when the
    books cannot be asked. From a hook that writes, `AuthorisationLost` says that none of its requests was carried
    out (answer `Unauthorised` one by one when some were); any other exception makes all of them *unknown*.
    """

    @hookspec(firstresult=True)
    def hub_check(self) -> Identity | None:
        """Prove that the connection works and tell which company the books are."""

    @hookspec(firstresult=True)
    def hub_missing(self) -> list[Fault] | None:
        """Optional: what is missing in books or settings before everything can be posted; told when connecting."""

    @hookspec(firstresult=True)
    def hub_authorise_url(self, given: Mapping[str, str], state: str) -> str | None:
        """Optional: where a person authorises the hub in a browser; None when what was given is enough for that.

        What the books send back to the redirect address, `state` among it, is then given to `hub_obtain_credentials`.
        """

    @hookspec(firstresult=True)
    def hub_obtain_credentials(self, given: Mapping[str, str]) -> Mapping[str, str] | None:
        """Optional: exchange what a person was given (a code, a key; may be empty) for the credentials to keep."""

    @hookspec(firstresult=True)
    def hub_refresh_credentials(self, credentials: Mapping[str, str]) -> Mapping[str, str] | None:
        """Optional: exchange credentials for fresh ones. One process at a time asks, and stores the answer first."""

    @hookspec(firstresult=True)
    def hub_push(self, requests: Sequence[Request]) -> list[Outcome] | None:
        """Carry out mixed operations in one call. Optional: by default they are split over the four verbs below."""

    @hookspec(firstresult=True)
    def hub_create(self, requests: Sequence[Request]) -> list[Outcome] | None:
        """Create entities and post documents."""

    @hookspec(firstresult=True)
    def hub_update(self, requests: Sequence[Request]) -> list[Outcome] | None:
        """Change objects that exist, guarded by the version last seen where the books can."""

    @hookspec(firstresult=True)
    def hub_delete(self, requests: Sequence[Request]) -> list[Outcome] | None:
        """Remove entities: delete or make inactive, and say which in `Applied.how` (rule Q2)."""

    @hookspec(firstresult=True)
    def hub_undo(self, requests: Sequence[Request]) -> list[Outcome] | None:
        """Remove posted documents: delete, void or credit, and say which. One already gone counts as applied."""

    @hookspec(firstresult=True)
    def hub_plan_undo(self, requests: Sequence[Request]) -> list[UndoPlan] | None:
        """How documents would be removed, or why that must be refused (rule U8). Changes nothing."""

    @hookspec(firstresult=True)
    def hub_foresee(self, requests: Sequence[Request]) -> list[Fault | None] | None:
        """Optional: what the adapter itself would refuse of creates and updates before it sends them (rule J10).

        Asked by plans alone; reads at most, and writes nothing. What the same job creates before is linked under an id
        that is not there yet.
        """

    @hookspec(firstresult=True)
    def hub_find(self, wanted: Sequence[Find]) -> list[tuple[RemoteObject, ...]] | None:
        """All objects that meet any criterion of each entry, inactive ones included."""

    @hookspec(firstresult=True)
    def hub_read(self, refs: Sequence[RemoteRef]) -> list[RemoteObject | None] | None:
        """Objects by remote id; None or `deleted` for one that is gone."""

    @hookspec(firstresult=True)
    def hub_changes(self, cursor: str | None, limit: int) -> ChangePage | None:
        """At most `limit` entities changed since `cursor`; from the beginning when it is None."""

    @hookspec(firstresult=True)
    def hub_documents(self, since: date, until: date, cursor: str | None, limit: int) -> ChangePage | None:
        """Optional: at most `limit` documents dated from `since` to `until`, both included, for reconciliation (V1)."""

    @hookspec(firstresult=True)
    def hub_record_url(self, ref: RemoteRef, posts_as: str) -> str | None:
        """Optional: the address of an object's own page, for a person's browser; None where it has none.

        Pure: nothing is asked and nothing is looked up, and the id is escaped.
        """

    @hookspec(firstresult=True)
    def hub_verify_webhook(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """Optional: check the signature over the raw body, and tell the id of the company concerned."""
