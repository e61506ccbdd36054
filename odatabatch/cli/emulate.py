"""``odatabatch emulate``: a small Batch service on loopback, until it is told to stop."""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import NoReturn

import click

from odatabatch.azure.versions import LATEST, VERSIONS, position
from odatabatch.cli import options, streams
from odatabatch.emulator import BatchService, Emulator
from odatabatch.emulator.asgi import utc_now
from odatabatch.emulator.faults import AnyFault, read_faults
from odatabatch.errors import ODataBatchError

KEY_VARIABLE = "ODATABATCH_KEY"
"""Where the key is best put: what stands in a command line, others on the machine can see."""


class Unreachable(streams.InputFailure):
    """The network does not give what is needed."""

    exit_code = 5


class _Terminated(Exception):
    """SIGTERM has come."""


@click.command(short_help="A small Batch service on loopback, for tests.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    show_default=True,
    help="On 127.0.0.1; 0 for any that is free.",
)
@click.option("--account", metavar="NAME", help="The account's name; needed with a key.")
@click.option(
    "--key",
    metavar="KEY",
    envvar=KEY_VARIABLE,
    help="The account's key, in base64; signatures are checked then. Others on this machine can "
    f"read a command line: the environment variable {KEY_VARIABLE} is a better place.",
)
@click.option("--job", "jobs", metavar="ID", multiple=True, help="A job that is there; repeatable.")
@click.option("--faults", metavar="FILE", help="What goes wrong, and when; a JSON array.")
@click.option(
    "--oldest",
    type=options.ApiVersion(),
    metavar="VERSION",
    default=VERSIONS[0],
    show_default=True,
    help="The oldest api-version that is not refused as retired.",
)
@click.option(
    "--newest",
    type=options.ApiVersion(),
    metavar="VERSION",
    default=LATEST,
    show_default=True,
    help="The newest api-version that it knows.",
)
def emulate(
    *,
    port: int,
    account: str | None,
    key: str | None,
    jobs: tuple[str, ...],
    faults: str | None,
    oldest: str,
    newest: str,
) -> None:
    """Serve a small Batch service on this machine alone, and print where.

    It adds jobs and tasks, keeps them in memory, and runs none. It stops on Ctrl-C (exit code 130)
    and when it is terminated (exit code 0). It needs uvicorn: pip install 'odatabatch[serve]'.
    """
    if key is not None and account is None:
        message = f"--account: expected the account of the key (--key, or {KEY_VARIABLE})"
        raise click.UsageError(message)
    script = read_script(faults) if faults is not None else ()
    served = VERSIONS[position(oldest) : position(newest) + 1]
    if not served:
        raise click.UsageError("--oldest: expected no version after --newest")
    try:
        service = BatchService(account, key, served, script)
        for job in jobs:
            service.add_job(job, utc_now())
    except ODataBatchError as error:  # of the account, the key and the jobs; it quotes none
        raise click.UsageError(error.message) from None
    try:
        from odatabatch.emulator.serving import serve  # noqa: PLC0415 - uvicorn is an extra
    except ImportError:
        raise click.UsageError("expected uvicorn: pip install 'odatabatch[serve]'") from None
    previous = signal.getsignal(signal.SIGTERM)
    try:
        signal.signal(signal.SIGTERM, _terminate)
        with serve(Emulator(service), port) as url:
            streams.write_lines([url])
            _wait()
    except _Terminated:
        pass
    except BrokenPipeError:
        raise  # click ends quietly: whoever read the address has had enough
    except OSError as error:
        raise Unreachable(f"port {port}: {error.strerror}") from None
    finally:
        signal.signal(signal.SIGTERM, previous)


def read_script(file: str) -> tuple[AnyFault, ...]:
    """The faults in a file."""
    data = streams.bytes_of(file)
    with streams.failing(file):
        return read_faults(data)


def _wait() -> None:
    """Wait for a signal."""
    while True:
        time.sleep(3600)


def _terminate(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Terminated
