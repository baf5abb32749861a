"""`examples/follow.py` beside a real `hub serve`: what was undone or changed arrives, whatever is killed."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hub.app import Hub, open_hub
from tests.stores import Store

EXAMPLE = Path(__file__).parents[2] / "examples" / "follow.py"
HUB = str(Path(sys.executable).with_name("hub"))


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(done: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while not (found := done()):
        assert time.monotonic() < end, what
        time.sleep(0.05)
    return found


class Shop:
    """The example's own database and its process, which may be killed."""

    def __init__(self, folder: Path, hub: str, key: str, secret: str, port: int) -> None:
        self.file, self._words = folder / "shop.db", [hub, "acme", str(port)]
        self._secrets = {"HUB_KEY": key, "HUB_WEBHOOK_SECRET": secret}
        spec = importlib.util.spec_from_file_location("follow", EXAMPLE)
        assert spec is not None
        assert spec.loader is not None
        self.example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.example)
        self.shop = sqlite3.connect(self.file, timeout=30)
        self.shop.executescript(self.example.SCHEMA)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, every: float) -> None:
        surroundings = {**os.environ, **self._secrets, "FOLLOW_EVERY": str(every)}
        self.process = subprocess.Popen([sys.executable, str(EXAMPLE), str(self.file), *self._words], env=surroundings)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def save(self, type: str, source_id: str, **data: Any) -> None:
        self.example.save(self.shop, type, source_id, **data)

    def data(self, type: str, source_id: str) -> dict[str, Any]:
        row = self.shop.execute(
            "SELECT data FROM records WHERE type = ? AND source_id = ?", (type, source_id)
        ).fetchone()
        found: dict[str, Any] = json.loads(row[0]) if row else {}
        return found

    def all_sent(self) -> bool:
        return bool(self.shop.execute("SELECT count(*) FROM records WHERE edits > sent").fetchone() == (0,))


@pytest.fixture
def hub(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    for name, value in (
        ("DATABASE_URL", store.url(tmp_path)),
        ("DATA_DIR", str(tmp_path)),
        ("WEBHOOKS_TO_PRIVATE", "true"),
    ):
        monkeypatch.setenv(f"HUB_{name}", value)
    with open_hub(actor="tester") as hub:
        hub.init()
        hub.add_company("Acme")
        hub.connect("acme", "mock")
        yield hub


@pytest.fixture
def shop(hub: Hub, tmp_path: Path) -> Iterator[Shop]:
    port, door = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    serving = subprocess.Popen([HUB, "serve", "--port", str(port)], cwd=tmp_path)
    key = hub.add_key("acme", "shop", role="bookkeeper")["secret"]
    secret = hub.add_webhook("acme", f"http://127.0.0.1:{door}/")["secret"]
    shop = Shop(tmp_path, address, key, secret, door)
    wait_for(lambda: ready(f"{address}/readyz"), "the hub never answered")
    yield shop
    shop.kill()
    shop.shop.close()
    serving.terminate()
    serving.wait(60)


def ready(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def customer_in_books(hub: Hub, name: str) -> str:
    held = hub.adapter("acme/mock").bookkeeper.all("customer")
    return str(next(each["remote_id"] for each in held if each["name"] == name))


def enter_an_order(shop: Shop) -> None:
    shop.save("customer", "C1", name="Zoë's Café")
    shop.save("item", "I1", name="Queso Cabrales", unit_price="10.00", kind="non_inventory")
    line = {"item": "I1", "quantity": "2", "unit_price": "10.00"}
    shop.save(
        "ship_doc", "S1", number="S1", status="shipped", date="2026-01-04", customer="C1", currency="USD", lines=[line]
    )


@pytest.mark.slow
def test_a_webhook_wakes_the_shop_which_takes_over_what_was_undone_and_what_the_books_changed(
    hub: Hub, shop: Shop
) -> None:
    enter_an_order(shop)
    shop.start(every=3600)  # it sends once, and then only a webhook wakes it
    wait_for(shop.all_sent, "the order never reached the hub")
    assert hub.sync("acme/mock")["totals"]["applied"] == 3
    hub.undo("acme", "ship_doc", "S1", reason="wrong price")
    wait_for(lambda: shop.data("ship_doc", "S1")["status"] == "processing", "the document was not re-opened")
    books = hub.adapter("acme/mock").bookkeeper
    books.edit("customer", customer_in_books(hub, "Zoë's Café"), ["phone=555", "name=Zoë's Bistro"])
    books.add("customer", ["name=Born in the books"])
    hub.sync("acme/mock")
    wait_for(lambda: shop.data("customer", "C1").get("phone") == "555", "the books' change never arrived")
    assert shop.data("customer", "C1")["name"] == "Zoë's Bistro"
    born = f"mock:{customer_in_books(hub, 'Born in the books')}"
    wait_for(lambda: shop.data("customer", born).get("name") == "Born in the books", "the new customer never arrived")
    assert hub.show("acme", "ship_doc", "S1")["status"] == "processing"
    assert [each["status"] for each in hub.deliveries("acme", 1) if each["error"]] == []


@pytest.mark.slow
def test_killed_again_and_again_the_shop_loses_nothing_and_closes_nothing_again(
    hub: Hub, shop: Shop, record_property: Callable[[str, object], None]
) -> None:
    chance, kills = random.Random(7), 8
    enter_an_order(shop)
    shop.start(every=0.1)
    wait_for(shop.all_sent, "the order never reached the hub")
    hub.sync("acme/mock")
    shop.kill()
    books, id = hub.adapter("acme/mock").bookkeeper, customer_in_books(hub, "Zoë's Café")
    hub.undo("acme", "ship_doc", "S1", reason="wrong price")  # while nobody listens
    for at in range(kills):
        books.edit("customer", id, [f"phone={at}"])
        books.add("customer", [f"name=Customer {at}"])
        hub.sync("acme/mock")
        shop.save("item", f"I{at + 2}", name=f"Item {at + 2}", unit_price="1.00", kind="service")
        shop.start(every=0.1)
        time.sleep(chance.uniform(0.1, 0.9))  # a Python process needs most of it to begin
        shop.kill()
    record_property("kills", kills)
    shop.start(every=0.1)
    end = hub.changes("acme", limit=1000)["next"]
    wait_for(lambda: shop.shop.execute("SELECT after FROM cursor").fetchone()[0] >= end, "it never caught up")
    wait_for(shop.all_sent, "not everything was sent")
    assert shop.data("ship_doc", "S1")["status"] == hub.show("acme", "ship_doc", "S1")["status"] == "processing"
    assert shop.data("customer", "C1")["phone"] == str(kills - 1)
    names = [
        json.loads(row[0])["name"] for row in shop.shop.execute("SELECT data FROM records WHERE type = 'customer'")
    ]
    assert sorted(name for name in names if name.startswith("Customer")) == [f"Customer {at}" for at in range(kills)]
    for at in range(kills):
        assert hub.show("acme", "item", f"I{at + 2}")["name"] == f"Item {at + 2}"
