"""How every route behaves: who calls is known first, what was sent is read exactly, and a POST is done once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Query
from fastapi.routing import APIRoute

from hub.api import shapes
from hub.api.answers import Answer
from hub.api.bodies import check_address, check_query, read_body
from hub.api.caller import recognised
from hub.api.once import HEADER, once
from hub.api.problems import MEDIA_TYPE
from hub.threads import wrapped

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "What was asked is not done: why, and what to do (RFC 9457). "
        "A query parameter that is not described here is refused (422 `unknown_parameter`), "
        "and one that is given twice (422 `repeated_parameter`).",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
    "5XX": {
        "description": "The hub, its database or the books failed.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    },
}
_ONCE = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A word of your own for this one wish: sent again with the same body, it is answered, not repeated.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "example": "undo-10248-1",
}


class HubRoute(APIRoute):
    """One route. Nothing of a request's body is read before its caller is known."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, behind what every route asks for."""
        carry_out = super().get_route_handler()
        extra = self.openapi_extra or {}
        repeatable, secret = not extra.get("x-not-repeatable"), bool(extra.get("x-shows-secret"))
        known = [each.alias for each in get_flat_params(self.dependant) if isinstance(each.field_info, Query)]

        async def handle(request: Request) -> Response:
            check_address(request)
            request.state.caller = await run_in_threadpool(recognised, request)
            check_query(request, known)
            if request.method in ("GET", "HEAD"):
                return await carry_out(request)
            await read_body(request)
            if request.method == "POST" and HEADER in request.headers:
                return await once(request, carry_out, repeatable=repeatable, secret=secret)
            return await carry_out(request)

        return handle


class Routes(APIRouter):
    """A file's routes: endpoints return plain data, and every route is described alike."""

    def __init__(self, subject: str, prefix: str = "") -> None:
        super().__init__(prefix=prefix, tags=[subject], route_class=HubRoute)

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        """As usual; the operation is named after the endpoint."""
        status = more.get("status_code") or 200
        extra: dict[str, Any] = dict(more.pop("openapi_extra", None) or {})
        if "POST" in (more.get("methods") or ()):
            extra["parameters"] = [*extra.get("parameters", ()), _ONCE]
        model, examples = extra.pop("answers", None), extra.pop("examples", None)
        done = {"description": "Done."} if status == 204 else _documented(model, examples)
        more["responses"] = {status: done, **_PROBLEMS}
        operation = f"{self.tags[0]}_{endpoint.__name__}"
        more.update(response_model=None, response_class=Answer, operation_id=operation, openapi_extra=extra)
        super().add_api_route(path, wrapped(endpoint, partial(_answering, status=status)), **more)


def told(
    answers: Any, *, example: Any = None, takes: Any = None, sent: Any = None, repeatable: bool = True
) -> dict[str, Any]:
    """What a route's `openapi_extra` says of its answer and its body.

    Args:
        answers: the shape of the answer, of `hub.api.shapes`.
        takes: the shape of the body, where the endpoint reads it by itself, with `sent` as an example.
        repeatable: whether carrying it out twice does no more than once; where not, a call whose end nobody knows
            is never carried out again (`hub.api.once`).
    """
    extra: dict[str, Any] = {"answers": answers, "examples": example}
    if takes is not None:
        content: dict[str, Any] = {"schema": shapes.reference(takes)}
        if sent is not None:
            content["example"] = sent
        extra["requestBody"] = {"required": True, "content": {"application/json": content}}
    if not repeatable:
        extra["x-not-repeatable"] = True
    return extra


def _documented(model: Any, example: Any) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if model is not None:
        content["schema"] = shapes.reference(model)
    if example is not None:
        content["example"] = example
    return {"description": "Done.", "content": {"application/json": content}}


def _answering(endpoint: Callable[..., Any], *, status: int) -> Callable[..., Any]:
    """The endpoint with its plain data written as an answer, and nothing validated once more on the way."""

    def answer(found: Any) -> Response:
        return found if isinstance(found, Response) else Answer(found, status)

    @wraps(endpoint)
    def call(*args: Any, **given: Any) -> Response:
        return answer(endpoint(*args, **given))

    @wraps(endpoint)
    async def call_soon(*args: Any, **given: Any) -> Response:
        return answer(await endpoint(*args, **given))

    return call_soon if iscoroutinefunction(endpoint) else call
