"""What stands below the map on a plan's page, in its order. Pure.

One list, so that the page, the workbook and the CSV files hold the same tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from maps.charts import changes, curves, frontiers, years
from maps.charts.chart import Chart
from maps.runs import RunFrames
from maps.tables import (
    assumptions,
    decisions,
    disposals,
    equality,
    money,
    options,
    risks,
    standards,
    wards,
)
from maps.tables.table import Table


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        section_id: slug, the anchor.
        title: heading, also in the page's contents.
        lead: what it answers, a sentence.
        charts: one opens the part; several follow its tables.
        tables: of the part.
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
        "standards",
        "Standards",
        "Whether every promise of time still holds, and who gains and loses in time.",
        (curves.charts,),
        (standards.tables,),
    ),
    (
        "decisions",
        "What happens to each building",
        "Every building, what is proposed and why.",
        (),
        (decisions.tables,),
    ),
    (
        "wards",
        "Who gains and who loses",
        "Travel time today and with the plan, area by area, those who lose first.",
        (changes.charts,),
        (wards.tables,),
    ),
    (
        "equality",
        "Equality",
        "How groups of people would be served, and what no data tells.",
        (),
        (equality.tables,),
    ),
    (
        "options",
        "Options beside each other",
        "What doing nothing, doing the minimum and this plan come to, by the same measures.",
        (frontiers.charts,),
        (options.tables,),
    ),
    (
        "money",
        "Money",
        "Whose money, in which year, and how the plan's worth changes with how it is counted.",
        (years.charts,),
        (money.tables,),
    ),
    (
        "disposals",
        "Buildings let go",
        "When each building is let go, what has to happen first, and how sure the receipts are.",
        (),
        (disposals.tables,),
    ),
    (
        "risks",
        "Risks",
        "What could go wrong, how bad it would be, and who looks after it.",
        (),
        (risks.tables,),
    ),
    (
        "assumptions",
        "What the plan rests on",
        "Data and their dates, travel times and their error, proof, rules that bind, settings.",
        (),
        (assumptions.tables,),
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
