"""A clock that only tests move."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.testing.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 11, 24, 12, tzinfo=UTC))
