"""Every building and every service that changes: what is proposed, why, what it costs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

import pandas as pd

from maps import overlays, style
from maps.runs import PUBLIC, RunFrames
from maps.tables.frames import number, records, there
from maps.tables.table import BLANK, Column, Row, Table, Value

BUILDING = ("building", "asset_id")
COLUMNS = (
    Column("name", "Building", picks=BUILDING),
    Column("owner", "Owner", filters=True),
    Column("kind", "Kind", filters=True),
    Column("decision", "Proposed", filters=True),
    Column("done_in", "When", filters=True),
    Column("now", "Services today"),
    Column("after", "Services after"),
    Column("reason", "Why"),
)
MONEY = (
    Column("capital_gbp", "Capital to spend", "gbp"),
    Column("receipt_gbp", "Receipt", "gbp"),
    Column("running_cost_saving_gbp_pa", "Running cost saved a year", "gbp"),
    Column("exit_cost_gbp", "Cost of leaving", "gbp"),
    Column("backlog_avoided_gbp", "Repairs avoided", "gbp"),
)
MOVES = (
    Column("service", "Service", filters=True),
    Column("operator", "Run by", filters=True),
    Column("happens", "What happens", filters=True),
    Column("from_name", "From", picks=("building", "from_asset_id")),
    Column("to_name", "To", picks=("building", "to_asset_id")),
    Column("done_in", "When", filters=True),
    Column("distance_km", "Moved, km", "number", "in a straight line"),
)
MOVE_COST = Column("move_cost_gbp", "Cost of moving", "gbp")
#: What the register says of a building, where the run has it.
FACTS = (
    Column("postcode", "Postcode"),
    Column("gia_m2", "Floor area, m²", "count", "gross internal"),
    Column("condition_grade", "Condition", "text", "A good to D bad", filters=True),
    Column("epc", "Energy rating", "text", "A best to G worst", filters=True),
    Column("tco2e_pa", "Carbon a year, tonnes", "number", "CO₂ equivalent"),
    Column("accessible", "Step-free access", filters=True),
    Column("tenure_category", "How it is held", filters=True),
    Column("constraints", "Constraints", "text", "such as listed, community value"),
)
CHANGES: Mapping[str, str] = {"move": "Moves", "withdraw": "Withdrawn"}
OUTREACH = "outreach"
YES_NO = {"true": "yes", "false": "no"}


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Decisions, services that change, and what is known of the buildings.

    Sums of confidential buildings, and reasons that name one, are withheld as on the map; the
    public sees no sum by building at all.
    """
    shown = overlays.withhold(run.decisions)
    return (_decisions(run, shown), _moves(run), *_facts(run, shown))


def _decisions(run: RunFrames, shown: pd.DataFrame) -> Table:
    columns = (*there(COLUMNS, shown, ("done_in",)), *(() if run.audience == PUBLIC else MONEY))
    holds = _services_by_building(run.services)
    return Table(
        "decisions",
        "Decisions, building by building",
        "Choose a building to see it on the map. Columns can be sorted by their headings.",
        columns,
        tuple(_decision_row(row, holds) for row in _ordered(shown)),
        () if run.audience == PUBLIC else withheld_note(shown),
    )


def withheld_note(decisions: pd.DataFrame) -> tuple[str, ...]:
    """That sums of confidential buildings are blank; nothing where there are none."""
    many = int(decisions["confidential"].sum())
    if not many:
        return ()
    whose = "1 building" if many == 1 else f"{style.count(many)} buildings"
    return (f"Blank sums are withheld: {whose} marked confidential.",)


def _ordered(decisions: pd.DataFrame) -> list[dict[str, Value]]:
    """Rows in the legend's order of decisions, then by name."""
    order = {d.key: index for index, d in enumerate(style.DECISIONS)}
    return sorted(
        records(decisions),
        key=lambda row: (order.get(row["decision"], len(order)), row["name"], row["asset_id"]),
    )


def _decision_row(row: Row, holds: Mapping[str, Mapping[str, str]]) -> Row:
    return {
        "asset_id": row["asset_id"],
        "name": row["name"],
        "owner": row["owner"],
        "kind": style.asset_words(row["asset_type"]),
        "decision": style.decision_style(row["decision"]).label,
        "done_in": row.get("done_in", BLANK),
        "now": holds["from"].get(row["asset_id"], BLANK),
        "after": holds["to"].get(row["asset_id"], BLANK),
        "reason": row["reason_text"],
        **{c.key: number(row.get(c.key)) for c in MONEY},
    }


