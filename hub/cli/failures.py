"""Turns whatever went wrong into one sentence with what to do, or into the error object of the outer interfaces."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any

from hub.cli.remedies import command_for
from hub.errors import HubError, UsageError

_log = logging.getLogger("hub")


class Stopped(HubError):
    """The person stopped the command."""

    default_code = "stopped"


def report(failure: HubError | None, as_json: bool) -> None:
    """Print a failure on standard error; a reader that went away is no further trouble."""
    if failure is None:
        return
    if as_json:
        text = json.dumps({"error": failure.as_dict()}, ensure_ascii=False, default=str)
    else:
        text = " ".join(f"{_sentence(failure.message)} {_sentence(failure.fix)}".split())
        if command := command_for(failure.code, failure.details):
            text += f" Try `{command}`."
        if failure.code not in (UsageError.default_code, Stopped.default_code):
            text += f" ({failure.code})"
        text = f"{_red('Error:')} {text}"
    try:
        print(text, file=sys.stderr, flush=True)
    except (OSError, ValueError):
        pass


def translate(fault: BaseException) -> tuple[HubError | None, int]:
    """What to tell about a fault, and the exit code; nothing to tell when the code says it all."""
    if isinstance(fault, SystemExit):
        return None, fault.code if isinstance(fault.code, int) else 1
    if isinstance(fault, KeyboardInterrupt) or type(fault).__name__ == "Abort":
        stopped = Stopped("Stopped.", fix="Run the command again to go on: nothing that was done is lost.")
        return stopped, 130
    if not isinstance(fault, Exception):
        raise fault
    failure = _as_failure(fault)
    _trace(fault)
    return failure, int(failure.exit_code)


def _as_failure(fault: Exception) -> HubError:
    if isinstance(fault, HubError):
        return fault
    if hasattr(fault, "format_message"):  # every usage error of typer has it, whichever version of click is inside
        return _usage(fault)
    if isinstance(fault, OSError) and fault.strerror:
        where = f" ({fault.filename})" if fault.filename else ""
        return HubError(
            f"The system reports: {fault.strerror}{where}.",
            code="system_error",
            fix="Check the file, the disk and the rights, then run the command again.",
        )
    return HubError(
        f"Something went wrong inside the hub: {type(fault).__name__}: {fault}.",
        code="internal_error",
        fix="Nothing committed is lost; run it again with HUB_LOG_LEVEL=DEBUG and report what that prints.",
    )


def _usage(fault: Any) -> UsageError:
    context = getattr(fault, "ctx", None)
    where = context.command_path if context is not None else "hub"
    return UsageError(str(fault.format_message()), fix=f"See `{where} --help`.")


def _trace(fault: Exception) -> None:
    """The traceback, for those who asked for it with HUB_LOG_LEVEL=DEBUG."""
    if os.environ.get("HUB_LOG_LEVEL", "").upper() == "DEBUG":
        from hub.cli.session import configure_logs

        configure_logs("DEBUG")
        _log.debug("the command ended with an error", exc_info=fault)


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text[-1] in ".!?…" else f"{text}."


def _red(word: str) -> str:
    coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return f"\033[1;31m{word}\033[0m" if coloured else word
