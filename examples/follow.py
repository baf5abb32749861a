"""A source application that keeps its own SQLite in step with the hub, and may be killed at any moment.

    python examples/follow.py shop.db http://127.0.0.1:8080 acme --port 8090

The API key comes from HUB_KEY, a webhook's secret from HUB_WEBHOOK_SECRET. Orders that the shop itself wrote into its
table `records` are sent to the hub; what the change feed tells is written there. A webhook is only a knock at the door:
whatever it says, the feed is read.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (type TEXT, source_id TEXT, data TEXT, changed INTEGER DEFAULT 0, sent INTEGER DEFAULT 0,
    deleted INTEGER DEFAULT 0, PRIMARY KEY (type, source_id));
CREATE TABLE IF NOT EXISTS cursor (one INTEGER PRIMARY KEY CHECK (one = 1), after INTEGER);
INSERT OR IGNORE INTO cursor VALUES (1, 0);
"""
"""`changed` counts the shop's own edits, `sent` is the count that the hub has: what differs is still to be sent."""


def save(shop: sqlite3.Connection, type: str, source_id: str, **data: Any) -> None:
    """The shop writes a record: it is kept first, and sent when the hub can be reached."""
    with shop:
        shop.execute(
            "INSERT INTO records (type, source_id, data, changed) VALUES (?, ?, ?, 1)"
            " ON CONFLICT DO UPDATE SET data = excluded.data, changed = changed + 1, deleted = 0",
            (type, source_id, json.dumps(data)),
        )


class Follower:
    """The two ways between the shop and the hub; both begin again where they were, after whatever happened."""

    def __init__(self, file: str, hub: str, company: str, key: str) -> None:
        self.shop = sqlite3.connect(file, timeout=30)
        self.shop.executescript(SCHEMA)
        self._base = f"{hub}/api/v1/companies/{quote(company)}"
        self._key = key

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(f"{self._base}{path}", method=method)
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("Content-Type", "application/json")
        sent = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, sent, timeout=30) as answer:
            return json.load(answer)

    def send(self) -> None:
        """Give the hub what the shop changed. To send a record twice does no harm, so it is marked afterwards."""
        rows = self.shop.execute(
            "SELECT type, source_id, data, changed FROM records WHERE changed > sent ORDER BY rowid"
        ).fetchall()
        for type, source_id, data, changed in rows:
            try:
                self._call("PUT", f"/records/{quote(type)}/{quote(source_id, safe='')}", json.loads(data))
            except urllib.error.HTTPError as fault:
                if fault.code not in (409, 422):  # anything else is mended by waiting
                    raise
                print(f"{type} {source_id} was refused: {fault.read().decode()}", flush=True)
            with self.shop:  # an edit made meanwhile stays to be sent
                self.shop.execute(
                    "UPDATE records SET sent = max(sent, ?) WHERE type = ? AND source_id = ?",
                    (changed, type, source_id),
                )

    def follow(self) -> int:
        """Apply what happened since the last time; how many events. A page and its cursor are one transaction."""
        applied = 0
        while True:
            (after,) = self.shop.execute("SELECT after FROM cursor").fetchone()
            page = self._call("GET", f"/changes?after={after}")
            with self.shop:
                for event in page["items"]:
                    self._apply(event["kind"], event["type"], event["source_id"], event["data"])
                self.shop.execute("UPDATE cursor SET after = ?", (page["next"],))
            applied += len(page["items"])
            if not page["more"]:
                return applied

    def _apply(self, kind: str, type: str, source_id: str, data: dict[str, Any]) -> None:
        where = (type, source_id)
        if kind == "record_reopened":  # the shop's own document, and only its status is another one
            self.shop.execute(
                "UPDATE records SET data = json_set(data, '$.status', ?) WHERE type = ? AND source_id = ?",
                (data["status"], *where),
            )
        elif kind in ("entity_created", "entity_changed", "payment_imported"):
            self.shop.execute(  # an edit of the shop that still waits wins, as it does in the hub
                "INSERT INTO records (type, source_id, data) VALUES (?, ?, ?) ON CONFLICT DO UPDATE"
                " SET data = excluded.data, deleted = 0 WHERE changed = sent",
                (*where, json.dumps(data)),
            )
        elif kind == "entity_absorbed":
            self.shop.execute("UPDATE records SET deleted = 1 WHERE type = ? AND source_id = ?", where)

    def run(self, knock: threading.Event, every: float) -> None:
        """Both ways, again and again: after a knock at once, otherwise every so many seconds."""
        while True:
            knock.clear()
            try:
                self.send()
                self.follow()
            except (OSError, ValueError) as fault:  # the hub is away, or an answer was cut off
                print(f"Trying again: {fault}", flush=True)
            knock.wait(every)


def is_genuine(secret: str, headers: Any, body: bytes) -> bool:
    """Whether a webhook's signature is right and not old."""
    sent_at = headers.get("webhook-timestamp", "")
    if not sent_at.isdecimal() or abs(time.time() - int(sent_at)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    text = f"{headers.get('webhook-id', '')}.{sent_at}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
    return any(
        hmac.compare_digest(each.encode(), wanted.encode()) for each in headers.get("webhook-signature", "").split()
    )


def door(port: int, secret: str, knock: threading.Event) -> ThreadingHTTPServer:
    """Where webhooks arrive: 204 for a genuine one, which is only a reason to read the feed; 401 for any other."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("content-length") or 0), 1_000_000))
            genuine = is_genuine(secret, self.headers, body)
            if genuine:
                knock.set()
            self.send_response(204 if genuine else 401)
            self.end_headers()

    return ThreadingHTTPServer(("127.0.0.1", port), Door)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file")
    parser.add_argument("hub")
    parser.add_argument("company")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--every", type=float, default=30, help="seconds between two looks without a knock")
    given = parser.parse_args()
    knock = threading.Event()
    follower = Follower(given.file, given.hub.rstrip("/"), given.company, os.environ["HUB_KEY"])
    if secret := os.environ.get("HUB_WEBHOOK_SECRET"):
        threading.Thread(target=door(given.port, secret, knock).serve_forever, daemon=True).start()
    follower.run(knock, given.every)
