"""plan.xlsx: the sheets in order, from what a run folder holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from optimise.workbook.assumptions import assumptions_sheet
from optimise.workbook.front import appraisal_sheet, partners_sheet, summary_sheet
from optimise.workbook.money import by_partner_sheet, money_sheet
from optimise.workbook.records import Sheet
from optimise.workbook.tables import (
    cover_sheet,
    decisions_sheet,
    disposals_sheet,
    exempt,
    ledger_sheet,
    services_sheet,
)
from optimise.workbook.timeline import timeline_blocks
from optimise.workbook.writer import workbook_bytes


@dataclass(frozen=True)
class RunTables:
    """The tables of a run, each as its CSV has it."""

    decisions: pd.DataFrame
    services: pd.DataFrame
    cover: pd.DataFrame
    money: pd.DataFrame
    ledger: pd.DataFrame
    disposals: pd.DataFrame
    partners: pd.DataFrame


def plan_workbook(record: Mapping[str, Any], tables: RunTables) -> bytes:
    """The whole workbook.

    Args:
        record: as run.json has it, JSON's own kinds only.
        tables: of the same run.
    """
    return workbook_bytes(sheets_of(record, tables), title=str(record["title"]))


def sheets_of(record: Mapping[str, Any], tables: RunTables) -> tuple[Sheet, ...]:
    """Every sheet, in the order of the tabs."""
    money = record["money"]
    base, horizon = money["base_year"], money["horizon_yr"]
    titles = {s["standard_id"]: s["title"] for s in record["standards"]}
    return (
        summary_sheet(
            record,
            tables.ledger,
            timeline=timeline_blocks(money, tables.decisions, tables.services),
            warned=exempt(tables.decisions),
        ),
        decisions_sheet(tables.decisions),
        services_sheet(tables.services),
        money_sheet(tables.ledger, base, horizon),
        by_partner_sheet(tables.money, base, horizon),
        ledger_sheet(tables.ledger),
        disposals_sheet(tables.disposals),
        appraisal_sheet(money),
        partners_sheet(tables.partners, money["settlement"]),
        cover_sheet(tables.cover, titles),
        assumptions_sheet(record),
    )
