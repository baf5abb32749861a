"""One adapter on fresh books: calls, answered exactly as the adapter answers, and what the books hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from hub.adapters import (
    AdapterSpec,
    Applied,
    Capabilities,
    ChangePage,
    Conflict,
    Find,
    Outcome,
    Rejected,
    RemoteObject,
    RemoteRef,
    Request,
    Unauthorised,
    Unknown,
)
from hub.errors import AuthorisationLost
from hub.model import (
    ENTITIES,
    Operation,
    RecordType,
)
from hub.testing.contract.asking import Requests, needs
from hub.testing.contract.subject import OURS, Seen, Subject, Trouble

NO_SUCH_ID = "999999999"
NEVER_SENT = f"hub-{'0' * 20}"
_VERBS = {Operation.CREATE: "hub_create", Operation.UPDATE: "hub_update"}


Call = Callable[[str, Sequence[Request]], list[Outcome]]


class Bench(Requests):
    """Talks to the adapter without the hub's safety net, so that a fault is seen where it is made.

    Attributes:
        adapter: the instance connected to our books.
        context: what it was handed.
    """

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject)
        self.reconnect()

    def reconnect(self) -> None:
        """A new instance on the same books, as after a restart of the hub."""
        self.context = self.subject.context(OURS)
        self.adapter: Any = self.subject.connect(OURS)

    @property
    def can(self) -> Capabilities:
        """What the adapter claims, for this connection."""
        claimed = getattr(self.adapter, "capabilities", self.adapter.info.capabilities)
        assert isinstance(claimed, Capabilities), f"its capabilities are a {type(claimed).__name__}"
        return claimed

    # --- calls ---

    def offers(self, hook: str) -> bool:
        """Whether the adapter implements a hook at all."""
        return hasattr(self.adapter, hook)

    def push(self, *requests: Request) -> list[Outcome]:
        """The outcomes of one call, an exception turned into what the hub makes of it."""
        return self._by_verb(requests, self._caught)

    def push_raw(self, requests: Sequence[Request]) -> list[Outcome]:
        """The same, and what the adapter raises is raised."""
        return self._by_verb(requests, self._pushed)

    def _by_verb(self, requests: Sequence[Request], call: Call) -> list[Outcome]:
        """One call; of an adapter without `hub_push`, one for each verb, whatever becomes of the others."""
        if self.offers("hub_push"):
            return call("hub_push", requests)
        verbs: dict[str, list[int]] = {}
        for at, request in enumerate(requests):
            verbs.setdefault(_verb(request), []).append(at)
        answers: dict[int, Outcome] = {}
        for hook, places in verbs.items():
            answers |= zip(places, call(hook, [requests[at] for at in places]), strict=True)
        return [answers[at] for at in range(len(requests))]

    def _caught(self, hook: str, requests: Sequence[Request]) -> list[Outcome]:
        try:
            return self._pushed(hook, requests)
        except AssertionError:
            raise
        except AuthorisationLost as fault:
            return [Unauthorised(message=fault.message)] * len(requests)
        except Exception as fault:
            return [Unknown(message=f"{type(fault).__name__}: {fault}")] * len(requests)

    def _pushed(self, hook: str, requests: Sequence[Request]) -> list[Outcome]:
        answer = self.ask(hook, requests=list(requests))
        assert isinstance(answer, list), f"{hook} answered with a {type(answer).__name__}, not a list"
        assert len(answer) == len(requests), f"{hook} answered {len(answer)} of {len(requests)} requests"
        strangers = [each for each in answer if not isinstance(each, Outcome)]
        assert not strangers, f"{hook} answered with {strangers[0]!r}, which is no outcome"
        return answer

    def done(self, request: Request) -> Applied:
        """The outcome of a request that must succeed."""
        (outcome,) = self.push_raw([request])
        assert isinstance(outcome, Applied), f"{request.operation} {request.type.words}: {outcome}"
        return outcome

    def refused(self, request: Request) -> Rejected | Conflict:
        """The outcome of a request that must be refused for good."""
        (outcome,) = self.push_raw([request])
        assert isinstance(outcome, Rejected | Conflict), f"{request.operation} {request.type.words}: {outcome}"
        return outcome

    def ask(self, hook: str, **arguments: Any) -> Any:
        """One hook's answer, as it is."""
        assert hook in vars(AdapterSpec), hook
        needs(self.offers(hook), f"it does not implement {hook}")
        return getattr(self.adapter, hook)(**arguments)

    def find(self, request: Request, **criteria: Any) -> tuple[RemoteObject, ...]:
        """What `hub_find` finds for one entry, of the type of a request."""
        wanted = [Find(type=request.type, posts_as=request.posts_as, **criteria)]
        answer = self.ask("hub_find", wanted=wanted)
        assert len(answer) == 1, f"hub_find answered {len(answer)} of 1 entry"
        return tuple(answer[0])

    def read(self, type: RecordType, remote_id: str) -> RemoteObject | None:
        """What `hub_read` reads of one object."""
        answer = self.ask("hub_read", refs=[RemoteRef(type=type, remote_id=remote_id)])
        assert len(answer) == 1, f"hub_read answered {len(answer)} of 1 entry"
        found = answer[0]
        assert found is None or isinstance(found, RemoteObject), f"hub_read answered with {found!r}"
        return found

    def held(self, type: RecordType, remote_id: str) -> RemoteObject:
        """The same, of one that must be there."""
        found = self.read(type, remote_id)
        assert found is not None, f"hub_read does not find the {type.words} {remote_id}"
        return found

    def pages(self, hook: str, limit: int, cursor: str | None = None, **arguments: Any) -> Iterator[ChangePage]:
        """Every page from a cursor on, until the adapter says that no more waits; never more than a thousand."""
        for _ in range(1000):
            page = self.ask(hook, cursor=cursor, limit=limit, **arguments)
            assert isinstance(page, ChangePage), f"{hook} answered with a {type(page).__name__}"
            yield page
            if not page.more:
                return
            assert page.cursor != cursor or page.objects, f"{hook} says more, and does not move its cursor"
            cursor = page.cursor
        pytest.fail(f"{hook} says more after a thousand pages")

    # --- the other side ---

    def seen(self, type: RecordType, remote_id: str) -> Seen | None:
        """One object as somebody sees it who looks into the books."""
        found = [each for each in self.subject.look(type) if each.remote_id == remote_id]
        assert len(found) < 2, f"two objects in the books have the id {remote_id}"
        return found[0] if found else None

    def state(self, requests: Sequence[Request]) -> dict[RecordType, list[Seen]]:
        """What the books hold of the types that requests are about."""
        return {type: self.subject.look(type) for type in {request.type for request in requests}}

    def count(self, type: RecordType) -> int:
        """How many objects of a type the books hold."""
        return len(self.subject.look(type))

    @contextmanager
    def trouble(self, trouble: Trouble, way: str = "") -> Iterator[None]:
        """Books that misbehave for a while; a new instance afterwards."""
        self.subject.switch_on(trouble, way)
        try:
            yield
        finally:
            self.subject.switch_off()
        self.reconnect()

    def ways(self, trouble: Trouble) -> Sequence[str]:
        """The ways in which a trouble shows itself in these books."""
        return self.subject.ways.get(trouble, ("",))


def _verb(request: Request) -> str:
    return _VERBS.get(request.operation, "hub_delete" if request.type in ENTITIES else "hub_undo")
