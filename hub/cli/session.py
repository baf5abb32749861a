"""Opens the hub for one command, with its log on standard error; standard output belongs to the data."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError

if TYPE_CHECKING:
    from hub.app import Hub


@contextmanager
def opened() -> Iterator[Hub]:
    """The hub of this command, built from the environment and `hub.toml`, closed at the end."""
    from hub.app import open_hub

    with open_hub(reach=_reach()) as hub:
        configure_logs(hub.settings.log_level)
        yield hub


def configure_logs(level: str) -> None:
    """Send log lines of this level and above to standard error, one line each.

    Raises:
        UsageError: `bad_settings` when there is no such level.
    """
    import logging

    import structlog

    if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"):
        raise UsageError(
            f"There is no log level {level!r}.", code="bad_settings", fix="Set HUB_LOG_LEVEL to DEBUG, INFO or WARNING."
        )
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.set_name("hub-cli")
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    root = logging.getLogger()
    root.handlers = [other for other in root.handlers if other.get_name() != "hub-cli"] + [handler]
    root.setLevel(level.upper())


def _reach() -> Callable[[str], None]:
    if "HUB_KILL_AT" not in os.environ:
        return lambda _point: None
    from hub.testing.kill import killer_from_environment

    return killer_from_environment()
