"""What was published of a programme, as ``published.yml`` of a case says it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from assets.issues import InputError, Issue, nearest
from assets.keyed import keys_of, read_text
from optimise.knobs import Strict
from optimise.money.loans import Method

SCENARIO, PUBLISHED = "case.yml", "published.yml"
EXAMPLE = "data/cases/suffolk/published.yml"
#: Units that a figure may be in, and how each is shown.
UNITS = ("gbp", "gbp_pa", "count", "people", "years", "pct", "times", "yes_no")
Condition = str | int | float | bool | list[str | int | float]


class LoanAsked(Strict):
    """A loan on the terms of a paper: its interest, or the rate that a stated interest implies.

    Attributes:
        drawn: figure of the case that is borrowed, £.
        rate_pct: the figure is then all the interest, £.
        interest: figure of the case, £; our figure is then the rate, %.
        term_yr, method: as in `optimise.money.loans.loan`.
    """

    drawn: str
    rate_pct: float | None = Field(default=None, ge=0)
    interest: str | None = None
    term_yr: int = Field(ge=1, le=100)
    method: Method = "equal_instalment"

    @model_validator(mode="after")
    def _rate_or_interest(self) -> LoanAsked:
        if (self.rate_pct is None) == (self.interest is None):
            raise ValueError("give rate_pct, or interest")
        return self


class Ours(Strict):
    """How our figure is had; one of ``run``, ``table``, ``expression``, ``loan``, ``refused``.

    Attributes:
        plan: name of the plan of the case.
        run: dotted key of ``run.json``, such as ``totals.capital_gbp``; a number in it counts
            places of a list, ``key=value`` (several with commas) finds the record that has it.
        table: a table of the run folder, such as ``decisions``, or a layer of the case, such as
            ``layers_buildings``.
        where: column → value, values of which one, or ``<= 10``, ``>= 3``, ``!= x``.
        sum, most, least: column of the rows found; with none of them the rows are counted.
        distinct: column whose different values are counted.
        by: columns; the rows are taken in groups by them, and the figure is the greatest group's.
        expression: arithmetic on numbers and on other figures by name: ``savings - capital``.
        loan: a loan on stated terms.
        refused: text that the refusal of the plan must hold; the figure is then yes or no.
    """

    plan: str = "main"
    run: str | None = None
    table: str | None = None
    where: dict[str, Condition] = Field(default_factory=dict)
    sum: str | None = None
    most: str | None = None
    least: str | None = None
    distinct: str | None = None
    by: list[str] = Field(default_factory=list)
    expression: str | None = None
    loan: LoanAsked | None = None
    refused: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        """A text or a number alone is an expression."""
        return {"expression": str(value)} if isinstance(value, (str, int, float)) else value

    @model_validator(mode="after")
    def _one_way(self) -> Ours:
        known = ("run", "table", "expression", "loan", "refused")
        ways = [w for w in known if getattr(self, w) is not None]
        if len(ways) != 1:
            raise ValueError("give one of run, table, expression, loan and refused")
        of = [w for w in ("sum", "most", "least", "distinct") if getattr(self, w) is not None]
        if len(of) > 1 or ((of or self.where or self.by) and self.table is None):
            raise ValueError("where, by, and one of sum, most, least and distinct, go with table")
        return self


class Figure(Strict):
    """One published figure.

    Attributes:
        title: in words. value: as published; yes_no: true or false; None = ours alone, for
            comparison (it must match nothing).
        unit: see `UNITS`. source: where it was published.
        ours: how the plan's figure is had.
        tolerance: how far ours may be from it, in its unit, inclusive.
        bound: at_least, at_most: the published figure is a floor, or a ceiling: ours may be
            beyond it.
        must: whether the case fails where the two do not match; else it is only shown.
        note: what a reader must know: a contradiction of the source, a difference explained.
    """

    title: str
    value: float | bool | None = None
    unit: Literal["gbp", "gbp_pa", "count", "people", "years", "pct", "times", "yes_no"]
    ours: Ours
    source: str = ""
    tolerance: float = Field(default=0.0, ge=0)
    bound: Literal["exact", "at_least", "at_most"] = "exact"
    must: bool = True
    note: str = ""

    @property
    def asked(self) -> bool:
        """Whether the case fails where ours is another."""
        return self.must and self.value is not None


class Published(Strict):
    """What was published of a programme, and the plans that are held against it.

    Attributes:
        title: of the programme. sources: papers, one a line.
        plans: name → overrides of ``case.yml``; ``main`` is there always.
        figures: by name; the order is the order of the table.
        notes: contradictions of the source and readings chosen, one a line.
    """

    title: str
    sources: list[str] = Field(min_length=1)
    plans: dict[str, list[str]] = Field(default_factory=dict, validate_default=True)
    figures: dict[str, Figure] = Field(min_length=1)
    notes: list[str] = Field(default_factory=list)

    @field_validator("plans")
    @classmethod
    def _main_first(cls, value: dict[str, list[str]]) -> dict[str, list[str]]:
        return {"main": value.get("main", []), **value}

    @model_validator(mode="after")
    def _plans_known(self) -> Published:
        for name, figure in self.figures.items():
            if figure.ours.plan not in self.plans:
                asked = nearest(figure.ours.plan, self.plans)
                raise ValueError(f"{name}: unknown plan '{figure.ours.plan}'; {asked}")
            if not name.isidentifier():
                raise ValueError(f"{name}: a figure's name is letters, digits and _")
        return self


@dataclass(frozen=True)
class Case:
    """A case as it lies in its folder."""

    name: str
    folder: Path
    published: Published

    @property
    def scenario(self) -> Path:
        """The scenario it plans."""
        return self.folder / SCENARIO


def case_names(folder: Path) -> list[str]:
    """Names of the cases in a folder, ascending."""
    return sorted(p.parent.name for p in folder.glob(f"*/{PUBLISHED}"))


def load_case(folder: Path) -> Case:
    """Read what was published of a case.

    Raises:
        InputError: no such case, or a key of ``published.yml`` that is unknown or wrong.
    """
    path = folder / PUBLISHED
    if not path.exists():
        known = case_names(folder.parent)
        remedy = nearest(folder.name, known) if known else "give the folder of a case"
        raise InputError(
            Issue(
                "case.unknown", f"there is no case '{folder.name}'", (folder.name,), remedy=remedy
            )
        )
    raw = keys_of(read_text(path, "case"), path, "case", begin_from=EXAMPLE)
    try:
        return Case(folder.name, folder, Published.model_validate(raw))
    except ValidationError as error:
        raise InputError(
            Issue("case.wrong", f"{path}: {'.'.join(map(str, e['loc']))}: {e['msg']}",
                  remedy=f"see {EXAMPLE}")
            for e in error.errors()
        ) from None  # fmt: skip
