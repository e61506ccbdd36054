"""Dialects: how services write batches, as data."""

from __future__ import annotations

import pytest

from odatabatch import ODATA_V4, Dialect, Headers
from odatabatch.azure import AZURE_BATCH
from odatabatch.dialect import APPLICATION_HTTP


class TestDialects:
    """OData 4.01 §11.7, seed 000."""

    def test_azure_batch(self) -> None:
        """As the seed page shows and tells it."""
        assert AZURE_BATCH.content_id_at == "message"
        assert AZURE_BATCH.shares_blank_line
        assert AZURE_BATCH.content_id_everywhere
        assert (AZURE_BATCH.max_operations, AZURE_BATCH.max_changeset_operations) == (100, 1)

    def test_odata(self) -> None:
        """As the standard has it, without bounds."""
        assert ODATA_V4.content_id_at == "part"
        assert not ODATA_V4.shares_blank_line
        assert not ODATA_V4.content_id_everywhere
        assert (ODATA_V4.max_operations, ODATA_V4.max_changeset_operations) == (None, None)

    @pytest.mark.parametrize("dialect", [ODATA_V4, AZURE_BATCH], ids=lambda it: it.name)
    def test_part_headers(self, dialect: Dialect) -> None:
        """A part is application/http, in binary; each dialect tells where its rules are."""
        assert dialect.part_headers is APPLICATION_HTTP
        assert dialect.part_headers == Headers(
            [("Content-Type", "application/http"), ("Content-Transfer-Encoding", "binary")]
        )
        assert dialect.name
        assert dialect.source

    def test_own(self) -> None:
        """A dialect is a value, and anybody may make one."""
        own = Dialect(
            name="own",
            source="here",
            content_id_at="part",
            part_headers=Headers(),
            request_boundaries=("b", "c"),
            response_boundaries=("b", "c"),
        )
        assert own == own.__class__(**{name: getattr(own, name) for name in own.__struct_fields__})
        assert own != ODATA_V4
        with pytest.raises(AttributeError):
            own.name = "other"  # type: ignore[misc]
