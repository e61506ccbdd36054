"""``python -m tests.mutation``: try mutants of the package, and keep what was told."""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import pytest

from tests.mutation import results, tables
from tests.mutation.equivalent import reason_of
from tests.mutation.functions import of_functions
from tests.mutation.mutants import Mutant, path_of
from tests.mutation.reach import Reach
from tests.mutation.results import Figures
from tests.mutation.statements import span_of, spans
from tests.mutation.trials import (
    OPTIONS,
    Anew,
    BrokenTrialError,
    FailFast,
    Items,
    Trial,
    Verdict,
    judged,
)

RECORDING = results.WORK / "reach.json"
# What takes minutes in processes of its own, and what is about this.
LEFT_OUT = tuple(f"tests/{it}/" for it in ("interop", "load", "differential", "linear", "mutation"))
# What holds tables and patterns against others: first what takes no time.
OF_TABLES = ("tests/test_grammar.py", "tests/azure/test_findings.py")
OF_LONG_TABLES = ("tests/test_migration.py", "tests/test_docs.py", "tests/limits/test_bounds.py")
CHEAP = 0.2  # seconds; of a module's own tests, these come before all others
PARAMETERS = 12  # of one test function, before others have their turn


def main() -> int:
    """Run the command."""
    parser = _parser()
    arguments = parser.parse_args()
    if not (arguments.all or arguments.module):
        parser.error("expected --module or --all")
    chosen = results.MODULES if arguments.all else results.modules(arguments.module)
    results.WORK.mkdir(exist_ok=True)
    if arguments.table:
        wrong = _tell(chosen)
        results.write_table()
        return wrong
    if arguments.show:
        return _show(chosen)
    if arguments.list:
        return _list(chosen)
    os.environ.update(HYPOTHESIS_PROFILE="mutation", PYTHONHASHSEED="0", NO_COLOR="1")
    if arguments.record or not RECORDING.exists():
        print("recording which tests reach what: ten minutes or more", flush=True)
        _record()
    reach = Reach(RECORDING)
    for stage in (_in_place, _anew):
        if stage is _in_place and arguments.by == "tables":
            continue
        pid = os.fork()  # the second stage must not have imported the package
        if not pid:
            stage(chosen, reach, arguments)
            sys.stdout.flush()
            os._exit(0)
        if os.waitpid(pid, 0)[1]:
            return 2
    return _tell(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--module", nargs="+", default=[], help="such as framing or azure/moves")
    parser.add_argument("--all", action="store_true", help="every module")
    parser.add_argument("--by", choices=("mutmut", "tables"), help="mutants of one maker alone")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument("--budget", type=float, default=3.0, help="seconds of CPU for a mutant")
    parser.add_argument(
        "--survivors", action="store_true", help="also those that survived, and are not listed"
    )
    parser.add_argument("--again", action="store_true", help="try all again, known killers first")
    parser.add_argument("--without-prose", action="store_true", help="leave texts for later")
    parser.add_argument("--record", action="store_true", help="record anew which tests reach what")
    parser.add_argument("--table", action="store_true", help="write the figures, and the table")
    parser.add_argument("--show", action="store_true", help="print survivors that are not listed")
    parser.add_argument("--list", action="store_true", help="list those whose reason is plain")
    return parser


def _record() -> None:
    """Run the suite once, under coverage."""
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--tb=no", "-p", "tests.mutation.reach",
         "--reach", str(RECORDING), "-p", "no:cacheprovider", *ignored, "tests"],
        cwd=results.ROOT, check=False,
    )  # fmt: skip


def _mutants(module: str, by: str | None) -> list[Mutant]:
    found = []
    if by != "tables":
        found += of_functions(module)
    if by != "mutmut":
        found += tables.of_tables(module)
    return found


