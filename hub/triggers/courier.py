"""Carries webhooks out and follows the books' hints while a worker runs; no fault of one keeps the others waiting."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from hub.app import Hub
from hub.triggers.report import log, tell

PAUSE = 1.0
SIDE_BY_SIDE = 4
"""Webhooks served at once, so that a receiver that is slow to answer keeps three others from nothing."""


class Courier:
    """Looks every so often for webhooks with something to send, and for hints that are due, until it is stopped.

    Any number of them may run, on any number of machines: the database gives each webhook to one at a time.
    """

    def __init__(self, hub: Hub, *, pause: float = PAUSE) -> None:
        self._hub, self._pause = hub, pause
        self._stop = threading.Event()
        self._busy: set[int] = set()
        self._away = False
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, "hub-webhook")
        self._thread = threading.Thread(target=self._run, name="hub-courier")

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; what is on its way is waited for."""
        self._stop.set()
        self._thread.join()
        self._pool.shutdown()

    def look(self) -> None:
        """Begin what is due."""
        try:
            due = self._hub.deliverer.due()
            for connection in self._hub.follow_hints():
                log.info("The books said that something changed; a job was asked for.", connection=connection)
        except Exception as fault:
            if not self._away:  # told once, however long it lasts
                tell("Webhooks rest, and are tried again", fault)
            self._away = True
            return
        self._away = False
        for id in due:
            if id not in self._busy and not self._stop.is_set():
                self._busy.add(id)
                self._pool.submit(self._deliver, id)

    def _run(self) -> None:
        while not self._stop.is_set():
            self.look()
            self._stop.wait(self._pause)

    def _deliver(self, id: int) -> None:
        try:
            self._hub.deliverer.deliver(id, self._stop.is_set)
        except Exception as fault:
            tell(f"Webhook {id} could not be served and is tried again", fault, webhook=id)
        finally:
            self._busy.discard(id)
