"""The disagreements that are explained: two tables, which ``docs/readers.md`` has as well.

How they are put to use is in ``verdicts.py``.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.differential import repairs
from tests.differential.repairs import Change


class Explained(NamedTuple):
    """A disagreement that is explained.

    Attributes:
        reader: whose it is.
        name: of the disagreement.
        fault: ``reader`` where it breaks a clause, ``freedom`` where it may refuse the input.
        why: what it does, and the clause.
        example: the name of an input that shows it.
        change: takes it from an input, and changes what was found alike.
    """

    reader: str
    name: str
    fault: str
    why: str
    example: str
    change: Change


TABLE = (
    Explained(
        "email",
        "lone line ends",
        "reader",
        "a line that CR or LF alone begins or ends is a delimiter to it, in a body too"
        " (RFC 2046 §5.1.1)",
        "odata/body-lf-delimiter",
        repairs.LONE_LINE_ENDS_APART,
    ),
    Explained(
        "email",
        "quoted pairs",
        "reader",
        "the backslash of a quoted pair stays in the boundary (RFC 2045 §5.1, RFC 9110 §5.6.4)",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "requests-toolbelt",
        "padding",
        "reader",
        "transport padding makes a part of a close-delimiter, or is the beginning of a part's"
        " header (RFC 2046 §5.1.1)",
        "odata/transport-padding",
        repairs.WITHOUT_PADDING,
    ),
    Explained(
        "requests-toolbelt",
        "preamble",
        "reader",
        "a preamble is a part to it, and refused if it has no blank line (RFC 2046 §5.1.1)",
        "odata/preamble-and-epilogue",
        repairs.WITHOUT_PREAMBLES,
    ),
    Explained(
        "requests-toolbelt",
        "epilogue",
        "reader",
        "delimiters behind the close-delimiter begin parts to it (RFC 2046 §5.1.1)",
        "odata/epilogue-delimiters",
        repairs.WITHOUT_EPILOGUES,
    ),
    Explained(
        "requests-toolbelt",
        "repeated part headers",
        "reader",
        "it keeps the last of them (RFC 9110 §5.2)",
        "odata/part-headers-others",
        repairs.PART_HEADERS_IN_A_DICT,
    ),
    Explained(
        "requests-toolbelt",
        "empty multipart",
        "reader",
        "the close-delimiter of a multipart without parts is a part to it (RFC 2046 §5.1.1)",
        "odata/empty-changeset",
        repairs.filled(b"HTTP/1.1 200 OK\r\n\r\n"),
    ),
    Explained(
        "requests-toolbelt",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "multipart",
        "padding",
        "reader",
        "it refuses transport padding (RFC 2046 §5.1.1)",
        "odata/transport-padding",
        repairs.WITHOUT_PADDING,
    ),
    Explained(
        "multipart",
        "preamble",
        "reader",
        "it refuses a preamble with a delimiter in mid-line (RFC 2046 §5.1.1)",
        "odata/preamble-and-epilogue",
        repairs.WITHOUT_PREAMBLES,
    ),
    Explained(
        "multipart",
        "names",
        "reader",
        "it refuses names of part headers with other characters than letters, digits, `_` and `-`"
        " (RFC 9110 §5.1)",
        "odata/part-headers-others~name-changed.0",
        repairs.IN_WORDS,
    ),
    Explained(
        "multipart",
        "space after a length",
        "reader",
        "it refuses white space after the value of a Content-Length (RFC 9110 §5.5)",
        "odata/content-length-part~space-after-value.0",
        repairs.WITHOUT_TRAILING_SPACE,
    ),
    Explained(
        "multipart",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "multipart",
        "quoted semicolons",
        "reader",
        "a parameter goes on after a semicolon inside quotes (RFC 9110 §5.6.6)",
        "odata/type-further-parameters",
        repairs.WITHOUT_QUOTED_SEMICOLONS,
    ),
    Explained(
        "python-multipart",
        "padding",
        "reader",
        "it refuses transport padding after the first delimiter (RFC 2046 §5.1.1)",
        "odata/transport-padding",
        repairs.WITHOUT_PADDING,
    ),
    Explained(
        "python-multipart",
        "preamble",
        "reader",
        "it refuses most preambles (RFC 2046 §5.1.1)",
        "odata/preamble-and-epilogue",
        repairs.WITHOUT_PREAMBLES,
    ),
    Explained(
        "python-multipart",
        "folding",
        "reader",
        "it refuses folded part headers (RFC 5322 §2.2.3)",
        "odata/part-headers-folded",
        repairs.UNFOLDED,
    ),
    Explained(
        "python-multipart",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "aiohttp",
        "inner epilogue",
        "reader",
        "it refuses what follows a changeset's close-delimiter, if that is not one blank line"
        " (RFC 2046 §5.1.1)",
        "odata/mixture",
        repairs.WITH_BLANK_INNER_EPILOGUES,
    ),
    Explained(
        "aiohttp",
        "folding",
        "reader",
        "as `python-multipart`",
        "odata/part-headers-folded",
        repairs.UNFOLDED,
    ),
    Explained(
        "aiohttp",
        "empty multipart",
        "freedom",
        "it refuses a changeset without parts, which the grammar of RFC 2046 §5.1.1 does not have",
        "odata/empty-changeset-own-crlf",
        repairs.filled(b"HTTP/1.1 200 OK\r\n\r\n"),
    ),
    Explained(
        "aiohttp",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "aiohttp",
        "quoted semicolons",
        "reader",
        "as `multipart`",
        "odata/type-further-parameters",
        repairs.WITHOUT_QUOTED_SEMICOLONS,
    ),
    Explained(
        "odatapy server",
        "lone line ends",
        "reader",
        "a line that LF alone begins or ends is a delimiter to it, in a body too (RFC 2046 §5.1.1)",
        "odata/body-lf-delimiter",
        repairs.LONE_LINE_ENDS_APART,
    ),
    Explained(
        "odatapy server",
        "bodies cut",
        "reader",
        "a line end at the end of a body is lost, CR or LF alone too (RFC 2046 §5.1.1)",
        "odata/body-cr-lf-hyphens",
        repairs.WITHOUT_LAST_CR_OR_LF,
    ),
    Explained(
        "odatapy server",
        "repeated headers",
        "reader",
        "it keeps the last of those with one spelling (RFC 9110 §5.2)",
        "odata/content-length-changeset~field-doubled.0",
        repairs.HEADERS_IN_A_DICT,
    ),
    Explained(
        "odatapy server",
        "bytes in headers",
        "reader",
        "bytes of headers that are no UTF-8 become replacement characters (RFC 9110 §5.5)",
        "odata/epilogue-delimiters~high-byte-in-head.0",
        repairs.HEADS_IN_ASCII,
    ),
    Explained(
        "odatapy server",
        "folding",
        "reader",
        "as `python-multipart`",
        "odata/part-headers-folded",
        repairs.UNFOLDED,
    ),
    Explained(
        "odatapy server",
        "empty multipart",
        "freedom",
        "it refuses a batch or changeset without parts, as `aiohttp`",
        "odata/empty-changeset",
        repairs.filled(b"POST x HTTP/1.1\r\n\r\n"),
    ),
    Explained(
        "odatapy server",
        "methods",
        "freedom",
        "it refuses methods that it does not know, and a GET in a changeset (OData 4.01 §11.7.2)",
        "odata/methods",
        repairs.METHODS_ALL_POST,
    ),
    Explained(
        "odatapy server",
        "encodings",
        "reader",
        "it refuses a Content-Transfer-Encoding of 7bit or 8bit (OData 4.01 §11.7.7.1)",
        "odata/content-transfer-encoding-7bit",
        repairs.IN_BINARY,
    ),
    Explained(
        "odatapy server",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/type-quoted-pairs",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "odatapy server",
        "quoted semicolons",
        "reader",
        "as `multipart`",
        "odata/type-further-parameters",
        repairs.WITHOUT_QUOTED_SEMICOLONS,
    ),
    Explained(
        "odatapy client",
        "delimiters anywhere",
        "reader",
        "a delimiter is one to it in mid-line as well (RFC 2046 §5.1.1)",
        "odata/answer-stops~delimiter-after-text.0",
        repairs.DASHES_APART,
    ),
    Explained(
        "odatapy client",
        "bodies cut",
        "reader",
        "a line end at the end of a body is lost (RFC 2046 §5.1.1)",
        "odata/mixture-answer~blank-line-before-delimiter.0",
        repairs.WITHOUT_LAST_LINE_END,
    ),
    Explained(
        "odatapy client",
        "repeated headers",
        "reader",
        "as `odatapy server`",
        "odata/field-lines",
        repairs.HEADERS_IN_A_DICT,
    ),
    Explained(
        "odatapy client",
        "bytes in headers",
        "reader",
        "as `odatapy server`",
        "odata/field-lines",
        repairs.HEADS_IN_ASCII,
    ),
    Explained(
        "odatapy client",
        "boundaries in lower case",
        "reader",
        "it looks for a boundary in lower case (RFC 2046 §5.1.1)",
        "odata/type-upper-case",
        repairs.BOUNDARIES_IN_LOWER_CASE,
    ),
    Explained(
        "odatapy client",
        "folding",
        "reader",
        "it does not find the parameters of a folded Content-Type (RFC 5322 §2.2.3)",
        "odata/answer-any-order~folded.0",
        repairs.UNFOLDED,
    ),
    Explained(
        "odatapy client",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/mixture-answer~boundary-escaped.0",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
    Explained(
        "pyodata",
        "lone line ends",
        "reader",
        "as `email`, which it reads with",
        "odata/max-start-line-bytes-status~lf-delimiter-line-added.0",
        repairs.LONE_LINE_ENDS_APART,
    ),
    Explained(
        "pyodata",
        "preamble",
        "reader",
        "a preamble is header lines to it (RFC 2046 §5.1.1)",
        "odata/answer-stops~delimiter-indented.0",
        repairs.WITHOUT_PREAMBLES,
    ),
    Explained(
        "pyodata",
        "empty multipart",
        "freedom",
        "as `odatapy server`",
        "azure/add-three-tasks.answer~delimiter-without-dash.0",
        repairs.filled(b"HTTP/1.1 200 OK\r\n\r\n"),
    ),
    Explained(
        "pyodata",
        "bytes",
        "reader",
        "it refuses bytes that are no UTF-8, in bodies too (RFC 9110 §6.4)",
        "odata/reasons",
        repairs.IN_ASCII,
    ),
    Explained(
        "pyodata",
        "repeated headers",
        "reader",
        "as `odatapy server`",
        "odata/field-lines",
        repairs.HEADERS_IN_A_DICT,
    ),
    Explained(
        "pyodata",
        "quoted pairs",
        "reader",
        "as `email`",
        "odata/mixture-answer~boundary-escaped.0",
        repairs.WITHOUT_QUOTED_PAIRS,
    ),
)

# By the code of strict mode's refusal: an input that shows it, and that some reader takes.
REFUSALS = {
    "bare_lf": "odata/bare-lf-header-line",
    "byte_order_mark": "odata/byte-order-mark",
    "content_id_conflict": "odata/content-id-conflict",
    "content_length_mismatch": "odata/content-length-short",
    "content_not_allowed": "odata/content-not-allowed",
    "content_transfer_encoding": "odata/content-transfer-encoding-base64",
    "delimiter_prefix_line": "odata/delimiter-prefix-line-close",
    "empty_part": "odata/empty-part",
    "extra_close_dashes": "odata/extra-close-dashes",
    "http_folding": "odata/http-folding",
    "invalid_boundary": "odata/changeset-invalid-boundary-token",
    "invalid_content_length": "odata/invalid-content-length-1",
    "invalid_field_line": "odata/invalid-field-line-control",
    "invalid_media_type": "odata/part-invalid-media-type",
    "invalid_request_line": "odata/invalid-request-line-json",
    "invalid_status_line": "odata/invalid-status-line-control",
    "leading_blank_lines": "odata/leading-blank-line",
    "missing_blank_line": "odata/missing-blank-line",
    "missing_boundary": "odata/mixture~boundary-encoded.0",
    "missing_close_delimiter": "odata/bare-lf-before-close",
    "missing_content_type": "odata/missing-content-type",
    "missing_delimiter": "odata/missing-delimiter-mid-line",
    "missing_inner_close": "odata/missing-inner-close",
    "missing_reason_space": "odata/missing-reason-space",
    "missing_version": "odata/missing-version",
    "nested_too_deep": "odata/nested-too-deep",
    "other_version": "odata/other-version-request",
    "repeated_boundary": "odata/type-repeated-boundary",
    "repeated_boundary_value": "odata/repeated-boundary-value",
    "repeated_field": "odata/repeated-field-content-length",
    "transfer_encoding": "odata/transfer-encoding-part",
    "unexpected_content_type": "odata/type-unexpected-content-type-related",
    "unexpected_part_type": "odata/unexpected-part-type",
    "unquoted_boundary": "odata/unquoted-boundary",
}