class _Module:
    """What is known of one module's mutants, and what is still to be tried."""

    def __init__(self, module: str, arguments: argparse.Namespace) -> None:
        self.module = module
        self.told = results.verdicts(module)
        self.killers = self.told["killers"]
        self.known = self.told["before"] | {it: by for it, by in self.killers.items() if by}
        self.mutants = _mutants(module, arguments.by)
        listed = results.survivors(module)
        self.todo = [
            it
            for it in self.mutants
            if arguments.again
            or it.key not in self.killers
            or (arguments.survivors and not self.killers[it.key] and _looks(it) not in listed)
        ]
        if arguments.without_prose:
            self.todo = [it for it in self.todo if not it.is_prose]
        self.new: dict[str, str] = {}
        self._kept = time.monotonic()
        self.cost = Counter[str]()

    def keep(self, mutant: Mutant, verdict: Verdict) -> None:
        """Keep a verdict."""
        self.killers[mutant.key] = self.new[mutant.key] = verdict.killer
        self.cost.update(mutants=1, tests=verdict.tests, killed=bool(verdict.killer))
        self.cost["milliseconds"] += int(1000 * verdict.seconds)
        if time.monotonic() - self._kept > 10:
            self._kept = time.monotonic()
            results.keep_verdicts(self.module, self.told, self.new)

    def void(self, verdict: Verdict) -> bool:
        """Forget what a test killed that fails without a mutant, too; try that again without it."""
        if not verdict.killer:
            return False
        test = verdict.killer.split(" (")[0]
        print(f"{results.name_of(self.module)}: fails without a mutant: {verdict.killer}")
        if test.endswith("::collection"):
            raise BrokenTrialError(verdict.killer)
        results.keep_unstable(test)
        kept = {it: by for it, by in self.killers.items() if by.split(" (")[0] != test}
        results.keep_verdicts(self.module, self.told, {}, self.killers.keys() - kept.keys())
        self.killers = kept
        self.new = {it: by for it, by in self.new.items() if it in kept}
        self.todo = [it for it in self.todo if it.key not in kept]
        return True

    def done(self, stage: str) -> None:
        """Write what was told, and print it."""
        results.keep_verdicts(self.module, self.told, self.new)
        cost = self.cost
        if cost["mutants"]:
            each = cost["milliseconds"] / cost["mutants"]
            print(
                f"{stage} {results.name_of(self.module)}: {cost['mutants']} tried, "
                f"{cost['killed']} killed, {cost['tests']} tests, {each:.0f} ms each",
                flush=True,
            )


def _in_place(chosen: Sequence[str], reach: Reach, arguments: argparse.Namespace) -> None:
    """Try the mutants of functions, where everything was imported."""

    class Loop:
        """A plugin that tries mutants in place of running the tests."""

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: pytest.Session) -> bool:
            """Try all."""
            items = Items(session, reach.seconds)
            items.warm(
                [it for it, s in reach.seconds.items() if 0.1 < s < 0.3 and it in items.items][::40]
            )
            for name in chosen:
                module = _Module(name, arguments)
                module.todo = [it for it in module.todo if it.by == "mutmut" and not it.at_import]
                _try_in_place(module, items, reach, arguments)
                module.done("in place")
            return True

    files = _files(reach)
    pytest.main([*OPTIONS, "--rootdir", str(results.ROOT), *files], [Loop(), FailFast()])


