"""OData's legacy ``$batch`` format: read, written and translated, without doing any I/O.

    batch = odatabatch.decode_request(body, content_type)
    encoded = odatabatch.encode_request(batch)

``odatabatch.azure`` translates Azure Batch's add-tasks batches to ``addtaskcollection`` and back.
"""

import odatabatch.azure as azure  # noqa: PLR0402  a name of this package, re-exported
from odatabatch import http_message as http_message
from odatabatch._version import __version__
from odatabatch.correlation import Correlation, Outcome, OutcomeKind, correlate
from odatabatch.decoder import RequestDecoder, ResponseDecoder, decode_request, decode_response
from odatabatch.detection import Candidate, Detection, Sign, detect
from odatabatch.dialect import AZURE_TABLES, ODATA_V3, ODATA_V4, Dialect
from odatabatch.encoder import Encoded, encode_request, encode_response
from odatabatch.errors import (
    DecodeError,
    EncodeError,
    LimitError,
    ODataBatchError,
    RuleError,
    TruncatedError,
    UsageError,
)
from odatabatch.headers import Headers
from odatabatch.http_message import HttpRequest, HttpResponse
from odatabatch.judge import check
from odatabatch.limits import Limits
from odatabatch.model import (
    Batch,
    BatchEnd,
    BatchResponse,
    Changeset,
    ChangesetEnd,
    ChangesetResponse,
    ChangesetStart,
    Operation,
    OperationResponse,
)
from odatabatch.oddities import CAPTURED, STRICT, MetOddity, Oddity, Tolerance
from odatabatch.reference import Reference, references
from odatabatch.rules import Fault
from odatabatch.stream_encoder import RequestEncoder, ResponseEncoder

__all__ = [
    "AZURE_TABLES",
    "CAPTURED",
    "ODATA_V3",
    "ODATA_V4",
    "STRICT",
    "Batch",
    "BatchEnd",
    "BatchResponse",
    "Candidate",
    "Changeset",
    "ChangesetEnd",
    "ChangesetResponse",
    "ChangesetStart",
    "Correlation",
    "DecodeError",
    "Detection",
    "Dialect",
    "EncodeError",
    "Encoded",
    "Fault",
    "Headers",
    "HttpRequest",
    "HttpResponse",
    "LimitError",
    "Limits",
    "MetOddity",
    "ODataBatchError",
    "Oddity",
    "Operation",
    "OperationResponse",
    "Outcome",
    "OutcomeKind",
    "Reference",
    "RequestDecoder",
    "RequestEncoder",
    "ResponseDecoder",
    "ResponseEncoder",
    "RuleError",
    "Sign",
    "Tolerance",
    "TruncatedError",
    "UsageError",
    "__version__",
    "azure",
    "check",
    "correlate",
    "decode_request",
    "decode_response",
    "detect",
    "encode_request",
    "encode_response",
    "http_message",
    "references",
]
