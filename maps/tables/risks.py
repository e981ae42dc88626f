"""The register of risks: those worked out from the plan and those its owners state. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maps import style
from maps.runs import PUBLIC, RunFrames
from maps.tables.table import Column, Row, Table

#: Worst first; what is not rated stands last.
LEVELS = ("high", "medium", "low", "not rated")
SOURCE_WORDS = {"computed": "worked out from the plan", "scenario": "stated by its owners"}
NOBODY = "nobody named"
NONE_STATED = "none stated"
NAMED = 6

_COLUMNS = (
    Column("title", "Risk"),
    Column("level", "Level", filters=True),
    Column("text", "What could happen"),
    Column("why_level", "Why that level"),
    Column("buildings", "Buildings", "count"),
    Column("sum_gbp", "Sum at stake", "gbp"),
    Column("mitigation", "What is, or could be, done"),
    Column("owner", "Who owns it", filters=True),
    Column("source", "Where it comes from", filters=True),
)


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Risks, worst first, then the buildings they are about; for the public without sums.

    Nothing for runs that tell no risks.
    """
    if "risks" not in run.summary:
        return ()
    found = sorted(run.summary["risks"], key=lambda risk: (_rank(risk), str(risk.get("title", ""))))
    made = (register(found, public=run.audience == PUBLIC), buildings(run, found))
    return tuple(table for table in made if table is not None)


def register(found: Sequence[Mapping[str, Any]], *, public: bool) -> Table:
    """A row per risk."""
    rows = tuple(_row(risk) for risk in found)
    told = {
        "owner": any(row["owner"] != NOBODY for row in rows),
        "source": any(risk.get("source") != "computed" for risk in found),
        "sum_gbp": not public and any(style.is_known(row["sum_gbp"]) for row in rows),
    }
    columns = tuple(c for c in _COLUMNS if told.get(c.key, True))
    counts = [(level, sum(1 for row in rows if row["level"] == level)) for level in LEVELS]
    levels = ", ".join(f"{number} {level}" for level, number in counts if number)
    lead = (
        f"{len(rows)} {'risk' if len(rows) == 1 else 'risks'}: {levels}. Levels follow stated "
        "rules, not judgement."
    )
    notes = [] if told["source"] else ["All were worked out from the plan and its data."]
    notes += [] if told["owner"] else ["Nobody is named yet as the owner of any of them."]
    title, empty = "The register of risks", "No risk was found."
    if not rows:
        lead, notes = "", []
    return Table("risks", title, lead, columns, rows, tuple(notes), empty)


def buildings(run: RunFrames, found: Sequence[Mapping[str, Any]]) -> Table | None:
    """A row per building that a risk is about, those with most risks first."""
    of: dict[str, list[str]] = {}
    for risk in found:
        for asset_id in dict.fromkeys(risk.get("asset_ids") or ()):
            of.setdefault(asset_id, []).append(str(risk.get("title", "")))
    known = run.decisions[run.decisions["asset_id"].isin(of)]
    rows = [
        {
            "asset_id": asset_id,
            "name": name,
            "proposed": style.decision_style(decision).label,
            "number": len(of[asset_id]),
            "titles": "; ".join(of[asset_id]),
        }
        for asset_id, name, decision in zip(
            known["asset_id"], known["name"], known["decision"], strict=True
        )
    ]
    rows.sort(key=lambda row: (-row["number"], row["name"], row["asset_id"]))
    columns = (
        Column("name", "Building", picks=("building", "asset_id")),
        Column("proposed", "Proposed", filters=True),
        Column("number", "Risks", "count"),
        Column("titles", "Which, the worst first"),
    )
    title = "Risks, building by building"
    lead = "Choose a building to see it on the map."
    return Table("risks-by-building", title, lead, columns, tuple(rows)) if rows else None


def _rank(risk: Mapping[str, Any]) -> int:
    level = risk.get("level")
    return LEVELS.index(level) if level in LEVELS else len(LEVELS)


def _row(risk: Mapping[str, Any]) -> Row:
    source = str(risk.get("source") or "")
    return {
        "risk_id": risk.get("risk_id", ""),
        "title": risk.get("title", ""),
        "level": risk.get("level") or "not rated",
        "text": risk.get("text") or "",
        "why_level": risk.get("why_level") or "",
        "buildings": len(risk.get("asset_ids") or ()) or None,
        "sum_gbp": risk.get("sum_gbp"),
        "mitigation": risk.get("mitigation") or NONE_STATED,
        "owner": risk.get("owner") or NOBODY,
        "source": SOURCE_WORDS.get(source, source),
    }


def buildings_words(asset_ids: Sequence[str], names: Mapping[str, str]) -> str:
    """The names of some buildings and how many more; those not on the page are only counted."""
    known = [names[asset_id] for asset_id in asset_ids if asset_id in names]
    more = len(asset_ids) - len(known[:NAMED])
    told = "; ".join(known[:NAMED])
    if not more:
        return told
    return f"{told}; and {style.count(more)} more" if told else f"{style.count(more)} buildings"
