"""What is about to be sent, written down before it leaves: a key that may have worked keeps its bytes (X1, X2)."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from pydantic_core import to_json

from hub.adapters import RemoteRef, Request
from hub.model import Operation, RecordType, Ref, dump_record, load_record


def make_key(salt: str, request_id: int, generation: int) -> str:
    """The idempotency key: fixed by connection, request and generation."""
    return hashlib.blake2b(f"{salt}:{request_id}:{generation}".encode(), digest_size=16).hexdigest()


def make_marker(salt: str, request_id: int) -> str:
    """The marker left in the object: one per request, whatever the generation that made it."""
    return "hub-" + hashlib.blake2b(f"{salt}:{request_id}".encode(), digest_size=10).hexdigest()


def encode(request: Request, payload: str | None = None) -> str:
    """The request as text, without key and deadline; equal requests give equal text.

    `payload` is the stored record, for a request that sends it as it is stored: so it need not be spelled again.
    """
    remote = request.remote
    head = to_json(
        {
            "operation": request.operation,
            "type": request.type,
            "posts_as": request.posts_as,
            "source_id": request.source_id,
            "marker": request.marker,
            "links": sorted([*ref, to.type, to.remote_id, to.version, to.name] for ref, to in request.links.items()),
            "remote": [remote.type, remote.remote_id, remote.version, remote.name] if remote else None,
        }
    ).decode()
    return f'{head[:-1]}, "record": {payload or dump_record(request.record)}}}'


def digest(text: str) -> str:
    """Fingerprint of what is sent."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def decode(text: str, key: str, deadline: datetime) -> Request:
    """The request again, as it was sent the first time."""
    head, _, record = text.partition(', "record": ')
    sent = json.loads(head + "}")
    type = RecordType(sent["type"])
    return Request(
        operation=Operation(sent["operation"]),
        type=type,
        posts_as=sent["posts_as"],
        source_id=sent["source_id"],
        record=load_record(type, record[:-1]),
        key=key,
        marker=sent["marker"],
        deadline=deadline,
        links={
            Ref(RecordType(of), source_id): RemoteRef(type=RecordType(to), remote_id=id, version=version, name=name)
            for of, source_id, to, id, version, name in sent["links"]
        },
        remote=_remote(sent["remote"]),
    )


def _remote(given: list[str] | None) -> RemoteRef | None:
    if given is None:
        return None
    type, remote_id, version, name = given
    return RemoteRef(type=RecordType(type), remote_id=remote_id, version=version, name=name)