def _try_in_place(
    module: _Module, items: Items, reach: Reach, arguments: argparse.Namespace
) -> None:
    statements = spans(path_of(module.module).read_text("utf-8"))
    recent: dict[str, Counter[str]] = defaultdict(Counter)
    own = results.own_tests(module.module)
    fresh = [it for it in items.items if it not in reach.seconds and it not in reach.failing]
    known = module.known
    # What is computed once for all runs in the first test that needs it, and counts in all others.
    remembered: list[str] = []
    if "@cache" in path_of(module.module).read_text("utf-8"):
        files = reach.files(module.module)
        remembered = [it for it in reach.seconds if it.partition("::")[0] in files]
        remembered.sort(key=lambda it: (not it.startswith(own), reach.seconds[it]))

    def tests(mutant: Mutant) -> list[str]:
        span = span_of(statements, mutant.line, mutant.last)
        reached = reach.tests(module.module, *span)
        if not reached and reach.at_import(module.module, *span):
            return []  # it is tried anew
        within = {it for it in (*reached, *remembered, *fresh) if it in items.items}
        first = [known.get(mutant.key, "").split(" (")[0]]
        first += [it for it, _ in recent[mutant.where].most_common(8)]
        ordered = [
            *(it for it in first if it in within),
            *(it for it in fresh if it.startswith(own)),
            *(it for it in reached if it.startswith(own) and reach.seconds[it] < CHEAP),
            *(it for it in remembered if it.startswith(own)),
            *fresh,
            *_varied(iter(reached)),
            *_varied(iter(remembered)),
        ]
        unstable = results.unstable()
        return [it for it in dict.fromkeys(ordered) if it in within and it not in unstable]

    def trials() -> Iterator[Trial]:
        for it in module.todo:
            yield items.trial(it, tests(it), arguments.budget)

    killers = set()
    for mutant, verdict in judged(trials(), arguments.jobs):
        if verdict.killer:
            recent[mutant.where][verdict.killer.split(" (")[0]] += 1
            killers.add(verdict.killer.split(" (")[0])
        module.keep(mutant, verdict)
    sound = [it for it in killers if it in items.items]
    for _, verdict in judged([items.trial(_nothing(module), sound, 1e6)] * 2, 1):
        if module.void(verdict):
            _try_in_place(module, items, reach, arguments)
            return


def _files(reach: Reach) -> dict[str, float]:
    """The test files that are there, and how long they took; those that are new last."""
    paths = (results.ROOT / "tests").rglob("test_*.py")
    there = [path.relative_to(results.ROOT).as_posix() for path in paths]
    took = reach.all_files()
    files = {it: took.get(it, math.inf) for it in there if not it.startswith(LEFT_OUT)}
    return dict(sorted(files.items(), key=lambda it: it[1]))


def _nothing(module: _Module) -> Mutant:
    """What changes nothing, so that no test may fail."""
    return Mutant(module.module, "mutmut", "", 1, 1, 0, 0, "", "", "")


def _varied(tests: Iterator[str]) -> list[str]:
    """Tests with those put last that are one function's with still other parameters."""
    seen: Counter[str] = Counter()
    soon, late = [], []
    for test in tests:
        name = test.partition("[")[0]
        seen[name] += 1
        (soon if seen[name] <= PARAMETERS else late).append(test)
    return soon + late


def _anew(chosen: Sequence[str], reach: Reach, arguments: argparse.Namespace) -> None:
    """Try the mutants that matter when their module is imported."""
    anew = Anew(reach.seconds, reach.failing)
    sound: set[str] = set()
    for name in chosen:
        module = _Module(name, arguments)
        module.todo = _left_to_import(module, reach)
        _try_anew(module, anew, reach, arguments, sound)
        module.done("anew")


def _left_to_import(module: _Module, reach: Reach) -> list[Mutant]:
    """Tables, defaults, and what survived in place though its lines run at import."""
    statements = spans(path_of(module.module).read_text("utf-8"))
    todo = {it.key for it in module.todo}
    killers = module.killers
    return [
        it for it in module.mutants
        if (it.key in todo and (it.by == "tables" or it.at_import))
        or (
            it.by == "mutmut"
            and killers.get(it.key) == ""
            and f"anew {it.key}" not in killers
            and reach.at_import(module.module, *span_of(statements, it.line, it.last))
        )
    ]  # fmt: skip


