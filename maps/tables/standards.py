"""Every standard: what is asked, today's figure and the plan's, who gains and who loses. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maps import certainty, report, style
from maps.runs import RunFrames
from maps.tables.frames import number, records, titles
from maps.tables.table import BLANK, Column, Row, Table, Value

COLUMNS = (
    Column("title", "Standard", picks=("standard", "standard_id")),
    Column("kind", "Kind", filters=True),
    Column("asked", "What is measured"),
    Column("target", "Target", "figure"),
    Column("where", "Asked of", paper=False),
    Column("before", "Today", "figure"),
    Column("after", "With the plan", "figure"),
    Column("range_before", "Today, both ends", "text", "longest and shortest journeys"),
    Column("range_after", "With the plan, both ends", "text", "longest and shortest journeys"),
    Column("met", "Met", filters=True),
    Column("slack", "Room to the target"),
    Column("binds", "Holds the plan back", paper=False),
    Column("who", "Counted", paper=False),
    Column("total", "In all", "count"),
    Column("within_after", "In time with the plan", "count"),
    Column("gained", "Newly in time", "count"),
    Column("lost", "No longer in time", "count"),
    Column("better", "Shorter", "count", "by over half a minute", paper=False),
    Column("worse", "Longer", "count", "by over half a minute", paper=False),
)
RANGES = ("range_before", "range_after")
MOVED = ("gained", "lost", "better", "worse")
PROTECTED = (
    Column("label", "Rule"),
    Column("where", "Where it is nearest"),
    Column("before", "Today"),
    Column("after", "With the plan"),
    Column("limit", "Allowed"),
    Column("met", "Met", filters=True),
)
#: Below this much room (of a share, of minutes or miles) a rule is told as binding where the run
#: does not say itself which rules bind.
HAIR = 1e-3
NO_ROOM = "no room to spare"


def tables(run: RunFrames, others: Sequence[RunFrames] = ()) -> tuple[Table, ...]:
    """Standards, and the rules that no place or group may lose by where the run has any."""
    return (_standards(run), *_protected(run.summary))


def _standards(run: RunFrames) -> Table:
    summary = run.summary
    whole = {r["standard_id"]: r for r in records(run.cover) if r["geography"] == "all"}
    binding = _binding(summary)
    rows = tuple(
        _row(s, whole.get(s["standard_id"], {}), binding) for s in summary["standards"]
    )  # fmt: skip
    gone = {name for name in MOVED if name not in run.cover}
    if not any(row[name] for row in rows for name in RANGES):
        gone |= set(RANGES)
    rim = certainty.rim_sentence(len(certainty.near_rim(summary)))
    notes = (certainty.range_note(summary["standards"]), rim)
    return Table(
        "standards",
        "Standards, today and with the plan",
        "What each service is asked to reach, whether the plan still does, and who gains or "
        "loses by it. Choose a standard to see it on the map.",
        tuple(c for c in COLUMNS if c.key not in gone),
        rows,
        tuple(f"{note}." if not note.endswith(".") else note for note in notes if note),
        empty="The scenario sets no standard.",
    )


def _row(standard: Mapping[str, Any], cover: Row, binding: Mapping[str, str] | None) -> Row:
    s = standard
    mode = style.MODE_WORDS.get(s["mode"], s["mode"])
    missed = s["met"] is False and style.is_known(s["target"])
    return {
        "standard_id": s["standard_id"],
        "title": s["title"],
        "unit": certainty.unit_of(s),
        "kind": style.KIND_WORDS.get(s["kind"], s["kind"]),
        "asked": f"{certainty.asked_words(s)}, {mode}",
        "target": number(s["target"]),
        "where": _where(s),
        "before": number(certainty.figure_of(s, "before")),
        "after": number(certainty.figure_of(s, "after")),
        "range_before": _range(s, "before"),
        "range_after": _range(s, "after"),
        "met": report.met_words(s),
        "slack": _slack(s, missed=missed),
        "binds": _binds(s, binding),
        "who": certainty.unit_words(s),
        "total": number(s["total"]),
        "within_after": number(s["within_after"]),
        **{name: number(cover.get(name)) for name in MOVED},
        "marked": missed,
    }


def _where(standard: Mapping[str, Any]) -> str:
    """Of whom the target is asked: the whole area, or each of some areas."""
    if not style.is_known(standard["target"]):
        return BLANK
    kind = str(standard.get("geography", "all"))
    return "the whole area" if kind == "all" else f"each {kind.replace('_', ' ')}"


def _range(standard: Mapping[str, Any], when: str) -> str:
    return certainty.figure_text(standard, when) if certainty.has_error(standard) else BLANK


def _slack(standard: Mapping[str, Any], *, missed: bool) -> str:
    told = certainty.slack_text(standard)
    return f"short by {told}" if told and missed else told


def _binding(summary: Mapping[str, Any]) -> dict[str, str] | None:
    """standard_id -> why it binds; None where the run does not say which rules do."""
    if "binding" not in summary:
        return None
    known = titles(summary)
    found: dict[str, list[str]] = {}
    for rule in summary["binding"]:
        if rule.get("standard_id"):
            sid = str(rule["standard_id"])
            found.setdefault(sid, []).append(_why_it_binds(rule, known.get(sid, "")))
    return {sid: f"yes: {'; '.join(dict.fromkeys(why))}" for sid, why in found.items()}


def _why_it_binds(rule: Mapping[str, Any], title: str) -> str:
    """The run's words without the title, which stands in the same row, and where it is."""
    words = str(rule.get("words") or "").removeprefix(title).lstrip(": ").rstrip(".")
    where = str(rule.get("where") or "")
    return f"{words or NO_ROOM}{f' ({where})' if where else ''}"


def _binds(standard: Mapping[str, Any], binding: Mapping[str, str] | None) -> str:
    if binding is not None:
        return binding.get(str(standard["standard_id"]), BLANK)
    slack = number(standard.get("slack"))
    hard = standard["kind"] == "hard" and slack is not None
    return f"yes: {NO_ROOM}" if hard and slack is not None and abs(slack) < HAIR else BLANK


def _protected(summary: Mapping[str, Any]) -> tuple[Table, ...]:
    """Rules of no detriment and of equity."""
    rows: list[dict[str, Value]] = [
        {**row, "marked": row["missed"]} for row in report.protected(summary)
    ]
    if not rows:
        return ()
    return (
        Table(
            "protected",
            "Rules that nobody be left behind",
            "Each rule where the plan comes nearest to breaking it.",
            PROTECTED,
            tuple(rows),
        ),
    )
