"""Change data capture: what changed since a time, deleted objects last, a thousand in all (facts §7)."""

from __future__ import annotations

from hub_quickbooks.sandbox import clock
from hub_quickbooks.sandbox.kinds import KINDS
from hub_quickbooks.sandbox.refusals import Refusal, missing
from hub_quickbooks.sandbox.store import Store

MOST = 1000
DAYS = 30


def changes(store: Store, realm: str, entities: str | None, since: str | None, now: float) -> str:
    """The JSON text of the `CDCResponse`."""
    if not entities:
        raise missing("entities")
    if not since:
        raise missing("changedSince")
    try:
        at = clock.instant(since)
    except (ValueError, OverflowError):
        raise Refusal(
            2060, f"Invalid date format: changedSince. Supplied value: {since[:40]}", "changedSince"
        ) from None
    if at < now - DAYS * 86_400:
        raise Refusal(2190, f"changedSince lies more than {DAYS} days back.", "changedSince")
    left = MOST
    answers = []
    for name in dict.fromkeys(part.strip() for part in entities.split(",")):
        kind = next((one for one in KINDS.values() if one.name.lower() == name.lower()), None)
        if kind is None or not kind.in_cdc:
            raise Refusal(2000, f"Object Name: {name[:60]} is not available to change data capture.", "entities")
        found = store.select(
            realm, kind.name, "updated >= ?", (int(at),), f"ORDER BY deleted, updated, seq LIMIT {left}"
        )
        left -= len(found)
        if found:
            bodies = ",".join(one.text for one in found)
            count = len(found)
            answers.append(f'{{"{kind.name}":[{bodies}],"startPosition":1,"maxResults":{count},"totalCount":{count}}}')
        else:
            answers.append("{}")
    return f'[{{"QueryResponse":[{",".join(answers)}]}}]'
