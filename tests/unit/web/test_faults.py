"""Faults of a form are told in sentences of our own, each of a type that pydantic has and filled with what it gives."""

from __future__ import annotations

import re

import pytest
from pydantic import BaseModel, Field, field_validator
from pydantic_core._pydantic_core import list_all_errors

from hub.web.faults import SENTENCES, faults_of, plain

KNOWN = {each["type"]: each for each in list_all_errors()}


class Inner(BaseModel):
    limit: float = Field(default=1, ge=0.5)


class Form(BaseModel):
    number: int = Field(default=1, ge=1)
    inner: Inner = Inner()
    address: str = ""

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value == "nowhere":
            raise ValueError("write an address")
        return value


@pytest.mark.parametrize("type", sorted(SENTENCES))
def test_a_sentence_is_of_a_type_that_there_is_and_is_filled_in(type: str) -> None:
    names = set(re.findall(r"\{(\w+)\}", SENTENCES[type]))
    assert names <= set(KNOWN[type].get("example_context") or {})
    said = plain({"type": type, "ctx": KNOWN[type].get("example_context") or {}})
    assert "{" not in said


@pytest.mark.parametrize("type", sorted(KNOWN))
def test_whatever_pydantic_says_none_of_its_own_words_are_told(type: str) -> None:
    context = KNOWN[type].get("example_context") or {}
    said = plain({"type": type, "ctx": {} if type in ("value_error", "assertion_error") else context})
    assert said
    assert "input" not in said.lower()


def test_each_field_has_its_first_fault_by_its_path() -> None:
    assert faults_of(Form, {"number": "0", "inner": {"limit": 0}, "address": "nowhere"}) == {
        "number": "write 1 or more",
        "inner.limit": "write 0.5 or more",
        "address": "write an address",
    }
    assert faults_of(Form, {}) == {}
