"""Connecting over the web: asked for on a form, authorised at the books, looked at by a person, and only then stored.

Between these steps everything is kept sealed in the database, for the session that began it alone, and not for long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from hub import companies, jobs
from hub.access import pending
from hub.adapters import Identity
from hub.app.connections import ConnectionCalls, Met
from hub.companies import NewConnection
from hub.errors import InvalidInput, Refused

_FOR = "connecting"


class ConnectingCalls(ConnectionCalls):
    """The steps of connecting; `session` is the secret of the person's session."""

    def begin_connecting(
        self, session: str, company: str, adapter: str, *, name: str | None, settings: Mapping[str, Any],
        credentials: Mapping[str, str], again: bool = False,
    ) -> dict[str, Any]:  # fmt: skip
        """The `state` under which it goes on, and the `url` where a person authorises the hub, or None.

        `settings` are all there are: a form sends every field, so one that is not among them is taken away.
        """
        state = pending.new_state()
        given = {"name": name, "settings": settings, "credentials": credentials}
        url = self.authorise_url(company, adapter, state, **given, again=again, replace=True)  # type: ignore[arg-type]
        self._keep(session, state, {"company": company, "adapter": adapter, **given, "asked": url is not None})
        return {"state": state, "url": url}

    def connecting(self, session: str, state: str) -> dict[str, Any]:
        """What is being connected: `company`, `adapter`, `label`, and once met, `books` and what is `missing`.

        `name` and `settings` are as they were typed, until the books were met.
        """
        with self.database.read() as db:
            kept = self._opened(pending.look(db, state, session, self.core.now()))
        books = kept.get("books")
        new = kept.get("new") or {}
        name = kept.get("name") or new.get("name") or kept["adapter"]
        return {
            "company": kept["company"], "adapter": kept["adapter"], "label": f"{kept['company']}/{name}",
            "name": kept.get("name") or "", "settings": kept.get("settings", {}),
            "books": books, "missing": kept.get("missing", []),
        }  # fmt: skip

    def answer_connecting(self, session: str, state: str, answer: Mapping[str, str]) -> str:
        """Take what the books sent back, and see who they are; the state under which a person confirms it.

        Raises:
            NotFound: `connecting_expired`. Refused: `authorisation_refused`. PluginProblem: `wrong_company`.
        """
        kept = self._take(session, state)
        if "new" in kept:
            raise InvalidInput("This step was taken already.", code="bad_answer", fix="Begin to connect anew.")
        if kept["asked"] and (answer.get("error") or not answer.get("code")):
            raise Refused(
                f"The books were not opened to the hub: {answer.get('error') or 'no code came back'}.",
                code="authorisation_refused",
                fix="Connect again, and say yes in the browser.",
            )
        company = kept["company"]
        label = f"{company}/{kept['name'] or kept['adapter']}"
        with self.database.read() as db:
            row = companies.find_connection(db, label)
        given = {**kept["credentials"], **{key: value for key, value in answer.items() if key != "state"}}
        met = self._meet(company, kept["adapter"], kept["name"], kept["settings"], None, given, replace=True)
        if row is not None:
            jobs.same_books(label, row.identity_id, row.identity_name, met.identity)
        closing = met.identity.closing_date
        day = closing.isoformat() if closing else None
        books = {"id": met.identity.id, "name": met.identity.name, "closing_date": day}
        following = pending.new_state()
        self._keep(session, following, {
            "company": company, "adapter": kept["adapter"], "new": asdict(met.new), "obtained": dict(met.obtained),
            "books": books, "missing": met.missing,
        })  # fmt: skip
        return following

    def finish_connecting(self, session: str, state: str) -> dict[str, Any]:
        """Store the connection to the books that a person has looked at; as :meth:`connect` tells it."""
        kept = self._take(session, state)
        if "new" not in kept:
            raise InvalidInput("The books were not asked yet.", code="bad_answer", fix="Begin to connect anew.")
        closing = kept["books"]["closing_date"]
        identity = Identity(
            id=kept["books"]["id"], name=kept["books"]["name"],
            closing_date=date.fromisoformat(closing) if closing else None,
        )  # fmt: skip
        new = NewConnection(**kept["new"])
        return self._settle(Met(new=new, obtained=kept["obtained"], identity=identity, missing=kept["missing"]))

    def _keep(self, session: str, state: str, what: Mapping[str, Any]) -> None:
        sealed = self._seal().seal({"json": json.dumps(what, default=str)}, _FOR)
        with self.database.write(None) as db:
            pending.keep(db, state, session, sealed, self.core.now())

    def _take(self, session: str, state: str) -> dict[str, Any]:
        with self.database.write(None) as db:
            return self._opened(pending.take(db, state, session, self.core.now()))

    def _opened(self, sealed: str) -> dict[str, Any]:
        return dict(json.loads(self._seal().open(sealed, _FOR)["json"]))
