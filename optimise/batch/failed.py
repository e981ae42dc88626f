"""A scenario that has no plan: which kind of no, in one line, and its record."""

from __future__ import annotations

import json
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assets.issues import InputError, Issue
from optimise.batch.jobs import Job
from optimise.faults import AuditError, ImpossibleError, NoPlanError
from optimise.runs import VERSION, new_folder, plain

FAILED = "failed.json"
#: Lines of a traceback that are kept.
TRACE_LINES = 30
#: The disk would not take it; another worker's may.
CANNOT_WRITE = "run.cannot_write"


@dataclass(frozen=True)
class Failure:
    """Why there is no plan.

    Attributes:
        status: impossible, no_plan, bad_input, audit or fault.
        reason: in one line.
        issues: rule, message, ids, remedy of each.
        details: the refusal in full, or the end of a traceback.
        passing: the machine's doing (disk, memory, a lost worker): asked again the next time.
    """

    status: str
    reason: str
    issues: tuple[Mapping[str, Any], ...] = ()
    details: str = ""
    passing: bool = False


def failure_of(error: BaseException) -> Failure:
    """What an exception says of a scenario."""
    if isinstance(error, ImpossibleError):
        return _told("impossible", error, error.issues, "no plan can meet this scenario")
    if isinstance(error, NoPlanError):
        return _told("no_plan", error, (), "no plan was found in the time allowed")
    if isinstance(error, AuditError):
        return _told("audit", error, error.issues, "the plan failed its audit")
    if isinstance(error, InputError):
        status = "fault" if cannot_write(error) else "bad_input"
        made = _told(status, error, error.issues, "the input cannot be used")
        return Failure(made.status, made.reason, made.issues, passing=cannot_write(error))
    if isinstance(error, (MemoryError, OSError)):
        said = str(error) or "out of memory"
        return Failure("fault", one_line(f"the system refused: {said}"), passing=True)
    lines = traceback.format_exception(error)
    trace = "".join(lines).splitlines()[-TRACE_LINES:]
    reason = f"{type(error).__name__}: {error}"
    return Failure("fault", one_line(reason), details="\n".join(trace))


def cannot_write(error: BaseException) -> bool:
    """Whether the disk refused."""
    return isinstance(error, InputError) and any(i.rule == CANNOT_WRITE for i in error.issues)


def one_line(text: str, longest: int = 300) -> str:
    """A text in one line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _told(status: str, error: BaseException, issues: tuple[Issue, ...], otherwise: str) -> Failure:
    said = issues[0].message if issues else str(error).strip().partition("\n")[0]
    listed = tuple(
        {"rule": i.rule, "message": i.message, "ids": list(i.ids), "remedy": i.remedy}
        for i in issues
    )
    return Failure(status, one_line(said or otherwise), listed, str(error)[:20_000])


def write_failed(job: Job, folder: Path, failure: Failure, seconds: float) -> None:
    """Write the folder of a scenario without a plan, whole or not at all.

    Raises:
        InputError: it cannot be written.
    """
    record = {
        **job.about,
        "groundplan": VERSION,
        "title": job.title,
        "status": failure.status,
        "reason": failure.reason,
        "issues": list(failure.issues),
        "details": failure.details,
        "passing": failure.passing,
        "seconds": round(seconds, 3),
        **job.scenario.origin.told,
        "scenario": job.scenario.model_dump(mode="json"),
    }
    text = json.dumps(plain(record), indent=1, ensure_ascii=False, allow_nan=False)
    with new_folder(folder) as made:
        (made / FAILED).write_text(text + "\n", encoding="utf-8")
