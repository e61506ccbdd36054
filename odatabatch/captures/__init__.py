"""Readers of captured traffic. Pure: bytes in, models out."""

from odatabatch.captures.raw import (
    Content,
    RawMessage,
    read_batch,
    read_content,
    read_messages,
    write_message,
    write_messages,
)

__all__ = [
    "Content",
    "RawMessage",
    "read_batch",
    "read_content",
    "read_messages",
    "write_message",
    "write_messages",
]
