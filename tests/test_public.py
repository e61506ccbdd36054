"""The public names, what importing them costs, and what is written about them."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import odatabatch
from odatabatch import Limits, Oddity
from odatabatch.rules import RULES
from tests import corpus

PACKAGE = Path(odatabatch.__file__).parent
ERRORS_PAGE = corpus.FIXTURES.parent / "docs" / "errors.md"

# The codec: the modules below azure, captures and the commands.
CODEC = sorted(
    module.name
    for module in pkgutil.iter_modules([str(PACKAGE)])
    if not module.ispkg and not module.name.startswith("__")
)

NAMES = {
    # The codec's names.
    "decode_request",
    "decode_response",
    "encode_request",
    "encode_response",
    "check",
    "correlate",
    "RequestDecoder",
    "ResponseDecoder",
    "RequestEncoder",
    "ResponseEncoder",
    "detect",
    "references",
    "ChangesetStart",
    "ChangesetEnd",
    "BatchEnd",
    "HttpRequest",
    "HttpResponse",
    "Operation",
    "OperationResponse",
    "Changeset",
    "ChangesetResponse",
    "Batch",
    "BatchResponse",
    "Headers",
    "Encoded",
    "Fault",
    "Correlation",
    "Outcome",
    "Oddity",
    "STRICT",
    "CAPTURED",
    "Limits",
    "Dialect",
    "ODATA_V3",
    "ODATA_V4",
    "AZURE_TABLES",
    "ODataBatchError",
    "http_message",
    "azure",
    # Its errors.
    "DecodeError",
    "TruncatedError",
    "LimitError",
    "EncodeError",
    "RuleError",
    "UsageError",
}


class TestNames:
    """The codec's names."""

    @pytest.mark.parametrize("name", sorted(NAMES))
    def test_there(self, name: str) -> None:
        """Each stands at the top, and is exported."""
        assert hasattr(odatabatch, name)
        assert name in odatabatch.__all__

    def test_all(self) -> None:
        """What is exported is there, in order, and each thing once."""
        assert len(set(odatabatch.__all__)) == len(odatabatch.__all__)
        for name in odatabatch.__all__:
            assert hasattr(odatabatch, name)

    def test_signatures(self) -> None:
        """Arguments are called as in the design."""
        expected = {
            "decode_request": ["body", "content_type", "tolerate", "limits"],
            "decode_response": ["body", "content_type", "tolerate", "limits"],
            "encode_request": ["batch", "dialect", "boundaries", "allow"],
            "encode_response": ["answer", "dialect", "boundaries", "allow"],
            "check": ["batch", "dialect", "addr_spec"],
            "correlate": ["batch", "answer", "dialect"],
            "detect": ["batch", "candidates", "headers"],
            "references": ["batch", "dialect"],
            "RequestEncoder": ["dialect", "boundaries", "allow"],
            "ResponseEncoder": ["dialect", "boundaries", "allow"],
            "RequestDecoder": ["content_type", "tolerate", "limits"],
            "ResponseDecoder": ["content_type", "tolerate", "limits"],
        }
        for name, arguments in expected.items():
            signature = inspect.signature(getattr(odatabatch, name))
            assert list(signature.parameters) == arguments

    def test_version(self) -> None:
        """Three numbers."""
        assert re.fullmatch(r"\d+\.\d+\.\d+(\.?(dev|a|b|rc)\d+)?", odatabatch.__version__)

    def test_typed(self) -> None:
        """Type checkers are told to look."""
        assert (PACKAGE / "py.typed").is_file()


