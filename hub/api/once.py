"""`Idempotency-Key`: a POST that comes again is answered again, and what it asks for is done once.

Only what was done is kept. A refusal changed nothing, so the same request may be tried again; so may one that failed
(5xx), unless it would do more the second time (`repeatable=False` of its route): that is never done again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from hub.access.replays import Kept, Wish
from hub.api.caller import the_hub
from hub.api.problems import status_of
from hub.errors import HubError

HEADER = "Idempotency-Key"
REPLAY = "Idempotent-Replay"


async def once(
    request: Request, carry_out: Callable[[Request], Coroutine[Any, Any, Response]], *, repeatable: bool, secret: bool
) -> Response:
    """The answer, from carrying it out or from the time it was; one that shows a `secret` is kept sealed."""
    hub = the_hub(request)
    wish = Wish(key_id=request.state.caller.key_id, word=request.headers[HEADER], digest=await _digest(request))
    kept = await run_in_threadpool(hub.begin_once, wish, repeatable=repeatable, sealed=secret)
    if kept is not None:
        return Response(kept.body, kept.status, {REPLAY: "true"}, media_type="application/json")
    try:
        answer = await carry_out(request)
    except HubError as fault:
        # One that the database or the books met half-way may have been carried out; a refusal changed nothing.
        await run_in_threadpool(hub.give_up_once, wish, perhaps_done=status_of(fault) >= 500 and not repeatable)
        raise
    except Exception as fault:
        known = type(fault).__module__.startswith(("fastapi", "starlette"))  # the request itself could not be used
        await run_in_threadpool(hub.give_up_once, wish, perhaps_done=not known and not repeatable)
        raise
    kept = Kept(status=answer.status_code, body=bytes(answer.body))
    await run_in_threadpool(hub.end_once, wish, kept, sealed=secret)
    return answer


async def _digest(request: Request) -> str:
    """Of all that the wish consists of."""
    told = hashlib.sha256()
    query = request.scope.get("query_string", b"")
    for part in (
        request.method.encode(),
        request.scope["path"].encode("utf-8", "replace"),
        query,
        await request.body(),
    ):
        told.update(len(part).to_bytes(8, "big") + part)
    return told.hexdigest()
