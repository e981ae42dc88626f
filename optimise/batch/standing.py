"""How a scenario stands, by its folder alone."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from optimise.batch.failed import FAILED
from optimise.batch.jobs import BASE, Job, warm_place, write_whole
from optimise.runs import plain

RUN, PAGE = "run.json", "plan.html"
PAGES = (PAGE, "map.html")
#: Main figures of a plan, as reports and tests want them.
FIGURES = ("npv_gbp", "receipts_gbp", "revenue_saving_gbp_pa", "capital_gbp", "buildings_after")
#: Those that asking again may turn into a plan.
RETRIED = ("fault", "no_plan", "audit", "bad_input")


@dataclass(frozen=True)
class Standing:
    """How a scenario stands.

    Attributes:
        status: of its plan (optimal, feasible) or of its failure; ``""`` = nothing is there.
        key: what was asked when it was made.
        reason: why there is no plan.
        page: whether its page is there.
        passing: it failed by the machine's doing.
        figures: name → value, of a plan.
        seconds: that it took when it was made.
    """

    status: str = ""
    key: str = ""
    reason: str = ""
    page: bool = False
    passing: bool = False
    figures: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def planned(self) -> bool:
        """Whether there is a plan."""
        return self.status in ("optimal", "feasible")


def standing(root: Path, job: Job) -> Standing:
    """How a scenario stands; a folder that cannot be read counts as none."""
    folder = root / job.place
    run = _record(folder / RUN)
    if run is not None:
        totals = run.get("totals") or {}
        figures = {n: float(totals[n]) for n in FIGURES if isinstance(totals.get(n), (int, float))}
        spent = sum(v for v in (run.get("seconds") or {}).values() if isinstance(v, (int, float)))
        return Standing(str(run.get("status", "")), _key(run), page=(folder / PAGE).exists(),
                        figures=figures, seconds=float(spent))  # fmt: skip
    failed = _record(folder / FAILED)
    if failed is not None:
        return Standing(str(failed.get("status", "fault")), _key(failed),
                        str(failed.get("reason", "")), passing=bool(failed.get("passing")),
                        seconds=float(failed.get("seconds") or 0.0))  # fmt: skip
    return Standing()


def why_again(
    root: Path, found: Standing, job: Job, *, again: bool = True, retry: bool, pages: bool
) -> str:
    """Why a scenario is to be worked on, in words; ``""`` = it is finished.

    Args:
        root: the batch's folder.
        found: how it stands.
        job: what is asked.
        again: whether a failure may be tried again (it was not made just now).
        retry: whether failures of its own are tried again.
        pages: whether a page is wanted.
    """
    if not found.status:
        return "not yet planned"
    if found.key != job.key:
        return "what is asked has changed"
    if found.planned and _nothing_left(root, job):
        return "what it leaves for the others is missing"
    if again and found.passing:
        return "stopped by the machine last time"
    if again and retry and found.status in RETRIED:
        return "failed, and is to be tried again"
    if again and pages and found.planned and not found.page:
        return "its page is missing"
    return ""


def retell(root: Path, job: Job) -> None:
    """Bring up to date what a plan's folder says of its changes, where the plan stays as it is.

    The file may say in the base what it said in the scenario before: the question is the same,
    and what differs from the base is not. Its page is taken away, to be drawn again.

    Raises:
        OSError: the disk refuses.
    """
    path = root / job.place / RUN
    run, told = _record(path), json.loads(json.dumps(plain(job.scenario.origin.told)))
    if run is None or _key(run) != job.key or all(run.get(k) == v for k, v in told.items()):
        return
    write_whole(path, plain(run | told))
    for name in PAGES:
        (path.parent / name).unlink(missing_ok=True)


def is_of_a_batch(folder: Path) -> bool:
    """Whether a folder is not of something else that was put beside scenarios: a what-if."""
    run = _record(folder / RUN)
    return run is None or "batch" in run


def only_page_missing(root: Path, found: Standing, job: Job) -> bool:
    """Whether the plan is there, and is this job's."""
    return found.planned and found.key == job.key and not _nothing_left(root, job)


def _nothing_left(root: Path, job: Job) -> bool:
    return job.name == BASE and not (root / warm_place(job.key)).exists()


def clear_leftovers(folder: Path) -> None:
    """Remove half-made folders that a killed process left beside a scenario's.

    Only for who holds the scenario's claim.
    """
    if not folder.parent.is_dir():
        return
    # A run is written beside the folder it is to fill, which is itself beside its place: a name
    # has one dot more, and one part more, for each. Names may begin alike, so parts are counted.
    for depth in (1, 2):
        start = f"{'.' * depth}{folder.name}."
        for left in sorted(folder.parent.glob(f"{start}*")):
            if left.name[len(start) :].count(".") == depth - 1:
                shutil.rmtree(left, ignore_errors=True)


def _record(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def _key(record: Mapping[str, Any]) -> str:
    batch = record.get("batch")
    return str(batch.get("key", "")) if isinstance(batch, dict) else ""
