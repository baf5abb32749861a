"""What an error tells to do fits every surface; the command line alone adds the command that does it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import hub
from hub.cli.failures import report
from hub.cli.output import error_words
from hub.cli.remedies import _COMMANDS, command_for
from hub.errors import Refused

OF_A_PERSON_THERE = re.compile(
    r"(?<!the )\bhub (queue|link|connect|connections|plan|jobs|put|company|key|proxy|conflicts|sync|release)\b|--[a-z]"
)
SURFACES = ("cli", "demo", "testing", "server.py")


def test_no_fix_of_the_core_speaks_of_the_command_line() -> None:
    root, said = Path(hub.__file__).parent, []
    for file in root.rglob("*.py"):
        if file.relative_to(root).parts[0] in SURFACES:
            continue
        for call in (node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)):
            for fix in (keyword.value for keyword in call.keywords if keyword.arg == "fix"):
                words = "".join(str(each.value) for each in ast.walk(fix) if isinstance(each, ast.Constant))
                said += [f"{file.name}: {words}"] if OF_A_PERSON_THERE.search(words) else []
    assert said == []


def test_the_command_line_adds_the_command_with_the_names_it_knows(capsys: pytest.CaptureFixture[str]) -> None:
    met = Refused("A job runs.", code="job_unfinished", fix="Wait.", details={"connection": "acme/mock"})
    report(met, as_json=False)
    assert capsys.readouterr().err == "Error: A job runs. Wait. Try `hub jobs acme/mock`. (job_unfinished)\n"
    report(met, as_json=True)
    assert "hub jobs" not in capsys.readouterr().err
    assert command_for("plan_not_found") == "hub plan CONNECTION"
    assert command_for("no_such_code") == ""
    assert "hub queue release" in error_words({"code": "stale_version", "message": "m", "fix": "Release it."})


def test_every_code_with_a_command_is_explained() -> None:
    explained = (Path(hub.__file__).parents[1] / "docs" / "errors.md").read_text("utf-8")
    assert [code for code in _COMMANDS if f"`{code}`" not in explained] == []
