"""Our figure beside each published one, taken from run folders as anybody would read them."""

from __future__ import annotations

import ast
import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from optimise.cases.records import Case, Condition, Figure, Ours, Published
from optimise.faults import ImpossibleError
from optimise.money.loans import implied_rate_pct, loan


@dataclass(frozen=True)
class Ran:
    """A plan of a case: its run folder read back, or the words that refused it.

    Attributes:
        record: ``run.json``; empty where the plan was refused.
        tables: by name (``decisions``): the CSV files of the run.
        refusal: why there is no plan; "" where there is one.
    """

    record: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    refusal: str = ""


@dataclass(frozen=True)
class Compared:
    """A published figure beside ours.

    Attributes:
        ours: None where it cannot be had (``why`` says why).
        matches: within tolerance, or on the right side of a floor or ceiling.
    """

    name: str
    figure: Figure
    ours: float | bool | None
    matches: bool
    why: str = ""

    @property
    def fails(self) -> bool:
        """Whether the case fails for it; a figure that cannot be had always does."""
        return self.ours is None or (self.figure.asked and not self.matches)

    @property
    def verdict(self) -> str:
        """``matches``, ``differs``, ``differs, noted`` (it need not match), ``ours`` (alone)."""
        if self.fails:
            return "differs"
        if self.figure.value is None:
            return "ours"
        return "matches" if self.matches else "differs, noted"


class FigureError(ValueError):
    """Our figure cannot be had from the run."""


def read_run(folder: Path, case: Case) -> Ran:
    """A run folder as the comparison needs it, the case's own layers as ``layers_buildings`` ..."""
    record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    files = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    layers = {f"layers_{path.stem}": path for path in sorted(case.folder.glob("*.csv"))}
    tables = {
        name: pd.read_csv(path, keep_default_na=False) for name, path in {**files, **layers}.items()
    }
    return Ran(record, tables)


def refusal_text(error: ImpossibleError) -> str:
    """All the words of a refusal."""
    told = [issue.text() for issue in error.issues]
    return "\n".join([*told, *([error.refusal.text()] if error.refusal is not None else [])])


def write_figures(compared: list[Compared], folder: Path) -> Path:
    """Write ``figures.csv`` into a run folder that is there already, whole or not at all.

    Raises:
        OSError: the disk refuses.
    """
    path = folder / "figures.csv"
    half = folder / ".figures.csv.half"
    figures_table(compared).to_csv(half, index=False, lineterminator="\n", encoding="utf-8")
    half.replace(path)
    return path


def compare(case: Case, runs: Mapping[str, Ran]) -> list[Compared]:
    """Every published figure beside ours, in the order of ``published.yml``."""
    return [_compared(case.published, name, runs) for name in case.published.figures]


def figures_table(compared: list[Compared]) -> pd.DataFrame:
    """The comparison as ``figures.csv`` has it: a row for each figure."""
    rows = [
        {
            "figure": c.name,
            "title": c.figure.title,
            "unit": c.figure.unit,
            "published": "" if c.figure.value is None else c.figure.value,
            "bound": c.figure.bound,
            "tolerance": c.figure.tolerance,
            "ours": "" if c.ours is None else c.ours,
            "verdict": c.verdict,
            "must_match": c.figure.asked,
            "plan": c.figure.ours.plan,
            "source": c.figure.source,
            "note": "; ".join(text for text in (c.figure.note, c.why) if text),
        }
        for c in compared
    ]
    return pd.DataFrame(rows)


def shown(value: float | bool | None, unit: str) -> str:
    """A figure as a reader sees it: ``£188,000 a year``, ``35``, ``4.30 %``, ``yes``; "" = none."""
    if value is None:
        return ""
    if unit == "yes_no":
        return "yes" if value else "no"
    if unit in ("gbp", "gbp_pa"):
        sign = "−" if round(value) < 0 else ""
        return f"{sign}£{abs(value):,.0f}" + (" a year" if unit == "gbp_pa" else "")
    decimals, after = {"pct": (2, " %"), "years": (1, " years"), "times": (2, " times")}.get(
        unit, (0, "")
    )
    return f"{value:,.{decimals}f}{after}"


def _compared(published: Published, name: str, runs: Mapping[str, Ran]) -> Compared:
    figure = published.figures[name]
    try:
        ours = _ours(published, name, runs, ())
    except FigureError as error:
        return Compared(name, figure, None, False, str(error))
    return Compared(name, figure, ours, _matches(figure, ours))


def _matches(figure: Figure, ours: float | bool) -> bool:
    if figure.value is None:
        return True
    # Sums of pounds and pence carry rounding noise far below a penny.
    apart, room = float(ours) - float(figure.value), figure.tolerance + 1e-6
    if figure.bound == "at_least":
        return apart >= -room
    return apart <= room if figure.bound == "at_most" else abs(apart) <= room


