"""Failed logins wait ever longer; passwords that are easy to guess are refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.access.logins import FREE, LONGEST_WAIT, wait_after, whence
from hub.access.secrets import check_password, hash_password, password_fits
from hub.errors import InvalidInput


def test_the_first_mistakes_cost_nothing_and_the_next_ever_more() -> None:
    for free in FREE.values():
        waits = [wait_after(count, free) for count in range(free + 40)]
        assert waits[:free] == [timedelta()] * free
        assert waits[free : free + 3] == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
        assert waits == sorted(waits)
        assert waits[-1] == LONGEST_WAIT
        assert wait_after(10**9, free) == LONGEST_WAIT


@pytest.mark.parametrize("password", ["", "short", "a" * 129, "aaaaaaaaaaaa", "ann@example.com", "ANN@example.COM"])
def test_passwords_that_are_easy_to_guess_are_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as met:
        check_password(password, "ann@example.com", "Ann")
    assert met.value.code == "weak_password"
    assert not password or password not in str(met.value)


def test_a_few_words_in_any_script_are_a_password() -> None:
    check_password("почтовый конь батарея", "ann@example.com")
    check_password("x y z w v " * 12, "ann@example.com")


def test_only_the_right_password_fits_and_none_fits_nobody() -> None:
    stored = hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert password_fits(stored, "correct horse battery")
    assert not password_fits(stored, "correct horse batter")
    assert not password_fits(None, "correct horse battery")
    assert not password_fits("not a hash", "correct horse battery")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("1.2.3.4", "1.2.3.4"), ("::ffff:1.2.3.4", "1.2.3.4"), ("::1", "::/48"), ("unix", "unix"), ("", ""),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("2001:db8:1:ffff::", "2001:db8:1::/48"), ("a\nb", "ab"),
        ("2001:db8:2::", "2001:db8:2::/48"),
    ],
)  # fmt: skip
def test_failures_from_one_network_count_together(address: str, counted: str) -> None:
    assert whence(address) == counted
