"""`plan.html`: a run as one page to read, question and print: headline, map, tables and charts.

One file that needs no network. The numbers are those of the run folder; `maps.audience` takes out
beforehand what the reader may not see, so that nothing withheld is anywhere in the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assets.issues import Issue
from maps.audience import AUDIENCES, read_for
from maps.figure import PlanFigure, with_map
from maps.inline import write_whole
from maps.my_area import my_area
from maps.page import map_page, page_context, plan_data
from maps.runs import EXEMPT, RunFrames, read_run
from maps.sections import sections
from maps.tables.table import paper_rules

AUDIENCE_WORDS = {
    "exempt": "Exempt version: it holds valuations and sums by building. Not for publication.",
    "public": (
        "Public version: valuations, receipts by building and whatever is confidential "
        "have been left out of this file."
    ),
}


def write_plan_page(
    run_dir: Path, *, out: Path | None = None, others: Sequence[Path] = (), audience: str = EXEMPT
) -> Path:
    """Write the page of the run in `run_dir`, whole or not at all.

    Args:
        run_dir: a run folder.
        out: where to; ``plan.html`` in the run folder, ``plan-public.html`` for the public.
        others: run folders to be set beside it in the options appraisal.
        audience: ``exempt`` or ``public``.

    Raises:
        InputError: a run is missing, damaged or lacks a column; or the page cannot be written.
    """
    run, *beside = _read_for((run_dir, *others), audience)
    name = "plan.html" if audience == EXEMPT else f"plan-{audience}.html"
    return write_whole(out or run_dir / name, plan_page(run, beside))


def _read_for(run_dirs: Sequence[Path], audience: str) -> list[RunFrames]:
    """Runs as this audience may see them."""
    text = f"There is no version of the page for {audience!r}"
    remedy = f"Ask for one of: {', '.join(AUDIENCES)}."
    unknown = Issue("page.unknown_audience", text, (audience,), remedy)
    return read_for(run_dirs, audience, unknown=unknown)


def write_pages(run_dir: Path) -> tuple[Path, Path]:
    """Write ``map.html`` and the exempt ``plan.html`` of a run, which is read once.

    Raises:
        InputError: as `write_plan_page`.
    """
    run = read_run(run_dir)
    data = plan_data(run)
    return (
        write_whole(run_dir / "map.html", map_page(run, data)),
        write_whole(run_dir / "plan.html", plan_page(run, data=data)),
    )


def plan_page(
    run: RunFrames, others: Sequence[RunFrames] = (), *, data: Mapping[str, Any] | None = None
) -> str:
    """The whole page as text; the same run always gives the same bytes.

    Args:
        run: as its reader may see it.
        others: runs set beside it in the options appraisal, for the same reader.
        data: `plan_data` of the run, where it is at hand already.
    """
    data = plan_data(run) if data is None else data
    context = {**page_context(run, data), **page_parts(run, others)}
    figure = PlanFigure(
        "plan.html",
        context,
        {**data, "my_area": my_area(run)},
        scripts=("document.js", "my_area.js", "paper_plan.js"),
        styles=("document.css", "my_area.css", "charts.css", "paper_plan.css"),
    )
    return with_map(figure)


def page_parts(run: RunFrames, others: Sequence[RunFrames]) -> dict[str, Any]:
    """What the template shows besides what a map alone shows."""
    parts = sections(run, others)
    return {
        "sections": parts,
        "paper_rules": paper_rules(table for part in parts for table in part.tables),
        "audience": run.audience,
        "audience_words": AUDIENCE_WORDS[run.audience],
        "left_out": run.summary.get("left_out", {}).get("words", []),
    }
