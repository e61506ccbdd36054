"""Mutants that change nothing, by what they look like: one reason for many of them."""

from __future__ import annotations

import re

from tests.mutation.mutants import Mutant

_FIELD = re.compile(
    r"""(?:\.get\(|\.get_all\(|\.with_field\(|\.without\(|\.values\(|_told\(at,)\s*"[A-Za-z-]+"
    | "[A-Za-z-]+"\ (?:not\ )?in\ [\w.]*(?:headers|content|fields)\b""",
    re.VERBOSE,
)
_ENCODING = re.compile(r"""["'](?:utf-8|ascii|latin-1)["']""", re.IGNORECASE)
_SAFE = re.compile(r"""safe=(["'])XX(.*)XX\1""")

NAMES = "Names of header fields have no case (RFC 9110 §5.1): Headers finds and replaces either."
ENCODINGS = "Python takes names of encodings in any case."
STRICT = "Both sides have one length by how they are made; strict only says so to who reads it."
INFINITY = "Python takes the word for infinity in any case."
LETTERS = "Letters are never percent-encoded, be they among those that may stand or not."
CAST = "A cast tells the type checker alone."


def reason_of(mutant: Mutant) -> str:
    """Why a mutant changes nothing, or "" where that is not to be seen."""
    was, now = mutant.was, mutant.now
    if was.lower() == now.lower():
        if "float(" in was and "inf" in was:
            return INFINITY
        changed = _changed(was, now)
        if any(it.start() <= changed < it.end() for it in _ENCODING.finditer(was)):
            return ENCODINGS
        if any(it.start() <= changed < it.end() for it in _FIELD.finditer(was)):
            return NAMES
    if _SAFE.sub(r"safe=\1\2\1", now) == was:
        return LETTERS
    if "strict=True" in was and was.replace("strict=True", "") in (
        now.replace("strict=None", ""), now.replace("strict=False", ""), now
    ):  # fmt: skip
        return STRICT
    if "cast(" in was and was.replace("cast(", "") != was and _in_cast(was, now):
        return CAST
    return ""


def _changed(was: str, now: str) -> int:
    """Where the first character differs."""
    return next(index for index, pair in enumerate(zip(was, now, strict=True)) if len({*pair}) > 1)


def _in_cast(was: str, now: str) -> bool:
    """Whether the type alone of a cast is another."""
    pattern = r"cast\([^,]*,"
    return re.sub(pattern, "cast(,", was) == re.sub(pattern, "cast(,", now)
