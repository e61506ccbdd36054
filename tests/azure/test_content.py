"""What a body is said to be."""

from __future__ import annotations

import pytest

from odatabatch import Headers
from odatabatch.azure import TranslationError
from odatabatch.azure.content import (
    check_content_type,
    check_json_content,
    codings_of,
    content_type_of,
)
from tests.azure.batches import collection


class TestContentTypes:
    """JSON in UTF-8, or unsaid."""

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "application/json",
            "Application/JSON",
            "application/json;odata=minimalmetadata;streaming=true;charset=utf-8",
            'application/json; charset="UTF-8"',
            "application/json; charset=utf-8; charset=UTF-8",
        ],
    )
    def test_taken(self, value: str | None) -> None:
        """Parameters other than the charset mean nothing here."""
        headers = Headers([] if value is None else [("content-TYPE", value)])
        check_content_type(headers, "batch[0]")
        check_json_content(collection(**({} if value is None else {"Content_Type": value})))

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "json",
            "application",
            "application/",
            "text/json",
            "application/problem+json",
            "application/json; charset=utf-16",
            "application/json; charset=utf-8; charset=latin-1",
            "application/json; charset=",
            "application/json; charset",
            "application/json, text/plain",
            "application/json; boundary=a/b",
            "multipart/mixed; boundary=b",
        ],
    )
    def test_refused(self, value: str) -> None:
        """Other types, other charsets, and what is no media type."""
        with pytest.raises(TranslationError) as caught:
            check_content_type(Headers([("Content-Type", value)]), "batch[7]")
        assert (caught.value.code, caught.value.part) == ("unsupported_content_type", "batch[7]")
        with pytest.raises(TranslationError) as caught:
            check_json_content(collection(Content_Type=value))
        assert (caught.value.code, caught.value.part) == ("unsupported_content_type", "request")

    def test_several(self) -> None:
        """Of several nobody knows which holds."""
        one = collection(Content_Type="application/json")
        two = one.replace(headers=Headers([*one.headers, ("content-type", "text/plain")]))
        assert content_type_of(one.headers, "request") == "application/json"
        with pytest.raises(TranslationError) as caught:
            content_type_of(two.headers, "batch[3]")
        assert (caught.value.code, caught.value.part) == ("unsupported_content_type", "batch[3]")
        with pytest.raises(TranslationError) as caught:
            check_json_content(two)
        assert (caught.value.code, caught.value.part) == ("unsupported_content_type", "request")

    @pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
    def test_codings(self, coding: str) -> None:
        """A body that is coded is no JSON."""
        with pytest.raises(TranslationError) as caught:
            check_json_content(collection(Content_Encoding=coding))
        assert (caught.value.code, caught.value.part) == ("unsupported_content_coding", "request")
        check_json_content(collection(Content_Encoding="IDENTITY"))
        one = [("Content-Encoding", "identity")]
        assert codings_of(Headers(one * 2)) == []
        assert codings_of(Headers([*one, ("content-encoding", f"br, {coding}")]))[0] == "br"
