"""Azure Batch's dialect of ``$batch``."""

from __future__ import annotations

from odatabatch.dialect import Dialect

MAX_OPERATIONS = 100
"""Operations in one batch. Source: Azure Batch REST, Add multiple tasks to a job."""

AZURE_BATCH = Dialect(
    name="Azure Batch",
    source="Azure Batch REST: Add multiple tasks to a job; OData batch processing",
    content_id_at="message",
    response_boundaries=("batch", "changesetresponse"),
    writes_content_length=False,
    shares_blank_line=True,
    content_id_needed="always",
    reference_scope="changeset",
    one_path=True,
    version_header="DataServiceVersion",
    versions=("1.0", "2.0", "3.0"),
    max_operations=MAX_OPERATIONS,
    max_changeset_operations=1,
    hosts=(".batch.azure.com", ".batch.chinacloudapi.cn", ".batch.usgovcloudapi.net"),
)
"""Add-tasks batches of the api-versions up to 2016-02-01.3.0: one operation a changeset, the
Content-ID in the message, at most 100 operations, all to one job, answers in any order."""
