"""The protocol's rules: what a batch that can be read may still do wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from odatabatch.dialect import Dialect
from odatabatch.errors import RuleError, UsageError


class Rule(msgspec.Struct, frozen=True):
    """One rule of the protocol.

    Attributes:
        code: a stable name, part of the API.
        of: what is judged by it.
        words: what is wrong where it is broken.
        source: the clause.
        counts: whether it is a rule of that dialect.
    """

    code: str
    of: Literal["requests", "answers", "both"]
    words: str
    source: str
    counts: Callable[[Dialect], bool] = lambda _: True


RULES = (
    Rule(
        "missing_content_id",
        "both",
        "no Content-ID",
        "OData 4.01 §11.7.7.1; Azure Batch",
        lambda dialect: dialect.content_id_needed != "never",
    ),
    Rule("empty_content_id", "both", "an empty Content-ID", "OData 4.01 §11.7.7.1"),
    Rule(
        "repeated_content_id",
        "both",
        "a Content-ID that stood in the batch before",
        "OData 4.01 §11.7.7.1",
    ),
    Rule(
        "content_id_not_addr_spec",
        "both",
        "a Content-ID that is no address in angle brackets",
        "RFC 2045 §7, RFC 2392 §2",
    ),
    Rule("retrieve_in_changeset", "requests", "a query in a changeset", "OData 4.01 §11.7.2"),
    Rule(
        "change_outside_changeset",
        "requests",
        "an operation outside of changesets that is no query",
        "OData 3.0, Batch Processing §2.2",
        lambda dialect: dialect.changes_in_changesets,
    ),
    Rule(
        "query_beside_others",
        "requests",
        "a query that is not all that the batch holds",
        "Azure Storage REST: Performing entity group transactions",
        lambda dialect: dialect.queries_alone,
    ),
    Rule(
        "forbidden_header",
        "requests",
        "a field that no part may carry",
        "OData 4.01 §11.7.7.1",
    ),
    Rule(
        "unsupported_odata_version",
        "requests",
        "a version of OData that is not the dialect's",
        "OData 4.01 §8.1.5; OData 3.0, Core §5.2",
    ),
    Rule(
        "unknown_reference",
        "requests",
        "a reference to a Content-ID that no operation has",
        "OData 4.01 §11.7.4",
    ),
    Rule(
        "later_reference",
        "requests",
        "a reference to the operation itself or to a later one",
        "OData 4.01 §11.7.4",
    ),
    Rule(
        "reference_out_of_scope",
        "requests",
        "a reference to an operation outside of the changeset",
        "OData 3.0, Batch Processing §2.2.1",
        lambda dialect: dialect.reference_scope == "changeset",
    ),
    Rule(
        "shadowed_reference",
        "requests",
        "a system name that an earlier operation has for its Content-ID",
        "OData 4.01 §11.7.4",
    ),
    Rule(
        "different_paths",
        "requests",
        "a host or a path that differs from the first operation's",
        "Azure Batch",
        lambda dialect: dialect.one_path,
    ),
    Rule(
        "failure_in_changeset",
        "answers",
        "a failure among the answers of a changeset, which has to be all of its answer",
        "OData 4.01 §11.7.7.6; OData 3.0, Batch Processing §3",
        lambda dialect: dialect.failed_changeset_alone,
    ),
    Rule(
        "too_many_changeset_operations",
        "both",
        "too many operations in a changeset",
        "Azure Batch",
        lambda dialect: dialect.max_changeset_operations is not None,
    ),
    Rule(
        "too_many_changesets",
        "both",
        "too many changesets",
        "Azure Storage REST: Performing entity group transactions",
        lambda dialect: dialect.max_changesets is not None,
    ),
    Rule(
        "too_many_operations",
        "both",
        "too many operations in a batch",
        "Azure Batch; Azure Storage REST: Performing entity group transactions",
        lambda dialect: dialect.max_operations is not None,
    ),
)
"""All rules, one row each."""

_RULES = {rule.code: rule for rule in RULES}


class Fault(msgspec.Struct, frozen=True):
    """One breach of the protocol's rules.

    Attributes:
        code: which rule; a stable name, part of the API (``docs/errors.md``).
        part: where, such as ``batch[2]/changeset[0]``; ``batch`` for the whole.
        detail: what is wrong, in words; may change.
    """

    code: str
    part: str
    detail: str

    @property
    def source(self) -> str | None:
        """The clause that was broken; None for a code that is none of ``check()``'s."""
        rule = _RULES.get(self.code)
        return rule.source if rule else None


def breach(code: str, part: str, what: str = "") -> Fault:
    """A breach of a rule, in its words, and what it is about."""
    words = _RULES[code].words
    return Fault(code, part, f"{words}: {what}" if what else words)


def allowed_codes(allow: Iterable[str]) -> frozenset[str]:
    """The codes of faults that may stay, as an encoder is given them.

    Raises:
        UsageError: unknown_code: one is no code of ``check()``'s, such as a misspelt one.
        TypeError: it is one text, or holds something else than text.
    """
    codes = frozenset(allow)
    if isinstance(allow, str) or not all(isinstance(code, str) for code in codes):
        raise TypeError("allow is several codes, each a str")
    if not codes <= _RULES.keys():
        raise UsageError("unknown_code", "expected codes of check() in allow, got another")
    return codes


def refuse_faults(found: Iterable[Fault], allowed: frozenset[str]) -> None:
    """Refuse to write what breaks a rule.

    Raises:
        RuleError: rule_broken: a fault whose code is not allowed.
    """
    faults = tuple(fault for fault in found if fault.code not in allowed)
    if faults:
        first = faults[0]
        error = RuleError(
            "rule_broken",
            f"expected a batch without faults, got {len(faults)}, first {first.code}",
            part=first.part,
            source=first.source,
        )
        error.faults = faults
        raise error
