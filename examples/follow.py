"""A source application that keeps its own SQLite in step with the hub, and may be killed at any moment.

    HUB_KEY=… HUB_WEBHOOK_SECRET=… python examples/follow.py shop.db http://127.0.0.1:8080 acme 8090

What the shop wrote into its table is sent to the hub (`save`); what the change feed tells is written there. A webhook
is only a knock at the door, at the port given last: whatever it says, the feed is read.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

EVERY = float(os.environ.get("FOLLOW_EVERY", "30"))
"""Seconds between two looks without a knock."""
SCHEMA = """
CREATE TABLE IF NOT EXISTS records (type TEXT, source_id TEXT, data TEXT, agreed TEXT DEFAULT '{}', edits INTEGER,
    sent INTEGER DEFAULT 0, deleted INTEGER DEFAULT 0, PRIMARY KEY (type, source_id));
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), after INTEGER);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
"""
"""`edits` counts the shop's own, `sent` is how many of them the hub has, `agreed` what both last had alike."""


def save(shop: sqlite3.Connection, type: str, source_id: str, **data: Any) -> None:
    """The shop writes a record: it is kept first, and sent when the hub can be reached."""
    with shop:
        shop.execute(
            "INSERT INTO records (type, source_id, data, edits) VALUES (?, ?, ?, 1)"
            " ON CONFLICT DO UPDATE SET data = excluded.data, edits = edits + 1, deleted = 0",
            (type, source_id, json.dumps(data)),
        )


class Follower:
    """The two ways between shop and hub; both go on where they were, whatever happened in between."""

    def __init__(self, file: str, hub: str, company: str, key: str) -> None:
        self.shop = sqlite3.connect(file, timeout=30)
        self.shop.executescript(SCHEMA)
        self._base, self._key = f"{hub.rstrip('/')}/api/v1/companies/{quote(company)}", key

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        sent = None if body is None else body.encode()
        request = urllib.request.Request(self._base + path, sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def send(self) -> None:
        """Give the hub what the shop changed. To send a record twice does no harm, so it is noted afterwards."""
        waiting = "SELECT type, source_id, data, edits FROM records WHERE edits > sent ORDER BY rowid"
        for type, source_id, data, edits in self.shop.execute(waiting).fetchall():
            try:
                self._call("PUT", f"/records/{quote(type)}/{quote(source_id, safe='')}", data)
            except urllib.error.HTTPError as fault:
                if fault.code not in (409, 422):  # anything else is mended by waiting
                    raise
                print(f"{type} {source_id} was refused: {fault.read().decode()}", flush=True)
            with self.shop:  # an edit made meanwhile stays to be sent
                self.shop.execute(
                    "UPDATE records SET sent = max(sent, ?), agreed = ? WHERE type = ? AND source_id = ?",
                    (edits, data, type, source_id),
                )

    def follow(self) -> None:
        """Apply what happened since the last time. A page and its cursor are one transaction."""
        more = True
        while more:
            (after,) = self.shop.execute("SELECT after FROM cursor").fetchone()
            page = self._call("GET", f"/changes?after={after}")
            with self.shop:
                for event in page["items"]:
                    self._apply(event["kind"], event["type"], event["source_id"], event["data"])
                self.shop.execute("UPDATE cursor SET after = ?", (page["next"],))
            more = page["more"]

    def _apply(self, kind: str, type: str, source_id: str, told: dict[str, Any]) -> None:
        known = "SELECT data, agreed FROM records WHERE type = ? AND source_id = ?"
        mine, agreed = map(json.loads, self.shop.execute(known, (type, source_id)).fetchone() or ("{}", "{}"))
        if kind == "record_reopened":  # the shop's own document: only its status is another one
            mine, agreed = {**mine, **told}, {**agreed, **told}
        elif kind in ("entity_created", "entity_changed", "payment_imported"):  # what the shop still has to send wins
            mine, agreed = (
                {**told, **{field: value for field, value in mine.items() if value != agreed.get(field)}},
                told,
            )
        elif kind != "entity_absorbed":
            return
        self.shop.execute(
            "INSERT INTO records (type, source_id, data, agreed, edits, deleted) VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT"
            " DO UPDATE SET data = excluded.data, agreed = excluded.agreed, deleted = excluded.deleted",
            (type, source_id, json.dumps(mine), json.dumps(agreed), kind == "entity_absorbed"),
        )

    def run(self, knock: threading.Event) -> None:
        """Follow, then send, after every knock: what the hub has re-opened must not be closed again by an old copy."""
        while True:
            knock.clear()
            try:
                self.follow()
                self.send()
            except (OSError, ValueError) as fault:  # the hub is away, or an answer was cut off
                print(f"Trying again: {fault}", flush=True)
            knock.wait(EVERY)


def is_genuine(secret: str, headers: Any, body: bytes) -> bool:
    """Whether a webhook's signature is right and not old."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    text = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = hmac.digest(base64.b64decode(secret.removeprefix("whsec_")), text, hashlib.sha256)
    given = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(each, b"v1," + base64.b64encode(wanted)) for each in given)


def open_door(port: int, secret: str, knock: threading.Event) -> None:
    """Take webhooks in: 204 for a genuine one, which is a reason to read the feed, and 401 for any other."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("content-length") or 0), 1_000_000))
            genuine = is_genuine(secret, self.headers, body)
            self.send_response(204 if genuine else 401)
            self.end_headers()
            if genuine:
                knock.set()

    threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", port), Door).serve_forever, daemon=True).start()


if __name__ == "__main__":
    file, hub, company, port = sys.argv[1:]
    knock = threading.Event()
    open_door(int(port), os.environ["HUB_WEBHOOK_SECRET"], knock)
    Follower(file, hub, company, os.environ["HUB_KEY"]).run(knock)
