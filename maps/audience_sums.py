"""Which sums of money a public page may state: none that rests on one or two buildings. Pure.

A plan's ledger is cut into blocks: of one kind of money, one or more partners, one or more years.
A public page states sums of whole blocks only, and every block rests on no building or on at least
`FEW`; so no sums stated, however they are added up and subtracted, come down to fewer buildings.
Present values weigh the years of a block against each other, so they are stated rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

#: The fewest buildings that a published sum may rest on.
FEW = 3
ANNUAL = "annual"
#: Kinds of a ledger's entries -> what a financial year of run.json calls their sum.
KINDS: Mapping[str, str] = {
    "capital": "capital_gbp",
    "receipt": "receipts_gbp",
    "one_off": "one_off_gbp",
    ANNUAL: "saving_gbp",
    "apart": "maintenance_avoided_gbp",
}
OTHERS = "Other partners together"

Assets = frozenset[str]
Changed = Sequence[Assets]


@dataclass(frozen=True)
class Shown:
    """What may be stated of one kind of money.

    Attributes:
        whole: whether the sum over all partners and years may be.
        years: years whose sums may be; of yearly money those years' standing amounts.
        all_years: whether those are all there are.
        parties: partners who may be told by themselves, ascending.
        together: the partners who may only be told together.
        lines: lines whose sum over all may be.
        buildings: ids of all buildings the kind rests on.
    """

    whole: bool
    years: tuple[int, ...]
    all_years: bool
    parties: tuple[str, ...]
    together: tuple[str, ...]
    lines: tuple[str, ...]
    buildings: Assets


def safe(buildings: Assets) -> bool:
    """Whether a sum that rests on these buildings may be stated: on none, or `FEW` or more."""
    return not 0 < len(buildings) < FEW


def shown_sums(ledger: pd.DataFrame) -> dict[str, Shown]:
    """What may be stated of each kind of `KINDS`.

    Args:
        ledger: ledger.csv: kind, party, year, line, asset_id, amount_gbp.
    """
    last = int(ledger["year"].max()) if len(ledger) else 0
    return {kind: _shown(ledger[ledger["kind"] == kind], kind, last) for kind in KINDS}


def _shown(entries: pd.DataFrame, kind: str, last: int) -> Shown:
    everybody = changes(entries, kind, last)
    buildings: Assets = frozenset().union(*everybody)
    by_party = {
        str(party): changes(some, kind, last) for party, some in entries.groupby("party", sort=True)
    }
    cut = yearly_blocks if kind == ANNUAL else flow_blocks
    years, blocks = cut(everybody)
    if not years or not safe(buildings):
        return Shown(False, (), False, (), tuple(by_party), (), buildings)
    per_party = {
        party: tuple(frozenset().union(*(changed[y] for y in block)) for block in blocks)
        for party, changed in by_party.items()
    }
    per_line = {
        str(line): (frozenset(some.loc[some["amount_gbp"] != 0, "asset_id"]) - {""},)
        for line, some in entries.groupby("line", sort=True)
    }
    parties = apart(per_party)
    return Shown(
        whole=True,
        years=years,
        all_years=len(years) == last + 1,
        parties=parties,
        together=tuple(party for party in by_party if party not in parties),
        lines=apart(per_line),
        buildings=buildings,
    )


def changes(entries: pd.DataFrame, kind: str, last: int) -> list[Assets]:
    """For each year 0..last the buildings with money in it, or with other yearly money than before.

    Two years' standing amounts tell what changed between them, so it is that which is counted.
    """
    named = entries[entries["asset_id"] != ""]
    table = named.pivot_table("amount_gbp", index="asset_id", columns="year", aggfunc="sum")
    table = table.reindex(columns=range(last + 1)).fillna(0.0)
    if kind == ANNUAL:
        table = table.diff(axis=1).fillna(table)
    moved = table.abs() > 0.005
    return [frozenset(map(str, table.index[moved[year]])) for year in table.columns]


def flow_blocks(changed: Changed) -> tuple[tuple[int, ...], list[list[int]]]:
    """Years to be stated, and the blocks of years: each of those alone, all others together."""
    hidden = {year for year, some in enumerate(changed) if not safe(some)}
    while not safe(frozenset().union(*(changed[y] for y in hidden))):
        left = [y for y, some in enumerate(changed) if y not in hidden and some]
        if not left:
            return (), [list(range(len(changed)))]
        hidden.add(min(left, key=lambda y: (len(changed[y]), y)))
    years = tuple(y for y in range(len(changed)) if y not in hidden)
    return years, [[y] for y in years] + ([sorted(hidden)] if hidden else [])


def yearly_blocks(changed: Changed) -> tuple[tuple[int, ...], list[list[int]]]:
    """The same of money that recurs: each block runs from one year stated to the next."""
    years = [len(changed) - 1]
    for year in range(len(changed) - 2, -1, -1):
        if safe(frozenset().union(*changed[year + 1 : years[-1] + 1])):
            years.append(year)
    years.reverse()
    while years and not safe(frozenset().union(*changed[: years[0] + 1])):
        years.pop(0)
    starts = [0, *(year + 1 for year in years)]
    return tuple(years), [list(range(a, y + 1)) for a, y in zip(starts, years, strict=False)]


def apart(members: Mapping[str, Sequence[Assets]]) -> tuple[str, ...]:
    """Keys that may be told by themselves, so that those told together may be as well.

    Args:
        members: key -> the buildings of each of its blocks, as many blocks for every key.
    """
    told = {key for key, blocks in members.items() if all(map(safe, blocks))}
    while told:
        rest = [blocks for key, blocks in members.items() if key not in told]
        if all(safe(frozenset().union(*together)) for together in zip(*rest, strict=True)):
            break
        smallest = min(told, key=lambda key: (len(frozenset().union(*members[key])), key))
        told.remove(smallest)
    return tuple(sorted(told))


# --- money.csv ---------------------------------------------------------------------------


def public_money(
    money: pd.DataFrame, shown: Mapping[str, Shown], kind_words: Callable[[str], str]
) -> pd.DataFrame:
    """money.csv of whole blocks only: by kind, without lines and without present values.

    Args:
        money: money.csv.
        shown: as `shown_sums` gives it.
        kind_words: a kind in words.

    Returns:
        The same columns; `OTHERS` for the partners told together, amounts not stated NaN.
    """
    parts = [
        some.assign(
            party=some["party"].where(some["party"].isin(may.parties), OTHERS),
            line=kind,
            label=kind_words(kind),
            tag="",
            amount_gbp=some["amount_gbp"].where(some["year"].isin(may.years) & may.whole),
            pv_gbp=float("nan"),
        )
        for kind, may in shown.items()
        for some in [money[money["kind"] == kind]]
    ]
    whole = pd.concat(parts) if parts else money
    keys = [c for c in money.columns if c not in ("amount_gbp", "pv_gbp")]
    # A sum of which a part is not stated is not stated.
    sums = whole.groupby(keys, sort=True)[["amount_gbp"]].agg(_strict_sum)
    ordered = sums.reset_index().sort_values(["party", "year", "kind"], kind="stable")
    ordered = ordered.reset_index(drop=True)
    public: pd.DataFrame = ordered.assign(pv_gbp=float("nan"))[list(money.columns)]
    return public


def _strict_sum(amounts: pd.Series) -> float:
    return float(amounts.sum(skipna=False))
