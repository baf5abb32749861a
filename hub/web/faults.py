"""What is wrong with a form, field by field, in plain words: pydantic's error types as a table of sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

_WHOLE, _NUMBER, _DAY, _YES_NO = (
    "write a whole number", "write a number", "write a day of the calendar, such as 2026-03-31", "choose yes or no",
)  # fmt: skip
_CHOICE = "choose one of {expected}"
_TEXT = "write some text"
_TOGETHER = "this does not go together with the rest"
SENTENCES: Mapping[str, str] = {
    "int_type": _WHOLE, "int_parsing": _WHOLE, "int_parsing_size": "write a smaller number", "int_from_float": _WHOLE,
    "float_type": _NUMBER, "float_parsing": _NUMBER, "decimal_type": _NUMBER, "decimal_parsing": _NUMBER,
    "finite_number": _NUMBER, "decimal_max_digits": "write at most {max_digits} digits",
    "decimal_max_places": "write at most {decimal_places} places after the point",
    "greater_than_equal": "write {ge} or more", "greater_than": "write more than {gt}",
    "less_than_equal": "write {le} or less", "less_than": "write less than {lt}",
    "multiple_of": "write a multiple of {multiple_of}",
    "bool_type": _YES_NO, "bool_parsing": _YES_NO, "literal_error": _CHOICE, "enum": _CHOICE,
    "date_type": _DAY, "date_parsing": _DAY, "date_from_datetime_parsing": _DAY, "date_from_datetime_inexact": _DAY,
    "string_type": _TEXT, "string_too_short": "write at least {min_length} characters",
    "string_too_long": "write at most {max_length} characters", "string_pattern_mismatch": "write it another way",
    "too_short": "name at least {min_length}", "too_long": "name at most {max_length}",
    "missing": "this must be filled in", "extra_forbidden": "these books know no such setting",
    "url_parsing": "write an address such as https://books.example", "url_type": "write an address",
    "dict_type": "write ours=theirs, one on a line", "json_invalid": "this is no JSON",
}  # fmt: skip
"""By pydantic's type of error; its `ctx` fills in the braces. What a validator of ours says, it says itself."""


def plain(error: Mapping[str, Any]) -> str:
    """One error of a ValidationError as a person is told."""
    context = error.get("ctx", {})
    if error["type"] in ("value_error", "assertion_error"):
        return str(context.get("error") or _TOGETHER)
    sentence = SENTENCES.get(error["type"], "this cannot be used as it is")
    return sentence.format_map({key: f"{each:g}" if isinstance(each, float) else each for key, each in context.items()})


def faults_of(model: type[BaseModel], given: Mapping[str, Any]) -> dict[str, str]:
    """Each field that is wrong and why, by its path (`item.direction`, at most two deep); `""` is the whole form."""
    try:
        model.model_validate(dict(given))
    except ValidationError as fault:
        found: dict[str, str] = {}
        for error in fault.errors(include_url=False):
            found.setdefault(".".join(str(each) for each in error["loc"][:2]), plain(error))
        return found
    return {}