def _services_by_building(services: pd.DataFrame) -> dict[str, dict[str, str]]:
    """End (``from``, ``to``) → asset_id → its services in words, alike ones counted."""
    found: dict[str, dict[str, list[str]]] = {"from": {}, "to": {}}
    for unit in records(services.sort_values("unit_id")):
        words = style.service_words(unit["service_type"])
        aside = " (outreach)" if unit.get("mode") == OUTREACH else ""
        for end, text in (("from", words), ("to", words + aside)):
            if unit[f"{end}_asset_id"]:
                found[end].setdefault(unit[f"{end}_asset_id"], []).append(text)
    return {end: {a: _listed(texts) for a, texts in at.items()} for end, at in found.items()}


def _listed(texts: Sequence[str]) -> str:
    counted = Counter(texts)
    return "; ".join(t if n == 1 else f"{t} × {n}" for t, n in sorted(counted.items()))


# --- services that change ------------------------------------------------------------------


def _moves(run: RunFrames) -> Table:
    services = run.services
    changed = [row for row in records(services) if _changes(row)]
    hidden = set(run.decisions.loc[run.decisions["confidential"], "asset_id"])
    rows = [_move_row(row, hidden) for row in changed]
    rows.sort(key=lambda r: (r["service"], r["from_name"], r["to_name"], r["unit_id"]))
    same = len(services) - len(changed)
    many = "1 service stays" if same == 1 else f"{style.count(same)} services stay"
    columns = there(MOVES, services, ("done_in",))
    return Table(
        "services",
        "Services that move or change",
        f"Every service that would be given somewhere else, or in another way. {many} as now.",
        columns if run.audience == PUBLIC else (*columns, MOVE_COST),
        tuple(rows),
        empty="No service moves or changes.",
    )


def _changes(row: Mapping[str, Value]) -> bool:
    return row["action"] in CHANGES or row.get("mode") == OUTREACH


def _move_row(row: Row, hidden: set[str]) -> dict[str, Value]:
    aside = row.get("mode") == OUTREACH
    happens = CHANGES.get(row["action"], "Stays")
    secret = {row["from_asset_id"], row["to_asset_id"]} & hidden
    moved = row["action"] == "move"
    return {
        "unit_id": row["unit_id"],
        "service": style.service_words(row["service_type"]),
        "operator": row["operator"],
        "happens": f"{happens}, as outreach" if aside else happens,
        "from_asset_id": row["from_asset_id"],
        "from_name": row["from_name"],
        "to_asset_id": row["to_asset_id"],
        "to_name": row["to_name"],
        "done_in": row.get("done_in", BLANK),
        "distance_km": number(row.get("distance_km")) if moved else None,
        "move_cost_gbp": None if secret else number(row.get("move_cost_gbp")),
    }


# --- what is known of the buildings ----------------------------------------------------------


def _facts(run: RunFrames, shown: pd.DataFrame) -> tuple[Table, ...]:
    """The register beside the decision; nothing for runs that do not carry it."""
    columns = there(FACTS, shown, (c.key for c in FACTS))
    if not columns:
        return ()
    rows = sorted(_ordered(shown), key=lambda row: (row["name"], row["asset_id"]))
    made = (
        Column("name", "Building", picks=BUILDING),
        Column("decision", "Proposed", filters=True),
    )
    return (
        Table(
            "buildings",
            "What is known of each building",
            "As the owners' registers have it. What they leave open is said, and was not assumed.",
            (*made, *columns),
            tuple(_fact_row(row, columns) for row in rows),
            _gaps(rows, columns),
        ),
    )


def _fact_row(row: Row, columns: Iterable[Column]) -> Row:
    words: Mapping[str, Callable[[str], str]] = {
        "accessible": lambda text: YES_NO.get(text.lower(), text),
        "tenure_category": style.words,
        "constraints": _constraints,
    }
    told: dict[str, Value] = {
        "asset_id": row["asset_id"],
        "name": row["name"],
        "decision": style.decision_style(row["decision"]).label,
    }
    for column in columns:
        value = row[column.key]
        if column.is_number:
            told[column.key] = number(value)
        elif column.key == "constraints" and not value:
            told[column.key] = BLANK
        else:
            told[column.key] = words.get(column.key, str)(value) if value else style.NOT_KNOWN
    return told


def _constraints(text: str) -> str:
    return "; ".join(style.words(one.strip()) for one in text.replace(",", ";").split(";"))


def _gaps(rows: Sequence[Row], columns: Iterable[Column]) -> tuple[str, ...]:
    """How many buildings lack what, in a sentence; nothing where nothing lacks."""
    lacking = {
        column.label.lower(): sum(1 for row in rows if row[column.key] in ("", None))
        + sum(1 for row in rows if row[column.key] != row[column.key])
        for column in columns
        if column.key != "constraints"
    }
    told = [f"{name} {style.count(many)}" for name, many in lacking.items() if many]
    if not told:
        return ()
    return (f"Not recorded, of {style.count(len(rows))} buildings: {'; '.join(told)}.",)
