"""The books' tokens: only the newest is taken, an exchanged one for a grace, and what is counted is what was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hub_mock import MockAdapter

from hub.adapters import Relay
from hub.errors import AuthorisationLost, BooksProblem, InvalidInput


@pytest.fixture
def books(connect):
    """Books that hand out tokens good for a minute."""
    return connect(token_seconds=60, token_grace=600)


@pytest.fixture
def call(books):
    """Check the books with those credentials."""

    def call(credentials):
        context = replace(books.context, credentials=credentials)
        return Relay(MockAdapter(context), context).check()

    return call


def test_books_without_tokens_ask_for_none(connect):
    plain = connect()
    assert plain.relay.obtain_credentials({}) is None
    assert plain.relay.refresh_credentials({"refresh_token": "x"}) is None
    assert plain.relay.check().id


@pytest.mark.parametrize("wrong", [{}, {"access_token": ""}, {"access_token": "x"}, {"refresh_token": "x"}])
def test_no_call_is_let_in_without_a_known_access_token(books, call, wrong):
    with pytest.raises(AuthorisationLost):
        call(wrong)
    books.relay.obtain_credentials({})
    with pytest.raises(AuthorisationLost):
        call(wrong)


def test_an_access_token_expires_and_its_refresh_gives_another(books, call):
    first = books.relay.obtain_credentials({})
    call(first)
    books.clock.sleep(60)
    with pytest.raises(AuthorisationLost, match="expired"):
        call(first)
    second = books.relay.refresh_credentials(first)
    call(second)
    assert not set(first.values()) & set(second.values())


def test_a_refresh_voids_the_access_token_before(books, call):
    first = books.relay.obtain_credentials({})
    books.relay.refresh_credentials(first)
    with pytest.raises(AuthorisationLost, match="do not know"):
        call(first)


def test_an_exchanged_token_is_taken_again_until_its_successor_is_used(books, call):
    first = books.relay.obtain_credentials({})
    lost = books.relay.refresh_credentials(first)
    again = books.relay.refresh_credentials(first)
    with pytest.raises(AuthorisationLost):
        call(lost)
    with pytest.raises(AuthorisationLost):
        books.relay.refresh_credentials(lost)
    call(again)
    with pytest.raises(AuthorisationLost):
        books.relay.refresh_credentials(first)
    assert books.adapter.books.token_counts() == {"authorised": 1, "refreshed": 1, "reissued": 1, "refused": 2}


def test_the_grace_ends_and_is_not_prolonged_by_asking(books):
    first = books.relay.obtain_credentials({})
    books.relay.refresh_credentials(first)
    books.clock.sleep(599)
    last = books.relay.refresh_credentials(first)
    books.clock.sleep(1)
    with pytest.raises(AuthorisationLost):
        books.relay.refresh_credentials(first)
    assert books.relay.refresh_credentials(last)


def test_authorising_anew_voids_everything_before(books, call):
    first = books.relay.obtain_credentials({})
    second = books.relay.obtain_credentials({})
    with pytest.raises(AuthorisationLost):
        books.relay.refresh_credentials(first)
    call(second)


def test_tokens_are_a_connections_own(connect):
    one = connect(token_seconds=60)
    other = replace(one.context, connection="acme-trading/other", settings=one.context.settings)
    first = one.relay.obtain_credentials({})
    stranger = MockAdapter(replace(other, credentials=first))
    stranger.books.path = one.adapter.books.path
    with pytest.raises(AuthorisationLost):
        Relay(stranger, other).check()


@pytest.mark.parametrize(("fault", "reissued"), [("drop-before-commit", 0), ("drop-after-commit", 1)])
def test_a_refresh_can_be_lost_on_its_way(books, fault, reissued):
    first = books.relay.obtain_credentials({})
    books.adapter.misbehave(fault, times=1, on="refresh")
    with pytest.raises(BooksProblem) as lost:
        books.relay.refresh_credentials(first)
    assert not isinstance(lost.value, AuthorisationLost)
    assert books.relay.refresh_credentials(first)
    assert books.adapter.books.token_counts()["reissued"] == reissued


@pytest.mark.parametrize("fault", ["refuse", "throttle", "slow", "stale", "closed"])
def test_other_faults_do_not_strike_a_refresh(books, fault):
    with pytest.raises(InvalidInput):
        books.adapter.misbehave(fault, on="refresh")


def test_faults_on_anything_leave_the_refresh_alone(books):
    books.adapter.misbehave("unauthorised")
    assert books.relay.refresh_credentials(books.relay.obtain_credentials({}))
