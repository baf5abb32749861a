"""What a request would do to the books, as one line that changes exactly when that changes (rule J10)."""

from __future__ import annotations

import hashlib
import json

from hub.jobs.decisions import Send
from hub.jobs.supposed import IdSet
from hub.model import Operation, posted_digest

_PARTS = (
    "what is to be done",
    "what it becomes in the books",
    "its content",
    "the object in the books",
    "what it refers to",
)


def fingerprint(send: Send, created: IdSet) -> str:
    """The fingerprint of a request; `created` are the records that the same job creates, whose ids nobody knows before.

    Left out is what does not reach the books: the source's own status, key and marker, versions and names of what it
    refers to.
    """
    request, remote = send.request, send.request.remote
    content = "-" if request.operation is Operation.DELETE else posted_digest(request.record)[:24]
    links = []
    for ref, target in send.to.items():
        if target.remote is not None:
            fresh = target.record_id is not None and target.record_id in created and not target.stands_in
            what = ["new", target.record_id] if fresh else [target.remote.type, target.remote.remote_id]
            links.append([*ref, *what])
    return " ".join(
        [
            request.operation,
            request.posts_as.replace(" ", "_"),
            content,
            _short([remote.type, remote.remote_id, remote.version]) if remote else "-",
            _short(sorted(links)),
        ]
    )


def what_changed(before: str, now: str) -> str:
    """In which parts two fingerprints differ, in plain words."""
    pairs = zip(_PARTS, before.split(" "), now.split(" "), strict=True)
    return ", ".join(words for words, old, new in pairs if old != new)


def _short(value: object) -> str:
    return hashlib.blake2b(json.dumps(value).encode(), digest_size=12).hexdigest()
