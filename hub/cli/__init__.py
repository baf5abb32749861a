"""The command line: parses, calls the hub, prints; every failure leaves as one sentence and an exit code."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence

from hub.cli.failures import report, translate
from hub.errors import UsageError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells expect it."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code. Data goes to standard output, everything else to standard error."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    as_json = "--json" in arguments
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        _all_text(arguments)
        code = _run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        return _nobody_listens()
    except BaseException as fault:
        failure, code = translate(fault)
        if failure is not None:
            report(failure, as_json)
        return code
    if code == INTERRUPTED:
        report(translate(KeyboardInterrupt())[0], as_json)
    return code


def _run(arguments: list[str]) -> int:
    from hub.cli.commands import command

    code = command()(args=arguments, prog_name="hub", standalone_mode=False)
    return code if isinstance(code, int) else 0


def _all_text(arguments: list[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise UsageError(
                f"The argument {argument!a} is not valid UTF-8.", fix="Use a terminal that speaks UTF-8."
            ) from None


def _nobody_listens() -> int:
    """The reader of our output went away (`hub queue … | head`): nothing to say, and nobody to say it to."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
