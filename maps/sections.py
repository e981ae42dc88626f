"""What stands below the map on a plan's page, in its order. Pure.

One list, so that the page, the workbook and the CSV files hold the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maps.charts.chart import Chart
from maps.runs import RunFrames
from maps.tables import decisions
from maps.tables.table import Table


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        section_id: slug, the anchor.
        title: heading, also in the page's contents.
        lead: what it answers, a sentence.
        charts: shown first.
        tables: shown after them.
    """

    section_id: str
    title: str
    lead: str
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


Runs = Sequence[RunFrames]
MakesTables = Callable[[RunFrames, Runs], Sequence[Table]]
MakesCharts = Callable[[RunFrames], Sequence[Chart]]

#: section_id, title, lead, what makes its charts, what makes its tables.
PARTS: tuple[tuple[str, str, str, tuple[MakesCharts, ...], tuple[MakesTables, ...]], ...] = (
    (
        "decisions",
        "What happens to each building",
        "Every building, what is proposed and why.",
        (),
        (decisions.tables,),
    ),
)


def sections(run: RunFrames, others: Runs = ()) -> tuple[Section, ...]:
    """The parts of a run's page; parts with nothing to show are left out.

    Args:
        run: the plan.
        others: other runs given beside it, for the options appraisal.
    """
    made = (
        Section(
            section_id,
            title,
            lead,
            tuple(chart for make in charts for chart in make(run)),
            tuple(t for make in tables for t in make(run, others) if t.rows or t.empty),
        )
        for section_id, title, lead, charts, tables in PARTS
    )
    return tuple(section for section in made if section.charts or section.tables)


def all_tables(run: RunFrames, others: Runs = ()) -> tuple[Table, ...]:
    """Every table of the page, those under the charts too."""
    return tuple(
        table
        for section in sections(run, others)
        for table in (*(chart.numbers for chart in section.charts), *section.tables)
    )
