"""Azure Batch: legacy add-tasks batches, and the ``addtaskcollection`` that replaced them."""

from odatabatch.azure.collection import (
    BatchError,
    CollectionRequest,
    Task,
    TaskCollection,
    TaskCollectionResult,
    TaskResult,
    TaskStatus,
)
from odatabatch.azure.dialect import AZURE_BATCH
from odatabatch.azure.translate import Note, Upgrade, upgrade
from odatabatch.azure.versions import LATEST
from odatabatch.errors import OpenOutcomes, TaskError, TranslationError

__all__ = [
    "AZURE_BATCH",
    "LATEST",
    "BatchError",
    "CollectionRequest",
    "Note",
    "OpenOutcomes",
    "Task",
    "TaskCollection",
    "TaskCollectionResult",
    "TaskError",
    "TaskResult",
    "TaskStatus",
    "TranslationError",
    "Upgrade",
    "upgrade",
]