def _try_anew(
    module: _Module, anew: Anew, reach: Reach, arguments: argparse.Namespace, sound: set[str]
) -> None:
    own = results.own_tests(module.module)
    hits: Counter[str] = Counter()
    recent: dict[str, Counter[str]] = defaultdict(Counter)
    known = module.known
    reaching = reach.files(module.module)
    files = _files(reach)
    near = [it for it in files if it in reaching and files[it] < 20]
    others = [it for it in files if it not in near]
    texts = {it: (results.ROOT / it).read_text("utf-8") for it in files}

    def naming(where: str) -> list[str]:
        """The files that name a table, or else its module."""
        words = (where.split(".", maxsplit=1)[0], module.module.replace("/", ".") + " import")
        return [it for word in words for it in near + others if word in texts[it]]

    def trials() -> Iterator[Trial]:
        for it in module.todo:
            killer = known.get(it.key, "").split(" (")[0]
            first = [killer, *(test for test, _ in recent[it.where].most_common(8))]
            order = [killer.partition("::")[0], *(test.partition("::")[0] for test in first[1:2])]
            order += [*OF_TABLES, own, *(file for file, _ in hits.most_common(8))]
            order += [*OF_LONG_TABLES, *naming(it.where), *near, *others]
            chosen = [file for file in dict.fromkeys(order) if file in files or file == own]
            yield anew.trial(it, chosen, first, arguments.budget)

    for mutant, verdict in judged(trials(), arguments.jobs):
        if verdict.killer:
            hits[verdict.killer.partition("::")[0]] += 1
            recent[mutant.where][verdict.killer.split(" (")[0]] += 1
        elif mutant.by == "mutmut":
            module.new[f"anew {mutant.key}"] = ""
        module.keep(mutant, verdict)
    wanted = [file for file in hits if file in files and file not in sound]
    for _, verdict in judged([anew.trial(_nothing(module), wanted, [], 1e6)], 1):
        if module.void(verdict):
            _try_anew(module, anew, reach, arguments, sound)
            return
    sound.update(wanted)


def _unkilled(module: str, by: str | None = None) -> list[Mutant]:
    killers = results.verdicts(module)["killers"]
    return [it for it in _mutants(module, by) if not killers.get(it.key)]


def _tell(chosen: Sequence[str]) -> int:
    """Write the figures of modules that were tried, and hold survivors against the lists."""
    wrong = 0
    for module in chosen:
        mutants, killers = _mutants(module, None), results.verdicts(module)["killers"]
        name = results.name_of(module)
        untried = sum(it.key not in killers for it in mutants)
        counts = Counter((it.by, bool(killers.get(it.key))) for it in mutants)
        made = Counter(it.by for it in mutants)
        surviving = {_looks(it) for it in mutants if killers.get(it.key) == ""}
        listed = set(results.survivors(module))
        row = Figures(
            module, results.sha256(path_of(module)), made["mutmut"], counts["mutmut", True],
            made["tables"], counts["tables", True], len(surviving & listed), untried,
        )  # fmt: skip
        if untried < len(mutants):
            results.keep_figures(row)
        print(
            f"{name}: {row.killed_mutmut} of {row.by_mutmut} of functions, {row.killed_tables} of "
            f"{row.by_tables} of tables; {len(surviving - listed)} survivors not listed, "
            f"{len(listed - surviving)} listed that do not survive; {untried} not tried"
        )
        wrong += bool(surviving ^ listed or untried)
    return int(wrong > 0)


def _looks(mutant: Mutant) -> tuple[str, str, str, int]:
    return mutant.where, mutant.was, mutant.now, mutant.nth


def _show(chosen: Sequence[str]) -> int:
    """Print the survivors that are not listed."""
    for module in chosen:
        listed = results.survivors(module)
        told = results.verdicts(module)["killers"]
        for it in _unkilled(module):
            if it.key in told and _looks(it) not in listed:
                print(f"{module}.py:{it.line} {it.where} [{it.by}]\n  - {it.was}\n  + {it.now}")
    return 0


def _list(chosen: Sequence[str]) -> int:
    """List the survivors whose reason can be told from what they look like, and drop the killed."""
    for module in chosen:
        told = results.verdicts(module)["killers"]
        unkilled = _unkilled(module)
        there = {_looks(it) for it in unkilled}
        kept = {it: why for it, why in results.survivors(module).items() if it in there}
        plain = {_looks(it): reason_of(it) for it in unkilled if it.key in told}
        results.keep_survivors(
            module, kept | {it: why for it, why in plain.items() if why and it not in kept}
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
