"""Run as a process: reads one JSON order a line, runs what it asks in children of its own, and tells how they ended.

A child is a real process that dies by a real signal; forking it from one that has the hub loaded saves a second each
time. Dead children are reaped at once, as the init of a machine does, so that others see that they are gone.
"""

from __future__ import annotations

import faulthandler
import json
import os
import select
import signal
import time
import traceback
from pathlib import Path
from typing import Any

from hub.app import Hub, open_hub
from hub.errors import HubError, Refused
from hub.jobs import recover
from hub.jobs.verdicts import Verdict
from hub.triggers import worker

REFUSED, FAILED = 4, 1
CRASHED = 70
"""What no process may ever end with: something that is not told in plain words."""


def signaller(point: str, number: int) -> Any:
    """What to hand to `open_hub(reach=…)`: this process gets that signal as it passes `NAME`, or `NAME:N`."""
    name, _, times = point.partition(":")
    left = int(times or 1)

    def reach(passed: str) -> None:
        nonlocal left
        if passed == name:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), number)

    return reach


def do(order: dict[str, Any]) -> None:
    """Carry an order out in this process, dying at the point it names if it comes by there."""
    point = order.get("point", "")
    if point.startswith("mock-"):
        os.environ["HUB_KILL_AT"] = point
    reach = signaller(point, order.get("signal", signal.SIGKILL))
    settings = {"data_dir": order["data_dir"], "lease_seconds": order.get("lease", 60)}
    if order.get("engine") == "forgetful":  # wrong on purpose: it takes what it cannot remember for never sent
        recover.created = lambda *_args, **_how: Verdict(outcome="absent", message="not looked for")
    with open_hub(order["url"], reach=reach, actor="victim", **settings) as hub:
        TASKS[order["task"]](hub, order)


def sync(hub: Hub, order: dict[str, Any]) -> None:
    """One `hub sync`."""
    hub.sync(order["connection"])


def work(hub: Hub, order: dict[str, Any]) -> None:
    """`hub worker`, until it is told to stop."""
    worker.REST = 0.2
    worker.run_worker(hub, poll=0.05)


def load(hub: Hub, order: dict[str, Any]) -> None:
    """`hub load` of some records, a few in each transaction."""
    lines, size = order["records"], order["batch"]
    for start in range(0, len(lines), size):
        for saved in hub.put_many("acme", lines[start : start + size]):
            assert saved.error is None, saved.error


def check(hub: Hub, order: dict[str, Any]) -> None:
    """Ask the books who they are, at an instant agreed upon."""
    relay = hub.core.relay(hub.lane(order["connection"]))
    time.sleep(max(0.0, order["at"] - time.time()))
    relay.check()


TASKS = {"sync": sync, "work": work, "load": load, "check": check}


def begin(order: dict[str, Any]) -> int:
    """Start a child on an order; its pid. What it says goes to a file of the stage."""
    child = os.fork()
    if child:
        return child
    code = CRASHED
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        said = os.open(Path(order["data_dir"]) / f"said-{os.getpid()}", os.O_WRONLY | os.O_CREAT)
        for stream in (1, 2):
            os.dup2(said, stream)
        faulthandler.register(signal.SIGUSR1, all_threads=True)
        do(order)
        code = 0
    except Refused as fault:
        print(fault.code, fault.message, flush=True)
        code = REFUSED
    except HubError as fault:
        print(fault.code, fault.message, flush=True)
        code = FAILED
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Answer orders until there are no more."""
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    ended: dict[int, int] = {}
    awaited: set[int] = set()
    rest = b""
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
        if 0 in ready:
            read = os.read(0, 1 << 20)
            if not read:
                return
            *lines, rest = (rest + read).split(b"\n")
            for line in lines:
                order = json.loads(line)
                if order["task"] == "wait":
                    awaited.add(order["pid"])
                else:
                    print(json.dumps({"pid": begin(order)}), flush=True)
        for pid in awaited & ended.keys():
            awaited.remove(pid)
            print(json.dumps({"code": ended.pop(pid)}), flush=True)


if __name__ == "__main__":
    main()
