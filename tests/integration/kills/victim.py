"""Run as a process: reads one JSON order a line, runs that sync in a child of its own, and tells how the child ended.

A child is a real process that dies by SIGKILL; forking it from one that has the hub loaded saves a second each time.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from hub.app import open_hub
from hub.testing.kill import killer_from_environment

CONNECTION = "acme/mock"


def sync(order: dict[str, Any]) -> None:
    """One `hub sync`, dying at the named point if it comes by there."""
    os.environ["HUB_KILL_AT"] = order["kill_at"]
    with open_hub(order["url"], reach=killer_from_environment(), actor="victim") as hub:
        hub.sync(CONNECTION)


def in_a_child(order: dict[str, Any]) -> dict[str, Any]:
    """How the child ended: killed or not, and its exit code."""
    child = os.fork()
    if child == 0:
        try:
            sync(order)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return {"killed": code == -9, "code": code}


def main() -> None:
    """Answer orders until there are no more."""
    for line in sys.stdin:
        print(json.dumps(in_a_child(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
