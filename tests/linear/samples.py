"""Small functions that do quadratic work, each in another way, and such as do linear work.

They show that the counter sees what it is there for: most of this work is C's, and none of it shows
in executed lines. ``n`` is how much they are given.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import msgspec

# ruff: noqa: D103  the names say what is done  # ruff: noqa: PERF401

_LAZY = re.compile(rb"a*b")
_NESTED = re.compile(rb"a+a+b")
_POSSESSIVE = re.compile(rb"a*+b")
_LINES = re.compile(rb"[^\n]*+\n")


def find_from_the_start(n: int) -> None:
    buffer = bytearray()
    for _ in range(n):
        buffer += b"abcd"
        buffer.find(b"\n")


def find_to_the_end(n: int) -> None:
    buffer = b"a\nbb" * n
    for at in range(n):
        buffer.find(b"\r", at * 4)


def count_from_the_start(n: int) -> None:
    buffer = b"a\nbb" * n
    for at in range(n):
        buffer.count(b"\n", 0, at * 4)


def contained(n: int) -> None:
    buffer = b"a" * n
    for _ in range(n):
        b"b" in buffer  # noqa: B015


def bytes_that_grow(n: int) -> None:
    buffer = b""
    for _ in range(n):
        buffer += b"abcd"


def text_that_grows(n: int) -> None:
    text = ""
    for _ in range(n):
        text = f"{text}abcd"


def the_rest(n: int) -> None:
    rest = b"a" * n
    while rest:
        rest = rest[1:]


def the_rest_parted(n: int) -> None:
    rest = b"a," * n
    while rest:
        _, _, rest = rest.partition(b",")


def the_rest_split(n: int) -> None:
    rest = "a," * n
    while rest:
        _, rest = rest.split(",", 1)


def the_first_deleted(n: int) -> None:
    items = list(range(n))
    while items:
        del items[:1]


def the_first_popped(n: int) -> None:
    items = list(range(n))
    while items:
        items.pop(0)


def inserted_in_front(n: int) -> None:
    items: list[int] = []
    for at in range(n):
        items.insert(0, at)


def the_middle_deleted(n: int) -> None:
    buffer = bytearray(b"abcd" * n)
    for _ in range(n):
        del buffer[1:3]


def looked_for_in_a_list(n: int) -> None:
    seen: list[int] = []
    for at in range(n):
        if at not in seen:
            seen.append(at)


def index_in_a_list(n: int) -> None:
    items = list(range(n))
    for at in range(n):
        items.index(at)


def tuples_that_grow(n: int) -> None:
    items: tuple[int, ...] = ()
    for at in range(n):
        items += (at,)


def tuples_unpacked(n: int) -> None:
    items: tuple[int, ...] = ()
    for at in range(n):
        items = (*items, at)


def the_rest_unpacked(n: int) -> None:
    items = list(range(n))
    while items:
        _, *items = items


def dicts_copied(n: int) -> None:
    items: dict[int, int] = {}
    for at in range(n):
        items = {**items, at: at}


def dicts_joined(n: int) -> None:
    items: dict[int, int] = {}
    for at in range(n):
        items = items | {at: at}


def sets_subtracted(n: int) -> None:
    left = set(range(n))
    for at in range(n):
        left = left - {at}


def sorted_each_time(n: int) -> None:
    items: list[int] = []
    for at in range(n):
        items.append(at)
        sorted(items)


def the_largest_each_time(n: int) -> None:
    items: list[int] = []
    for at in range(n):
        items.append(at)
        max(items)


def joined_each_time(n: int) -> None:
    pieces: list[bytes] = []
    for _ in range(n):
        pieces.append(b"abcd")
        b"".join(pieces)


def lowered_each_time(n: int) -> None:
    text = "A" * n
    for _ in range(n):
        text.lower()


def replaced_each_time(n: int) -> None:
    text = "A" * n
    for _ in range(n):
        text = text.replace("A", "B", 1)


def decoded_each_time(n: int) -> None:
    text = b"[" + b"1," * n + b"1]"
    for _ in range(n):
        msgspec.json.decode(text)


def copied_out_of_a_buffer(n: int) -> None:
    buffer = bytearray(n)
    for _ in range(n):
        bytes(buffer)


def compared(n: int) -> None:
    one, other = b"a" * n + b"b", b"a" * n + b"c"
    for _ in range(n):
        one == other  # noqa: B015


def ordered(n: int) -> None:
    one, other = b"a" * n + b"b", b"a" * n + b"c"
    for _ in range(n):
        one < other  # noqa: B015


def tuples_ordered(n: int) -> None:
    one, other = (*range(n), 1), (*range(n), 2)
    for _ in range(n):
        one >= other  # noqa: B015


def compared_in_a_chain(n: int) -> None:
    one, two, three = "a" * n, "a" * n, "a" * n
    for _ in range(n):
        one == two == three  # noqa: B015


def sets_compared(n: int) -> None:
    one, other = set(range(n)), set(range(n))
    for _ in range(n):
        one == other  # noqa: B015


def sets_within(n: int) -> None:
    one, other = dict.fromkeys(range(n)), set(range(n + 1))
    for _ in range(n):
        one.keys() <= other  # noqa: B015


def matched_by_a_value(n: int) -> None:
    one, other = b"a" * n + b"b", SimpleNamespace(value=b"a" * n + b"c")
    for _ in range(n):
        match one:
            case b"a" | other.value:
                pass


def loop_in_a_loop(n: int) -> None:
    for at in range(n):
        for _ in range(at):
            pass


def comprehension_in_a_loop(n: int) -> None:
    for at in range(n):
        any(it < 0 for it in range(at))


def mapped_in_a_loop(n: int) -> None:
    for at in range(n):
        list(map(str, range(at)))


def searched_by_a_pattern(n: int) -> None:
    _LAZY.search(b"a" * n)


def backtracked_by_a_pattern(n: int) -> None:
    _NESTED.match(b"a" * n)


def pattern_from_the_start(n: int) -> None:
    buffer = bytearray()
    for _ in range(n):
        buffer += b"abcd"
        _LINES.match(buffer)


QUADRATIC: tuple[Callable[[int], Any], ...] = (
    find_from_the_start,
    find_to_the_end,
    count_from_the_start,
    contained,
    bytes_that_grow,
    text_that_grows,
    the_rest,
    the_rest_parted,
    the_rest_split,
    the_first_deleted,
    the_first_popped,
    inserted_in_front,
    the_middle_deleted,
    looked_for_in_a_list,
    index_in_a_list,
    tuples_that_grow,
    tuples_unpacked,
    the_rest_unpacked,
    dicts_copied,
    dicts_joined,
    sets_subtracted,
    sorted_each_time,
    the_largest_each_time,
    joined_each_time,
    lowered_each_time,
    replaced_each_time,
    decoded_each_time,
    copied_out_of_a_buffer,
    compared,
    ordered,
    tuples_ordered,
    compared_in_a_chain,
    sets_compared,
    sets_within,
    matched_by_a_value,
    loop_in_a_loop,
    comprehension_in_a_loop,
    mapped_in_a_loop,
    searched_by_a_pattern,
    backtracked_by_a_pattern,
    pattern_from_the_start,
)


def found_from_where_it_was_searched(n: int) -> None:
    buffer, searched = bytearray(), 0
    for _ in range(n):
        buffer += b"abcd"
        buffer.find(b"\n", searched)
        searched = len(buffer)


def found_line_by_line(n: int) -> None:
    buffer, at = b"a\nbb" * n, 0
    while (at := buffer.find(b"\n", at) + 1) > 0:
        buffer.startswith(b"--", at)


def buffer_drained(n: int) -> None:
    buffer = bytearray(b"abcd" * n)
    while buffer:
        del buffer[:3]


def queue_drained(n: int) -> None:
    queue = deque(range(n))
    while queue:
        queue.popleft()


def stack_drained(n: int) -> None:
    stack = list(range(n))
    while stack:
        stack.pop()


def numbers_compared(n: int) -> None:
    for at in range(n):
        0 <= at <= n != at  # noqa: B015


def looked_for_in_a_set(n: int) -> None:
    seen: set[int] = set()
    for at in range(n):
        if at not in seen:
            seen.add(at)


def joined_at_the_end(n: int) -> None:
    pieces = [b"abcd"]
    pieces += [b"abcd" for _ in range(n)]
    b"".join(pieces)


def viewed(n: int) -> None:
    view = memoryview(bytes(n))
    for at in range(n):
        view[at:]


def matched_possessively(n: int) -> None:
    _POSSESSIVE.match(b"a" * n)


def matched_line_by_line(n: int) -> None:
    sum(len(match[0]) for match in _LINES.finditer(b"abc\n" * n))


LINEAR: tuple[Callable[[int], Any], ...] = (
    found_from_where_it_was_searched,
    found_line_by_line,
    buffer_drained,
    queue_drained,
    stack_drained,
    numbers_compared,
    looked_for_in_a_set,
    joined_at_the_end,
    viewed,
    matched_possessively,
    matched_line_by_line,
)
