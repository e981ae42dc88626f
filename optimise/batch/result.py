"""What came of a batch, and how that is said. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from optimise.batch.standing import Standing
from optimise.batch.told import span

#: Main figures, as they are said, and whether more is better.
SAID = {
    "npv_gbp": ("Net present value", "£", True),
    "receipts_gbp": ("Receipts", "£", True),
    "revenue_saving_gbp_pa": ("Lower running costs a year", "£", True),
    "capital_gbp": ("Capital", "£", False),
    "buildings_after": ("Buildings in use afterwards", "", False),
}
STATUS = {
    "optimal": "plan, proved within the gap asked for",
    "feasible": "plan, not proved that far in the time allowed",
    "impossible": "no plan can exist (proved)",
    "no_plan": "no plan found in the time allowed",
    "bad_input": "the input cannot be used",
    "audit": "the plan failed its audit",
    "fault": "fault",
    "": "not finished",
}


@dataclass(frozen=True)
class Row:
    """One scenario of the batch.

    Attributes:
        standing: how it stands at the end.
        executed: times it was worked on to an end by this run.
        again: why it was worked on although its folder was there; blank otherwise.
        same_as: the scenario whose plan it shares; blank = none.
        undrawn: why it has no page.
        seconds: by stage, of this run (`optimise.batch.task.Outcome`).
    """

    name: str
    title: str
    place: str
    standing: Standing
    executed: int = 0
    again: str = ""
    same_as: str = ""
    undrawn: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class BatchResult:
    """What came of a batch.

    Attributes:
        folder: of the batch.
        rows: the base first, then every scenario in order.
        stopped: why it ended before everything was finished; blank = it did not.
        interrupted: from the keyboard, or by the system.
        seconds: wall-clock, from the first scenario handed out to the last finished.
        strangers: folders of scenarios that are no longer asked for; they stay as they are.
        notes: what happened on the way, in words.
    """

    folder: Path
    rows: tuple[Row, ...]
    stopped: str = ""
    interrupted: bool = False
    seconds: float = 0.0
    strangers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[str, int]:
        """Status → scenarios, the base left out; only those that occur, in the order told."""
        found = Counter(row.standing.status for row in self.rows[1:])
        return {s: found[s] for s in (*STATUS, *sorted(set(found) - set(STATUS))) if found[s]}

    @property
    def complete(self) -> bool:
        """Whether every scenario, the base included, has a plan or is proved impossible."""
        return all(r.standing.planned or r.standing.status == "impossible" for r in self.rows)

    @property
    def unfinished(self) -> int:
        """Scenarios that have neither a plan nor a record of why not."""
        return sum(not row.standing.status for row in self.rows)

    @property
    def executed(self) -> int:
        """Scenarios worked on by this run."""
        return sum(row.executed for row in self.rows)


def counts_table(result: BatchResult) -> list[tuple[str, str, str]]:
    """Rows of status, scenarios and what that means."""
    return [(s or "—", f"{n}", STATUS.get(s, "")) for s, n in result.counts.items()]


def extremes_table(result: BatchResult) -> list[tuple[str, str, str]]:
    """Rows of figure, the best and the worst of it, each with the scenario's name."""
    made = []
    for figure, (words, unit, more) in SAID.items():
        rows = [r for r in result.rows[1:] if figure in r.standing.figures]
        if not rows:
            continue
        rows.sort(key=lambda r: (r.standing.figures[figure] * (-1 if more else 1), r.name))
        best, worst = (
            f"{unit}{r.standing.figures[figure]:,.0f} ({r.name})" for r in (rows[0], rows[-1])
        )
        made.append((words, best, worst))
    return made


def failures(result: BatchResult, shown: int = 10) -> list[str]:
    """The first scenarios without a plan, a line each, and how many more there are."""
    bad = [r for r in result.rows if r.standing.status and not r.standing.planned]
    lines = [f"{r.name}: {r.standing.status}: {r.standing.reason}" for r in bad[:shown]]
    more = len(bad) - shown
    return [*lines, f"and {more} more"] if more > 0 else lines


def again_words(rows: Sequence[Row]) -> list[str]:
    """Why scenarios were worked on although their folders were there, with how many."""
    found = Counter(row.again for row in rows if row.again)
    return [f"{n} again: {why}" for why, n in sorted(found.items())]


def closing_words(result: BatchResult) -> list[str]:
    """How it ended, in sentences."""
    done = len(result.rows) - result.unfinished
    words = [f"{done} of {len(result.rows)} finished (the base included), "
             f"{result.executed} of them now, in {span(result.seconds)}."]  # fmt: skip
    words += [f"{line}." for line in again_words(result.rows)]
    undrawn = [r for r in result.rows if r.undrawn]
    if undrawn:
        words.append(f"{len(undrawn)} plans have no page: {undrawn[0].undrawn}")
    if result.strangers:
        words.append(f"{len(result.strangers)} folders are of scenarios no longer asked for; they "
                     f"stay until you remove them: {', '.join(result.strangers[:5])}")  # fmt: skip
    if result.stopped:
        words.append(f"Stopped: {result.stopped}.")
    if result.unfinished:
        words.append(f"{result.unfinished} are left: the same command goes on with them.")
    return words
