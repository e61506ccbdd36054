"""A small Azure Batch service: in memory, deterministic, with faults on demand."""

from odatabatch.emulator.asgi import Emulator
from odatabatch.emulator.faults import Cut, FailRequest, FailTasks, Fault, Hang, Slow, read_faults
from odatabatch.emulator.sending import Answer
from odatabatch.emulator.service import BatchService
from odatabatch.emulator.store import StoredTask

__all__ = [
    "Answer",
    "BatchService",
    "Cut",
    "Emulator",
    "FailRequest",
    "FailTasks",
    "Fault",
    "Hang",
    "Slow",
    "StoredTask",
    "read_faults",
]
