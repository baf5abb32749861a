"""Conflicts: listed, and resolved by one call that knows every way out (C1 to C9, X3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub import records
from hub.app.wiring import Wiring
from hub.conflicts import Kind, Way, find_conflict, list_conflicts
from hub.errors import InvalidInput, Refused
from hub.jobs.brake import list_braked
from hub.model import parse_type
from hub.records import Keep


class ConflictCalls(Wiring):
    """Where the two sides disagree, and what a person decides."""

    def conflicts(self, connection: str, *, limit: int = 200, after: str | None = None) -> dict[str, Any]:
        """A page of the open conflicts, oldest first (C9); `ways` are what :meth:`resolve_conflict` takes for each."""
        return list_conflicts(self.core, self.lane(connection), limit=limit, after=after)

    def conflict(self, connection: str, conflict_id: int) -> dict[str, Any]:
        """One open conflict; NotFound `conflict_not_found`, Refused `conflict_settled`."""
        return find_conflict(self.core, self.lane(connection), conflict_id)

    def braked(self, connection: str) -> dict[str, Any]:
        """Removals and inactivations that the brake holds until a person confirms (J8): `ids`, `items`, `why`."""
        return list_braked(self.core, self.lane(connection))

    def resolve_conflict(
        self,
        connection: str,
        conflict_id: int,
        action: str,
        *,
        keep: str | None = None,
        fields: Mapping[str, str] | None = None,
        name: str | None = None,
        remote_id: str | None = None,
        reason: str | None = None,
    ) -> dict[str, Any]:
        """Resolve an open conflict; the record as it stands afterwards.

        Args:
            action: `link` to the entity in the books, with `keep` saying whose values win; `choose` whose value wins
                for each of the `fields` (name to source or books); use the other as a `proxy`; `rename` to `name`;
                `remove` the request from the queue, so that the books win; `release` it as not in the books.
            name, remote_id: the object in the books, for `link` and `proxy`; default the one of the conflict.

        Raises:
            NotFound: `conflict_not_found`. InvalidInput: `bad_action`, `name_missing`, `bad_choice`, and what the
            action itself refuses. Refused: `conflict_settled`, `action_not_possible`, and the rules of the action.
        """
        lane = self.lane(connection)
        found = find_conflict(self.core, lane, conflict_id)
        way = _possible(action, found)
        type, source_id = parse_type(found["type"]), found["source_id"]
        who: dict[str, Any] = {"actor": self.actor, "reason": reason}
        if name is None and remote_id is None:
            remote_id = found["remote_id"]
        match way:
            case Way.LINK:
                winner = read_keep("source" if keep is None and found["kind"] == Kind.CHECK_BY_HAND else keep)
                records.link(self.core, lane, type, source_id, keep=winner, name=name, remote_id=remote_id, **who)
            case Way.CHOOSE:
                choices = {field: read_keep(side) for field, side in (fields or {}).items()}
                object = str(found["remote_id"])
                records.choose_values(self.core, lane, type, source_id, choices, remote_id=object, **who)
            case Way.PROXY:
                records.set_proxy(self.core, lane, type, source_id, name=name, remote_id=remote_id, **who)
            case Way.RENAME:
                if not name:
                    raise InvalidInput("A new name is needed.", code="name_missing", fix="Give the name it is to have.")
                records.rename(self.core, lane.company, type, source_id, name, **who)
            case Way.REMOVE:
                records.remove_requests(self.core, lane, [_request(found)], self.actor, reason)
            case Way.RELEASE:
                records.release_requests(self.core, lane, [_request(found)], self.actor, reason)
        return records.show_record(self.core, lane.company, type, source_id, history=True)


def read_keep(given: str | None) -> Keep:
    """Whose values win: source or books; InvalidInput `keep_missing` for anything else."""
    if given == "source":
        return "source"
    if given == "books":
        return "books"
    raise InvalidInput("Say whose values win.", code="keep_missing", fix="Keep the source's or the books'.")


def _possible(action: str, found: Mapping[str, Any]) -> Way:
    if action not in list(Way):
        raise InvalidInput(
            f"There is no way {action!r} out of a conflict.", code="bad_action", fix=f"Use one of {', '.join(Way)}."
        )
    if action not in found["ways"]:
        raise Refused(
            f"This conflict cannot be resolved by {action}.",
            code="action_not_possible",
            fix=f"Here one can {' or '.join(found['ways'])}.",
        )
    return Way(action)


def _request(found: Mapping[str, Any]) -> int:
    """The request of the conflict's own record."""
    mine = [
        each for each in found["blocks"] if (each["type"], each["source_id"]) == (found["type"], found["source_id"])
    ]
    if not mine:
        raise Refused(
            "Nothing of this record waits in the queue any more.",
            code="action_not_possible",
            fix="Resolve the conflict in another way.",
        )
    return int(mine[0]["id"])
