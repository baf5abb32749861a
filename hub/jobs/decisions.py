"""What can be decided about a locked request, and what the decision depends on beside the request itself (rule J4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from hub.adapters import Fault, Request
from hub.conflicts import Claim, Holder, Kind
from hub.jobs.supposed import Supposed
from hub.jobs.targets import Target
from hub.model import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """It can go out; `as_stored` when its record is sent just as it is stored. `to`: what its references stand for."""

    request: Request
    as_stored: bool = True
    to: Mapping[Ref, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Something that this job is still sending must be done first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """It goes back to the queue and waits, for that record or for that reason; no attempt is counted (Q15)."""

    waits_for: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """It goes back to the queue with this error, unsent."""

    fault: Fault
    kind: Kind | None = None
    remote_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """It leaves the queue unsent: excluded for this reason, or nothing is left to do (None)."""

    reason: str | None


Decision = Send | Later | Wait | Stop | Skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What a request's fate depends on beside the request.

    Attributes:
        paired: the records that may have other requests in the queue, from :func:`find_paired`.
        claim: claims names; the answer names the holder for each record that came too late (C4).
    """

    paired: set[int]
    claim: Callable[[Connection, Sequence[Claim]], dict[int, Holder]]
    supposed: Supposed = field(default_factory=Supposed)
