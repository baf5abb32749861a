"""The object in the books that a person named, by name or by id: exactly one, and alive."""

from __future__ import annotations

from hub.adapters import Find, RemoteObject, RemoteRef
from hub.errors import InvalidInput, NotFound, Refused
from hub.model import RecordType
from hub.queue import Core, Lane


def find_target(core: Core, lane: Lane, type: RecordType, name: str | None, remote_id: str | None) -> RemoteObject:
    """Ask the books for it.

    Raises:
        InvalidInput: `target_missing` unless either a name or an id is given.
        NotFound: `target_not_found`. Refused: `several_matches`, `target_inactive`.
    """
    if (name is None) == (remote_id is None):
        raise InvalidInput("Name the object in the books.", code="target_missing", fix="Give a name or a remote id.")
    relay = core.relay(lane)
    if remote_id is not None:
        matches = [one for one in relay.read([RemoteRef(type=type, remote_id=remote_id)]) if one and not one.deleted]
    else:
        wanted = Find(
            type=type,
            posts_as=lane.policy.posts_as(type),
            name=name if type.is_entity else None,
            number=None if type.is_entity else name,
        )
        matches = [one for one in relay.find([wanted])[0] if not one.deleted]
    asked = remote_id or name
    if not matches:
        raise NotFound(
            f"The books hold no {type.words} {asked}.",
            code="target_not_found",
            fix="Check the name or id in the books.",
        )
    if len(matches) > 1:
        raise Refused(
            f"The books hold several of the name {asked}: {', '.join(one.remote_id for one in matches)}.",
            code="several_matches",
            fix="Name one by its id in the books.",
        )
    if type.is_entity and not matches[0].active:
        raise Refused(
            f"{matches[0].name} is inactive in the books.", code="target_inactive", fix="Make it active there first."
        )
    return matches[0]
