"""One worker of the hub as a process: drains one connection. `where` is `URL CONNECTION`."""

from __future__ import annotations

from collections.abc import Callable

from hub.app import open_hub


def work(where: str, go: Callable[[], None]) -> None:
    """Open the hub, wait for the start, run one job; the books must hold everything afterwards."""
    url, connection = where.split(" ")
    with open_hub(url) as hub:
        waiting = hub.queue(connection, limit=1)["total"]
        go()
        totals = hub.sync(connection)["totals"]
        if totals["applied"] != waiting or hub.queue(connection, limit=1)["total"]:
            raise SystemExit(f"The books do not hold what was put in: {totals}")
