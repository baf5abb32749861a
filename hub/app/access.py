"""Users, sessions and API keys; every change of them is audited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Row

from hub import companies
from hub.access import Caller, keys, replays, users
from hub.access.replays import Kept, Wish
from hub.access.rights import read_rights
from hub.app.wiring import Wiring
from hub.queue.discreet import changed
from hub.queue.trail import WHOLE
from hub.records.audit import About, list_audit


class AccessCalls(Wiring):
    """Who may come in."""

    def acting(self, caller: Caller, company: str) -> Self:
        """The same hub, on behalf of this caller in this company: what they do is audited as theirs (U9)."""
        mine = copy(self)
        mine.actor, mine.runs_the_hub = caller.actor(company), caller.administrator
        return mine

    def first_link(self) -> str | None:
        """The secret of a link for the first administrator; None once there is a user."""
        with self.database.write(WHOLE) as db:
            if not users.nobody_yet(db):
                return None
            self._note(db, WHOLE, "first_link")
            return users.invite(db, None, self.core.now())

    def invitation(self, secret: str) -> dict[str, Any]:
        """Whom a link is for; `email` is None for the first administrator."""
        with self.database.read() as db:
            link = users.invited(db, secret, self.core.now())
            email = None if link.user_id is None else users.user_row(db, link.user_id).email
        return {"email": email, "first": link.user_id is None}

    def accept_invitation(self, secret: str, password: str, *, email: str = "", name: str = "") -> str:
        """Set a password by a link, and start a session; its secret."""
        with self.database.write(WHOLE) as db:
            first = users.nobody_yet(db)
            id = users.accept(db, secret, password, self.core.now(), email=email, name=name)
            row = users.user_row(db, id)
            if first:
                self._note(db, WHOLE, "user_added", actor=row.name, user=row.email, administrator=True)
            self._note(db, WHOLE, "password_set", actor=row.name, user=row.email)
            return users.start_session(db, id, self.core.now())

    def log_in(self, email: str, password: str, address: str) -> str:
        """A new session's secret; Refused `login_failed` or `too_many_logins`."""
        return users.log_in(self.database, email, password, address, self.core.now())

    def log_out(self, secret: str) -> None:
        """End a session."""
        with self.database.write(None) as db:
            users.log_out(db, secret)

    def change_password(self, user_id: int, old: str, new: str) -> str:
        """Set one's own password; every session and open link ends, and the secret of a new session is given."""

        def noted(db: Connection, row: Row[Any]) -> None:
            self._note(db, WHOLE, "password_set", actor=row.name, user=row.email)

        return users.change_password(self.database, user_id, old, new, self.core.now(), noted)

    def set_zone(self, user_id: int, zone: str | None) -> None:
        """The time zone in which somebody sees times; none: the browser's."""
        with self.database.write(None) as db:
            users.set_zone(db, user_id, zone)

    def end_sessions(self, user_id: int) -> str:
        """Sign somebody out everywhere; the secret of the one session that is left."""
        with self.database.write(WHOLE) as db:
            row = users.user_row(db, user_id)
            self._note(db, WHOLE, "sessions_ended", actor=row.name, user=row.email)
            return users.end_sessions(db, user_id, self.core.now())

    def audit(
        self,
        company: str | None,
        *,
        limit: int = 100,
        before: int | None = None,
        about: About | None = None,
        search: str = "",
    ) -> dict[str, Any]:
        """Who did what, when and why, newest first: in a company, or (None) to the hub itself; `next` goes on."""
        if company is not None:
            with self.database.read() as db:
                companies.need_company(db, company)
        whose = WHOLE if company is None else company
        return list_audit(self.core, whose, limit=limit, before=before, about=about, search=search)

    def who_is(self, secret: str, *, seen: bool = True) -> Caller | None:
        """The person of a session; not `seen`: a page asks by itself, and the session may end over it."""
        return users.who_is(self.database, secret, self.core.now(), seen=seen)

    def users(self) -> list[dict[str, Any]]:
        """All users, each with how many API keys that they made, or that were made in their name, are still good."""
        with self.database.read() as db:
            good = Counter(map(keys.maker, keys.good_keys(db, self.core.now())))
            return [{**each, "good_keys": good[each["id"]] + good[each["name"]]} for each in users.list_users(db)]

    def add_user(self, email: str, name: str, *, administrator: bool = False) -> dict[str, Any]:
        """Add a user: `id`, and the secret of the `link` by which they set a password."""
        with self.database.write(WHOLE) as db:
            id = users.add_user(db, email, name, self.core.now(), administrator=administrator)
            link = users.invite(db, id, self.core.now())
            self._note(db, WHOLE, "user_added", user=users.user_row(db, id).email, administrator=administrator)
        return {"id": id, "link": link}

    def new_link(self, user_id: int) -> str:
        """The secret of a link by which a user sets a new password."""
        with self.database.write(WHOLE) as db:
            row = users.user_row(db, user_id)
            self._note(db, WHOLE, "user_link", user=row.email)
            return users.invite(db, user_id, self.core.now())

    def disable_user(self, user_id: int, *, disabled: bool = True) -> list[dict[str, Any]]:
        """Shut a user out at once, or let them in again; the API keys they leave behind that are still good.

        A key belongs to its company, and outlives whoever made it: each has `id`, `company` and `name`. Where no user
        is known to have made a key, the name counts in which it was made.
        """
        now = self.core.now()
        with self.database.write(WHOLE) as db:
            users.disable(db, user_id, now if disabled else None)
            row = users.user_row(db, user_id)
            self._note(db, WHOLE, "user_shut_out" if disabled else "user_let_in", user=row.email)
            return [each for each in keys.good_keys(db, now) if keys.maker(each) in (row.id, row.name)]

    def set_membership(self, user_id: int, company: str, role: str | None, rights: Iterable[str] = ()) -> None:
        """What a user is in a company; no role: nothing."""
        kept = sorted(rights)
        with self.database.write(company) as db:
            companies.need_company(db, company)
            row = users.user_row(db, user_id)
            had = users.membership(db, user_id, company)
            users.set_membership(db, user_id, company, role, kept)
            now = users.membership(db, user_id, company)
            self._note(db, company, "membership", user=row.email, **now, changes=changed(had, now))

    def add_key(
        self, company: str, name: str, *, role: str, rights: Iterable[str] = (), expires_at: datetime | None = None
    ) -> dict[str, Any]:
        """A new API key; its `secret` is told only now. Refused `not_permitted` for a right that its maker lacks."""
        rights = read_rights(rights)
        for right in sorted(rights):
            self.actor.must_have(right)
        with self.database.write(company) as db:
            companies.need_company(db, company)
            made = keys.add_key(
                db, company, name, self.core.now(), by=self.actor, role=role, rights=rights, expires_at=expires_at
            )
            self._note(
                db, company, "key_added", key=made["id"], name=made["name"], role=role, rights=made["rights"],
                until=made["expires_at"],
            )  # fmt: skip
        return made

    def keys(self, company: str) -> list[dict[str, Any]]:
        """A company's API keys."""
        with self.database.read() as db:
            return keys.list_keys(db, company)

    def revoke_key(self, company: str, key_id: int) -> None:
        """End an API key at once."""
        with self.database.write(company) as db:
            name = keys.revoke_key(db, company, key_id, self.core.now())
            self._note(db, company, "key_revoked", key=key_id, name=name)

    def whose_key(self, secret: str) -> Caller | None:
        """The program of an API key."""
        return keys.whose_key(self.database, secret, self.core.now())

    def begin_once(self, wish: Wish, *, repeatable: bool, sealed: bool = False) -> Kept | None:
        """What a wish was answered with before; None when it is to be carried out now (`hub.access.replays`)."""
        me, is_dead = self.core.me(), self.core.is_dead
        kept = replays.begin(self.database, wish, self.core.now(), me=me, is_dead=is_dead, repeatable=repeatable)
        if kept is None or not sealed:
            return kept
        body = self._seal().open(kept.body.decode(), _answer(wish))["body"]
        return Kept(status=kept.status, body=body.encode())

    def end_once(self, wish: Wish, answer: Kept, *, sealed: bool = False) -> None:
        """A wish was carried out: the same answer is given when it comes again; one with a secret is kept `sealed`."""
        if sealed:
            body = self._seal().seal({"body": answer.body.decode()}, _answer(wish))
            answer = Kept(status=answer.status, body=body.encode())
        replays.end(self.database, wish, answer)

    def give_up_once(self, wish: Wish, *, perhaps_done: bool) -> None:
        """A wish was not carried out, or nobody knows whether it was."""
        (replays.leave_open if perhaps_done else replays.forget)(self.database, wish)


def _answer(wish: Wish) -> str:
    """What an answer is sealed for."""
    return f"the answer to {wish.word}"