def _ours(
    published: Published, name: str, runs: Mapping[str, Ran], asked: tuple[str, ...]
) -> float | bool:
    ours = published.figures[name].ours
    if ours.expression is not None:
        return _expression(published, name, runs, asked)
    if ours.loan is not None:
        return _loan(published, name, runs, asked)
    ran = runs[ours.plan]
    if ours.refused is not None:
        return ours.refused.lower() in ran.refusal.lower() and bool(ran.refusal)
    if ran.refusal:
        raise FigureError(f"there is no plan '{ours.plan}': {ran.refusal}")
    return _of_record(ran, ours.run) if ours.run is not None else _of_table(ran, ours)


def _of_record(ran: Ran, key: str) -> float | bool:
    at: Any = ran.record
    for word in key.split("."):
        at = _step(at, word)
        if at is None:
            raise FigureError(f"run.json has no {key}")
    if not isinstance(at, (int, float)):
        raise FigureError(f"{key} of run.json is no number")
    return at


def _step(at: Any, word: str) -> Any:
    if isinstance(at, Mapping):
        return at.get(word)
    if isinstance(at, list) and "=" in word:
        pairs = [pair.split("=", 1) for pair in word.split(",")]
        fit = (one for one in at if all(str(one.get(name)) == value for name, value in pairs))
        return next(fit, None)
    if isinstance(at, list) and word.isdigit() and int(word) < len(at):
        return at[int(word)]
    return None


def _of_table(ran: Ran, ours: Ours) -> float:
    table = ran.tables.get(str(ours.table))
    if table is None:
        raise FigureError(f"the run has no {ours.table}.csv")
    measured = [c for c in (ours.sum, ours.most, ours.least, ours.distinct) if c is not None]
    unknown = [c for c in (*ours.where, *ours.by, *measured) if c not in table]
    if unknown:
        raise FigureError(f"{ours.table}.csv has no column {unknown[0]}")
    for column, asked in ours.where.items():
        table = table[_holds(table[column], asked)]
    if not ours.by:
        return _measured(table, ours)
    return max((_measured(part, ours) for _, part in table.groupby(ours.by)), default=0.0)


def _measured(rows: pd.DataFrame, ours: Ours) -> float:
    """Rows counted, or a column of them summed, at its most, at its least, or told apart."""
    if ours.distinct is not None:
        return float(rows[ours.distinct].nunique())
    measured = ours.sum or ours.most or ours.least
    if measured is None:
        return float(len(rows))
    values = pd.to_numeric(rows[measured], errors="coerce").dropna()
    if ours.sum is not None:
        return float(values.sum())
    if values.empty:
        raise FigureError(f"no row of {ours.table}.csv is meant")
    return float(values.max() if ours.most is not None else values.min())


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "<=": operator.le, ">=": operator.ge, "!=": operator.ne,
}  # fmt: skip


def _holds(column: pd.Series, asked: Condition) -> pd.Series:
    text = column.astype(str)
    if isinstance(asked, list):
        return text.isin([str(one) for one in asked])
    if isinstance(asked, str) and asked[:2] in _COMPARE:
        limit = asked[2:].strip()
        if asked[:2] == "!=":
            return text != limit
        numbers = pd.to_numeric(column, errors="coerce")
        return pd.Series(_COMPARE[asked[:2]](numbers, float(limit)), index=column.index)
    if isinstance(asked, (int, float)) and not isinstance(asked, bool):
        return pd.to_numeric(column, errors="coerce") == asked
    return text == str(asked)


def _loan(
    published: Published, name: str, runs: Mapping[str, Ran], asked: tuple[str, ...]
) -> float:
    """All the interest of a loan, £, or the rate that its interest implies, %."""
    terms = published.figures[name].ours.loan
    assert terms is not None
    drawn = _named(published, terms.drawn, runs, (*asked, name))
    if terms.rate_pct is not None:
        return loan(drawn, terms.rate_pct, terms.term_yr, terms.method).interest_gbp
    interest = _named(published, str(terms.interest), runs, (*asked, name))
    return implied_rate_pct(drawn, interest, terms.term_yr, terms.method)


def _named(
    published: Published, name: str, runs: Mapping[str, Ran], asked: tuple[str, ...]
) -> float:
    """Our value of another figure of the case."""
    if name in asked:
        raise FigureError(f"{name} asks for itself")
    if name not in published.figures:
        raise FigureError(f"there is no figure '{name}'")
    return float(_ours(published, name, runs, asked))


_ARITHMETIC: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.Pow: operator.pow,
}  # fmt: skip


def _expression(
    published: Published, name: str, runs: Mapping[str, Ran], asked: tuple[str, ...]
) -> float:
    """Arithmetic and nothing else: no names but those of figures, no calls."""
    text = str(published.figures[name].ours.expression)

    def value(node: ast.expr) -> float:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float):
            return float(node.value)  # type: ignore[arg-type]
        if isinstance(node, ast.Name):
            return _named(published, node.id, runs, (*asked, name))
        if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
            return _ARITHMETIC[type(node.op)](value(node.left), value(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return -value(node.operand)
        raise FigureError(f"'{text}' is not arithmetic on figures of the case")

    try:
        return value(ast.parse(text, mode="eval").body)
    except (SyntaxError, ZeroDivisionError, OverflowError) as error:
        raise FigureError(f"'{text}' cannot be worked out: {error}") from None
