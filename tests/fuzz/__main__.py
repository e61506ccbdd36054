"""``python -m tests.fuzz``: run the harnesses under atheris, and tell what came of it.

Each harness is fuzzed in a process of its own, by ``child``. A table goes to stdout, progress and
findings to stderr. The exit code is 0, 1 with a finding, 2 where nothing could be run.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.harnesses import HARNESSES
from tests.fuzz.seeds import seeds

ROOT = Path(__file__).parent.parent.parent
DICTIONARY = Path(__file__).parent / "format.dict"

_MAX_BYTES = 8192
"""Of an input. The longest fixture has 2,780; what is longer is only slower: a second operation or
a second limit is reached well within, and great lengths are the affair of ``growth``."""

_HANG_S = 60
"""After so many seconds of one input the process is ended: far above what the contract allows, so
that it is the contract that tells of slowness, except where nothing comes back at all."""

# libFuzzer's lines: "#4096 pulse  cov: 312 ft: 1011 corp: 77/12Kb lim: …", and one at the end.
_STATUS = re.compile(r"^#(\d+)\s.*?cov: (\d+) ft: (\d+)(?: corp: (\d+))?", re.MULTILINE)
_EXECUTED = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_FOUND = ("crash-", "timeout-", "oom-", "leak-")


@dataclass(frozen=True)
class Run:
    """What came of one harness.

    Attributes:
        name: of the harness.
        executions: how many inputs were run, seeds included.
        edges: of the package that were covered (libFuzzer's ``cov``).
        features: edges and how often, as libFuzzer tells them apart (``ft``).
        corpus: inputs that cover something of their own.
        seconds: that it ran.
        findings: inputs that broke the contract, as files.
        ended: whether it came to its end, with a finding or without.
    """

    name: str
    executions: int
    edges: int
    features: int
    corpus: int
    seconds: float
    findings: tuple[Path, ...]
    ended: bool


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit code."""
    options = _parser().parse_args(arguments)
    if options.replay is not None:
        return _replay(options.only, options.replay)
    if importlib.util.find_spec("atheris") is None:
        print("atheris is missing: pip install '.[fuzz]'", file=sys.stderr)
        return 2
    names = options.only or list(HARNESSES)
    # A harness at a time on each core: more would only take time from each other.
    jobs = max(1, min(options.jobs, len(names)))
    seconds = max(1, round(options.seconds / len(names)))
    findings = options.findings or Path(tempfile.mkdtemp(prefix="odatabatch-fuzz-"))
    findings.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="odatabatch-seeds-") as scratch,
        ThreadPoolExecutor(jobs) as pool,
    ):
        runs = list(
            pool.map(
                lambda name: _run(name, seconds, options.corpus, findings, Path(scratch)), names
            )
        )
    print(_table(runs))
    found = [run for run in runs if run.findings or not run.ended]
    if not found:
        if options.findings is None:
            shutil.rmtree(findings)
        print(f"no findings in {sum(run.executions for run in runs):,} executions")
        return 0
    count = sum(len(run.findings) or 1 for run in found)
    what = "finding" if count == 1 else "findings"
    print(f"{count} {what}, in {', '.join(run.name for run in found)}; see {findings}")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.fuzz", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=float, default=60, help="of fuzzing in all, divided evenly (60)")
    add("--only", action="append", choices=list(HARNESSES), metavar="NAME", help="this harness")
    add("--jobs", type=int, default=os.cpu_count() or 1, help="harnesses at a time (the cores)")
    add(
        "--corpus", type=Path, metavar="DIR", help="keep what was found to cover, and go on from it"
    )
    add("--findings", type=Path, metavar="DIR", help="where findings are saved (a new directory)")
    add("--replay", type=Path, metavar="FILE", help="run one input, without atheris; with --only")
    return parser


def _replay(names: Iterable[str] | None, file: Path) -> int:
    """Run one input through a harness, or all; its exception is shown as it is."""
    data = file.read_bytes()
    for name in names or HARNESSES:
        HARNESSES[name](data)
        print(f"{name}: nothing found")
    return 0


def _run(name: str, seconds: int, corpus: Path | None, findings: Path, scratch: Path) -> Run:
    """Fuzz one harness for so long."""
    own_seeds, own_corpus = scratch / name, (corpus or scratch / "corpus") / name
    for directory in (own_seeds, own_corpus):
        directory.mkdir(parents=True, exist_ok=True)
    for number, (_, data) in enumerate(seeds(name)):
        (own_seeds / str(number)).write_bytes(data)
    prefix = findings.resolve() / name
    command = [
        *(sys.executable, "-m", "tests.fuzz.child", name, own_corpus.resolve(), own_seeds),
        f"-dict={DICTIONARY}",
        f"-max_total_time={seconds}",
        f"-max_len={_MAX_BYTES}",
        f"-timeout={_HANG_S}",
        f"-artifact_prefix={prefix}-",
        "-print_final_stats=1",
    ]
    print(f"{name}: {seconds} s", file=sys.stderr)
    start = time.time()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    took = time.time() - start
    log = (done.stdout + done.stderr).decode("utf-8", "replace")
    saved = [it for kind in _FOUND for it in sorted(findings.glob(f"{name}-{kind}*"))]
    found = tuple(it for it in saved if it.stat().st_mtime >= start - 1)  # not those of other runs
    if found or done.returncode:
        prefix.with_suffix(".log").write_text(log, "utf-8")
        print(_story(name, done), file=sys.stderr)
    *_, status = _STATUS.findall(log) or [("0", "0", "0", "0")]
    executed = _EXECUTED.findall(log) or [status[0]]
    return Run(
        name,
        *(int(executed[-1]), int(status[1]), int(status[2]), int(status[3] or 0)),
        *(took, found, not done.returncode or bool(found)),
    )


def _story(name: str, done: subprocess.CompletedProcess[bytes]) -> str:
    """What a process told of a finding: the exception, which goes to stdout, or else its end."""
    told = done.stdout.strip() or done.stderr.strip()
    lines = told.decode("utf-8", "replace").splitlines()[-40:]
    return "\n".join(f"{name}: {line[:1000]}" for line in lines)


def _table(runs: Iterable[Run]) -> str:
    rows = [("harness", "executions", "edges", "features", "corpus", "seconds", "findings")]
    for run in runs:
        findings = str(len(run.findings)) if run.ended else "broken off"
        figures = (run.executions, run.edges, run.features, run.corpus)
        rows.append((run.name, *(f"{it:,}" for it in figures), f"{run.seconds:.0f}", findings))
    rows.insert(1, ("---", *["--:"] * 6))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    sys.exit(main())
