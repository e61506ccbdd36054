"""Azure Batch: legacy add-tasks batches, and the ``addtaskcollection`` that replaced them."""

from odatabatch.azure import operations
from odatabatch.azure.collection import CollectionRequest, Task, TaskCollection
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.downgrading import Downgrade, downgrade
from odatabatch.azure.notes import Note
from odatabatch.azure.results import BatchError, TaskCollectionResult, TaskResult, TaskStatus
from odatabatch.azure.signing import SharedKey
from odatabatch.azure.transfer import Failure, Transfer
from odatabatch.azure.upgrading import Upgrade, upgrade
from odatabatch.azure.validation import TaskFault, validate
from odatabatch.azure.versions import LATEST, VERSIONS
from odatabatch.errors import OpenOutcomes, SigningError, TaskError, TranslationError

__all__ = [
    "AZURE_BATCH",
    "LATEST",
    "VERSIONS",
    "BatchError",
    "CollectionRequest",
    "Downgrade",
    "Failure",
    "Note",
    "OpenOutcomes",
    "SharedKey",
    "SigningError",
    "Task",
    "TaskCollection",
    "TaskCollectionResult",
    "TaskError",
    "TaskFault",
    "TaskResult",
    "TaskStatus",
    "Transfer",
    "TranslationError",
    "Upgrade",
    "downgrade",
    "operations",
    "upgrade",
    "validate",
]
