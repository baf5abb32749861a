"""`make torture`: thousands of kills on both databases; a line for each hundred, then what was killed where.

A failure prints the seed and the command that plays its round again, and the whole ends with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.integration.kills.arena import Arena, Failure
from tests.integration.kills.rounds import ROUNDS, play
from tests.stores import PostgreSQL, SQLite, Store

KILLS_IN_A_ROUND = 6
TOO_MANY = 10
"""Failures after which it ends: something is broken for good."""


def main() -> int:
    """Play rounds until enough processes were killed; 0 when every verdict was good."""
    asked = _arguments()
    os.environ.setdefault("HUB_SECRET_KEY", "not so secret")
    root = Path(tempfile.mkdtemp(prefix="torture-"))
    names = list(ROUNDS) if asked.round is None else [asked.round]
    kinds = ["sqlite", "postgres"] if asked.database == "both" else [asked.database]
    servers = {kind: SQLite() if kind == "sqlite" else PostgreSQL(durable=True) for kind in kinds}
    arenas = {kind: Arena(store, root) for kind, store in servers.items()}
    out, begun = Console(highlight=False), time.monotonic()
    killed, rounds, failures, seed, told = Counter[str](), Counter[str](), 0, asked.seed, 0
    try:
        while sum(killed.values()) < asked.kills:
            kind, name = kinds[seed % len(kinds)], names[seed // len(kinds) % len(names)]
            rounds[kind] += 1
            try:
                killed[kind] += play(arenas[kind], name, seed, KILLS_IN_A_ROUND)
            except Exception as fault:
                failures += 1
                told_fault = str(fault) if isinstance(fault, Failure) else f"{type(fault).__name__}: {fault}"
                again = f"make torture ARGS='--database {kind} --round \"{name}\" --seed {seed}' KILLS=1"
                out.print(
                    f"[red]Failed[/red] {kind}, {name}, seed {seed}: {told_fault}\nAgain: {again}", soft_wrap=True
                )
                if failures == TOO_MANY:
                    break
            seed += 1
            while sum(killed.values()) // 100 > told:
                told += 1
                seconds = time.monotonic() - begun
                out.print(f"{told * 100:>6} kills in {sum(rounds.values())} rounds, {seconds:.0f} s, {failures} failed")
    except KeyboardInterrupt:
        out.print("Stopped.")
    finally:
        for arena in arenas.values():
            arena.close()
        for server in servers.values():
            _stop(server)
        shutil.rmtree(root, ignore_errors=True)
    _summary(out, {kind: arena.kills for kind, arena in arenas.items()}, rounds)
    seconds, total = time.monotonic() - begun, sum(killed.values())
    out.print(f"{total} kills, {failures} rounds with something twice, lost or left undone, {seconds:.0f} s.")
    return 1 if failures else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=5000, help="how many processes to kill at least")
    parser.add_argument("--seed", type=int, default=1, help="the first seed; each round has the next one")
    parser.add_argument("--database", choices=["sqlite", "postgres", "both"], default="both")
    parser.add_argument("--round", choices=list(ROUNDS), help="only rounds of this kind")
    return parser.parse_args()


def _summary(out: Console, kills: dict[str, Counter[str]], rounds: Counter[str]) -> None:
    table = Table("killed at", *kills, title="Kills", title_justify="left")
    for point in sorted(set().union(*kills.values())):
        table.add_row(point, *(str(each[point]) for each in kills.values()))
    table.add_section()
    table.add_row("all", *(str(sum(each.values())) for each in kills.values()))
    table.add_row("rounds", *(str(rounds[kind]) for kind in kills))
    out.print(table)


def _stop(server: Store) -> None:
    if isinstance(server, PostgreSQL):
        server.stop()


if __name__ == "__main__":
    raise SystemExit(main())