class TestImport:
    """The lower layers: msgspec and the standard library, nothing else of weight."""

    def test_light(self) -> None:
        """A plain import pulls in nothing that reads networks, draws, or parses mail."""
        heavy = ["httpx", "click", "rich", "email_validator", "asyncio", "ssl", "email.parser"]
        code = f"import sys, odatabatch; print(*[it for it in {heavy!r} if it in sys.modules])"
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            text=True,
            cwd=PACKAGE.parent,
        )
        assert done.stdout.split() == []

    @pytest.mark.parametrize("name", CODEC)
    def test_alone(self, name: str) -> None:
        """Each module of the codec imports nothing of the layers above it."""
        imported = set(_imported(ast.parse((PACKAGE / f"{name}.py").read_text("utf-8"))))
        above = {"odatabatch.azure", "odatabatch.captures", "odatabatch.cli"}
        assert not {it for it in imported for top in above if it.startswith(top)}
        outside = {it.partition(".")[0] for it in imported} - set(sys.stdlib_module_names)
        advice = {"email_validator"} if name == "judge" else set()  # imported when it is asked for
        assert outside <= {"odatabatch", "msgspec"} | advice


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def modules() -> list[ModuleType]:
    """The modules of the codec."""
    return [importlib.import_module(f"odatabatch.{name}") for name in CODEC]


def public_functions() -> Iterator[tuple[str, Any]]:
    """All public functions, and methods of public classes, that the codec defines."""
    for module in modules():
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", "") != module.__name__:
                continue
            yield f"{module.__name__}.{name}", thing
            if inspect.isclass(thing):
                for method, function in vars(thing).items():
                    if not method.startswith("_") and inspect.isfunction(function):
                        yield f"{module.__name__}.{name}.{method}", function


PUBLIC = dict(public_functions())


class TestDocstrings:
    """style.md: what comes back, then what a caller can see raised."""

    @pytest.mark.parametrize("name", sorted(PUBLIC))
    def test_there(self, name: str) -> None:
        """Everything public says what it is."""
        assert (inspect.getdoc(PUBLIC[name]) or "").strip()

    @pytest.mark.parametrize("name", sorted(PUBLIC))
    def test_raises(self, name: str) -> None:
        """What raises by itself says so, or says whose words hold for it."""
        thing = PUBLIC[name]
        if not inspect.isfunction(thing):
            return
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
        if set(_raised(tree)):
            assert "Raises:" in (inspect.getdoc(thing) or "")

    def test_codes(self) -> None:
        """The codes that the whole-buffer encoders raise are in their docstring."""
        documented = (odatabatch.encode_request.__doc__ or "") + (
            odatabatch.encode_response.__doc__ or ""
        )
        for code in codes_raised("EncodeError", "RuleError"):
            assert code in documented


def _raised(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            function = node.exc.func
            yield function.id if isinstance(function, ast.Name) else ""


def codes_raised(*kinds: str) -> set[str]:
    """The codes in the source: the first arguments of errors (or faults) of those kinds."""
    codes = set()
    for name in CODEC:
        tree = ast.parse((PACKAGE / f"{name}.py").read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and _name(node.func) in kinds and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    codes.add(first.value)
    return codes


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


# Codes that are no literal first argument: chosen in an expression, or passed through a helper.
OTHER_CODES = {
    "invalid_media_type",
    "missing_boundary",
    "repeated_boundary",
    "invalid_chunk",
}


def all_codes() -> set[str]:
    """Every code that the codec can give: errors', oddities', limits', faults'."""
    kinds = ("DecodeError", "TruncatedError", "EncodeError", "RuleError", "UsageError")
    raised = codes_raised(*kinds) | {rule.code for rule in RULES}
    return raised | set(map(str, Oddity)) | set(Limits.__struct_fields__) | OTHER_CODES


class TestCodes:
    """Codes are part of the API."""

    def test_shape(self) -> None:
        """All are lower case, with underscores."""
        assert all(re.fullmatch("[a-z]+(_[a-z]+)*", code) for code in all_codes())

    @pytest.mark.parametrize("code", sorted(all_codes()))
    def test_documented(self, code: str) -> None:
        """Each stands on the page of error codes."""
        assert f"`{code}`" in ERRORS_PAGE.read_text("utf-8")

    def test_others_are_there(self) -> None:
        """The codes that this module names itself are still in the source."""
        source = "".join((PACKAGE / f"{name}.py").read_text("utf-8") for name in CODEC)
        assert all(f'"{code}"' in source for code in OTHER_CODES)
