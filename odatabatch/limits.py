"""Bounds on what a decoder takes, so that hostile input costs no more than it weighs."""

from __future__ import annotations

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Every bound of the decoders. A ``LimitError`` names the one that was passed.

    Bytes and parts are counted in the message, never in a chunk, so that the same message meets
    the same bound however it is cut. A bound fires before more than the bound and the chunk just
    given is held.

    Attributes:
        max_message_bytes: the whole multipart body. 1 GiB: a hundred times the largest legacy
            batch, and still addressable in one buffer.
        max_parts: body parts at both depths together, changesets included. 1,000,000: ten times
            the largest batch that the benchmarks decode.
        max_changeset_operations: operations in one changeset. 100,000: services that have a rule
            ask for 100 to 1,000; ``check()`` knows theirs.
        max_part_bytes: one operation's body part, from its first header line to the last byte
            before the next delimiter; also the body of a message read by ``parse_request`` or
            ``parse_response``. 64 MiB: Azure Batch takes 1 MiB, Azure Storage 4 MiB.
        max_header_line_bytes: one header line or delimiter line, its line end included. 16 KiB:
            twice what common HTTP servers take.
        max_headers: lines in one header section. 256: twice what common HTTP servers take.
        max_header_bytes: one header section, line ends included. 64 KiB.
        max_start_line_bytes: one request line or status line, its line end included. 16 KiB: a
            storage URL with a signature and a long ``$filter`` fits.
        max_preamble_bytes: what stands before the first delimiter, outer and inner together.
            64 KiB: the specifications give it no meaning.
        max_epilogue_bytes: what stands after the close-delimiters, outer and inner together.
            64 KiB.

    Raises:
        TypeError: a bound is no int.
        ValueError: a bound is less than 0.
    """

    max_message_bytes: int = 1 << 30
    max_parts: int = 1_000_000
    max_changeset_operations: int = 100_000
    max_part_bytes: int = 64 << 20
    max_header_line_bytes: int = 16 << 10
    max_headers: int = 256
    max_header_bytes: int = 64 << 10
    max_start_line_bytes: int = 16 << 10
    max_preamble_bytes: int = 64 << 10
    max_epilogue_bytes: int = 64 << 10

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            bound = getattr(self, name)
            if type(bound) is not int:  # with a NaN nothing would be too much
                raise TypeError(f"expected {name} as int, got {type(bound).__name__}")
            if bound < 0:
                raise ValueError(f"expected {name} of 0 or more, got less")
