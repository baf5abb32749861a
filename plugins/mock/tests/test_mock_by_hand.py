"""A program can sit at the books' own screen and make the books misbehave, as `hub mock` lets a person do."""

from __future__ import annotations

import pytest

from hub.adapters import Unknown
from hub.errors import InvalidInput


def test_the_adapter_offers_the_books_own_screen(books):
    clerk = books.adapter.bookkeeper
    blue = clerk.add("customer", ["name=Blue Ltd"])
    clerk.edit("customer", blue["remote_id"], ["phone=1"])
    gone = clerk.add("customer", ["name=Gone Ltd"])
    clerk.delete("customer", gone["remote_id"])
    assert [(one["name"], one["data"]["phone"]) for one in clerk.all("customer")] == [("Blue Ltd", "1")]


def test_the_adapter_switches_faults_on(books):
    books.adapter.misbehave("drop-after-commit", times=1, on="create")
    (outcome,) = books.push(books.customer("A"))
    assert isinstance(outcome, Unknown)
    assert books.adapter.books.faults() == []


@pytest.mark.parametrize(("name", "on"), [("earthquake", "any"), ("refuse", "read"), ("refuse", "sundays")])
def test_words_that_are_no_fault_are_refused(books, name, on):
    with pytest.raises(InvalidInput):
        books.adapter.misbehave(name, on=on)
    assert books.adapter.books.faults() == []
