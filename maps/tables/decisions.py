"""Every building: what is proposed, why, and what it costs and brings. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from maps import style
from maps.runs import PUBLIC, RunFrames
from maps.tables.table import Column, Row, Table

COLUMNS = (
    Column("name", "Building", picks=("building", "asset_id")),
    Column("owner", "Owner", filters=True),
    Column("kind", "Kind", filters=True),
    Column("decision", "Proposed", filters=True),
    Column("done_in", "When"),
    Column("reason", "Why"),
)
MONEY = (
    Column("capital_gbp", "Capital to spend", "gbp"),
    Column("receipt_gbp", "Receipt", "gbp"),
    Column("running_cost_saving_gbp_pa", "Running cost saved a year", "gbp"),
    Column("exit_cost_gbp", "Cost of leaving", "gbp"),
    Column("backlog_avoided_gbp", "Repairs avoided", "gbp"),
)


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """The table of decisions; without money by building for the public."""
    columns = COLUMNS if run.audience == PUBLIC else COLUMNS + MONEY
    order = {d.key: index for index, d in enumerate(style.DECISIONS)}
    found = sorted(
        run.decisions.to_dict("records"),
        key=lambda row: (order.get(row["decision"], len(order)), row["name"], row["asset_id"]),
    )
    rows = tuple(_row({str(k): v for k, v in row.items()}) for row in found)
    lead = "Choose a building to see it on the map. Columns can be sorted by their headings."
    return (Table("decisions", "Decisions, building by building", lead, columns, rows),)


def _row(row: Row) -> Row:
    money = {c.key: None if row["confidential"] else row.get(c.key) for c in MONEY}
    return {
        "asset_id": row["asset_id"],
        "name": row["name"],
        "owner": row["owner"],
        "kind": style.asset_words(row["asset_type"]),
        "decision": style.decision_style(row["decision"]).label,
        "done_in": row.get("done_in", ""),
        "reason": row["reason_text"],
        **money,
    }
