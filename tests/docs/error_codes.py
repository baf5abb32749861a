"""Collects from the source every error code that the hub can give, with the classes it comes in."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import hub.adapters
import hub.conflicts
import hub.errors
from hub.errors import ErrorClass, HubError

STATES = ("not_configured", "broken")
"""What `adapter_{status}` stands for: the states of an adapter that cannot be used."""


def codes_of(folder: Path) -> dict[str, set[str]]:
    """Each code under the folder with its classes: `Refused`, or for stored errors the error class as a word."""
    found: dict[str, set[str]] = defaultdict(set)
    for file in sorted(folder.rglob("*.py")):
        for code, kind in _in(ast.parse(file.read_text("utf-8"))):
            found[code].add(kind)
    return dict(found)


def _in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    names = {
        target.id: list(_words(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    names |= _columns(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from ((word, node.name) for word in _default(node))
        if not isinstance(node, ast.Call):
            continue
        given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
        callee = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if _is_error(callee):
            code = given.get("code")
            words = names.get(code.id, []) if isinstance(code, ast.Name) else list(_words(code))
            yield from ((word, callee) for word in words)
        elif callee in ("Fault", "Verdict") and "code" in given:
            yield from ((word, kind) for word in _words(given["code"]) for kind in _classes(given.get("error")))
        elif "error_code" in given:
            yield from ((word, kind) for word in _words(given["error_code"])
                        for kind in _classes(given.get("error_class")))  # fmt: skip


def _columns(tree: ast.Module) -> dict[str, list[str]]:
    """For `for words, code, … in _TABLE`: what stands in the table's column of each name."""
    tables = {
        target.id: node.value.elts
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Tuple | ast.List)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return {
        name.id: [word for row in tables[node.iter.id] if isinstance(row, ast.Tuple) for word in _words(row.elts[at])]
        for node in ast.walk(tree)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Tuple)
        if isinstance(node.iter, ast.Name) and node.iter.id in tables
        for at, name in enumerate(node.target.elts)
        if isinstance(name, ast.Name)
    }


def _default(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if isinstance(line, ast.Assign) and any(getattr(each, "id", "") == "default_code" for each in line.targets):
            yield from _words(line.value)


def _is_error(name: str) -> bool:
    kind = getattr(hub.errors, name, None)
    return isinstance(kind, type) and issubclass(kind, HubError)


def _words(node: ast.expr | None) -> Iterator[str]:
    """The codes an expression may give: a word, one of two, a member of an enumeration, a word made of a state."""
    match node:
        case ast.Constant(value=str(word)):
            yield word
        case ast.IfExp():
            yield from _words(node.body)
            yield from _words(node.orelse)
        case ast.JoinedStr(values=[ast.Constant(value=str(head)), _]):
            yield from (head + state for state in STATES)
        case ast.Attribute(value=ast.Attribute() as member, attr="value"):
            yield from _words(member)
        case ast.Attribute(value=ast.Name(id="Kind"), attr=attr):
            yield hub.conflicts.Kind[attr].value
        case ast.Attribute(value=ast.Name(id="Conflict"), attr=attr):
            yield getattr(hub.adapters.Conflict, attr)
        case ast.Call(func=ast.Name(id="case"), args=[ast.Tuple(elts=[_, chosen]), *_]):
            yield from _words(chosen)
        case _:
            pass


def _classes(node: ast.expr | None) -> Iterator[str]:
    for part in ast.walk(node) if node else ():
        if isinstance(part, ast.Attribute) and getattr(part.value, "id", "") == "ErrorClass":
            yield ErrorClass[part.attr].value
