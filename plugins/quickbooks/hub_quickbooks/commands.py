"""`hub quickbooks …`: a local QuickBooks Online to try, test and show the adapter without an account."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="quickbooks", help="A local QuickBooks Online to try, test and show.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """A local QuickBooks Online to try, test and show."""


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free port")] = 8750,
    host: Annotated[str, typer.Option(help="the address to listen on")] = "127.0.0.1",
    data: Annotated[Path | None, typer.Option(help="keep the books in this file; without it, in memory")] = None,
    log: Annotated[Path | None, typer.Option(help="append each request and answer to this file, as JSON lines")] = None,
    speed: Annotated[float, typer.Option(help="divide the times of limits, tokens and webhooks by this")] = 1.0,
    fault: Annotated[
        list[str], typer.Option(metavar="NAME[=SECONDS][:SHARE|:TIMES][@OPERATION]", help="misbehave; may be repeated")
    ] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="of the draws of faults with a share")] = 0,
    limits: Annotated[bool, typer.Option("--limits/--no-limits", help="the real rate limits, or none")] = True,
    setting: Annotated[list[str], typer.Option("--set", metavar="KEY=VALUE", help="such as requestid=ignored")] = [],  # noqa: B006
    company: Annotated[list[str], typer.Option(help="the name of a company; may be repeated")] = [],  # noqa: B006
    currency: Annotated[str, typer.Option(help="home currency of new companies")] = "USD",
    webhooks: Annotated[str, typer.Option(help="tell this address of changes")] = "",
    json: Annotated[bool, typer.Option("--json", help="print one JSON document when ready")] = False,
) -> None:
    """Run a local QuickBooks Online until it is interrupted."""
    from hub_quickbooks.sandbox.run import Options, run

    run(
        Options(
            port=port, host=host, data=data, log=log, speed=speed, faults=tuple(fault), seed=seed, limits=limits,
            settings=tuple(setting), companies=tuple(company), currency=currency, webhooks=webhooks, json=json,
        )
    )  # fmt: skip
