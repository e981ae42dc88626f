"""A run as the public may see it: nothing confidential is left in the frames a page is made from.

Not hidden but taken out, before anything is drawn: buildings marked confidential, whatever names
them, valuations and every other sum by building, and sums that rest on fewer than three buildings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from assets.issues import InputError, Issue
from maps import overlays, style
from maps.audience_record import public_record
from maps.audience_sums import ANNUAL, FEW, Shown, public_money, safe, shown_sums
from maps.audience_texts import NOT_NAMED, Secrets, secrets_of
from maps.runs import EXEMPT, PUBLIC, RunFrames, read_run

#: Who a page or an export is for.
AUDIENCES = (EXEMPT, PUBLIC)
#: Stands for every confidential building where a blank would mean that there is none.
NOT_NAMED_ID = "not-named"
#: Columns that the public sees; of other columns, and of those in `SUMS`, it sees none.
DECISIONS = (
    *("asset_id", "name", "owner", "asset_type", "status", "tenure", "in_scope", "decision"),
    *("done_in", "reason", "reason_text", "units_before", "units_after", "extension_m2"),
    *("confidential", "easting", "northing", "postcode", "ward_code", "market_area", "gia_m2"),
    *("accessible", "tco2e_pa", "epc", "condition_grade", "tenure_category"),
)
SERVICES = (
    *("unit_id", "service_type", "name", "operator", "from_asset_id", "from_name"),
    *("to_asset_id", "to_name", "action", "done_in", "mode", "distance_km"),
)
DISPOSALS = (
    *("asset_id", "name", "owner", "tenure", "market_area", "period", "vacated_in", "way_out"),
    *("ends_on", "notice_by", "received_in", "conditions", "reason", "confidential"),
)
#: Columns that a frame must have, and that the public sees blank.
SUMS = {
    "decisions": (*overlays.MONEY, "works_gbp", "backlog_retained_gbp"),
    "services": ("move_cost_gbp",),
    "disposals": (
        *("value_low_gbp", "value_gbp", "value_high_gbp", "haircut_pct", "net_receipt_gbp"),
        *("lease_exit_gbp", "clawback_gbp", "holding_gbp", "rent_due_gbp"),
    ),
}
#: Backlog and works are not in the ledger; they are counted from the decisions.
COUNTED = {
    "backlog_avoided": "backlog_avoided_gbp",
    "backlog_retained": "backlog_retained_gbp",
    "works": "works_gbp",
}
#: Of runs without a ledger, money by kind is as well.
WITHOUT_LEDGER = {
    "capital": "capital_gbp",
    "receipt": "receipt_gbp",
    "one_off": "exit_cost_gbp",
    ANNUAL: "running_cost_saving_gbp_pa",
}
KIND_WORDS = {
    "capital": "Capital",
    "receipt": "Receipts from sales",
    "one_off": "Paid once",
    ANNUAL: "Saved (or spent) every year",
    "apart": "Repairs avoided",
}


def read_for(folders: Sequence[Path], audience: str, *, unknown: Issue) -> list[RunFrames]:
    """Runs as this audience may see them, in the order of their folders.

    Args:
        folders: run folders.
        audience: one of `AUDIENCES`.
        unknown: what is said of any other audience, before a file is opened.

    Raises:
        InputError: the audience is unknown; a run is missing or damaged.
    """
    if audience not in AUDIENCES:
        raise InputError(unknown)
    return seen_by([read_run(folder) for folder in folders], audience)


def seen_by(runs: Sequence[RunFrames], audience: str) -> list[RunFrames]:
    """Runs as read, without what the public may not see where they are for the public."""
    return together_for_public(runs) if audience == PUBLIC else list(runs)


def for_public(run: RunFrames) -> RunFrames:
    """The run without what is not public.

    Buildings marked confidential are taken out, with their services; where an open building's
    service moves from or to one of them, that end is `NOT_NAMED`. Every sum by building and unit
    is blank, texts lose their names and sums, and run.json is cut to what `maps.audience_record`
    lists. People and minutes are counted as they are: what a confidential building reaches is in
    them. ``left_out`` of the summary says how much went.

    Returns:
        A new run whose audience is `PUBLIC`; one that is `PUBLIC` already is returned as it is.
    """
    if run.audience == PUBLIC:
        return run
    layers = run.layers
    named = [*layers["areas"].get("name", ()), *layers["places"].get("name", ())]
    secrets = secrets_of(run.decisions, run.services, [str(name) for name in named])
    shown = sums_of(run)
    decisions, services = _decisions(run.decisions, secrets), _services(run.services, secrets)
    record = public_record(run, secrets, shown)
    return replace(
        run,
        summary={**record, "left_out": left_out(run, secrets, shown)},
        decisions=decisions,
        services=services,
        cover=_named_columns(run.cover, secrets),
        layers={name: _layer(frame, secrets) for name, frame in layers.items()},
        tables=_tables(run.tables, secrets, shown),
        reach=run.reach[~run.reach["asset_id"].isin(secrets.buildings)].reset_index(drop=True),
        audience=PUBLIC,
    )


def together_for_public(runs: Sequence[RunFrames]) -> list[RunFrames]:
    """Runs to be set beside each other: what one of them marks confidential is so in all."""
    hidden = {
        str(asset_id)
        for run in runs
        for asset_id in run.decisions.loc[run.decisions["confidential"], "asset_id"]
    }
    return [for_public(_marked(run, hidden)) for run in runs]


def _marked(run: RunFrames, hidden: set[str]) -> RunFrames:
    """The run with these buildings marked confidential."""
    if run.audience == PUBLIC:
        return run
    marks = run.decisions["confidential"] | run.decisions["asset_id"].isin(hidden)
    return replace(run, decisions=run.decisions.assign(confidential=marks))


def sums_of(run: RunFrames) -> dict[str, Shown]:
    """Which sums of the run may be stated, by kind of money."""
    ledger = run.tables.get("ledger")
    shown = {} if ledger is None else shown_sums(ledger)
    for kind, column in {**COUNTED, **({} if shown else WITHOUT_LEDGER)}.items():
        shown[kind] = _counted(run.decisions, column)
    return shown


def _counted(decisions: pd.DataFrame, column: str) -> Shown:
    """Whether the sum of a column may be stated, by the buildings that have any of it."""
    some = decisions[decisions[column] != 0].dropna(subset=column) if column in decisions else None
    ids = frozenset() if some is None else frozenset(map(str, some["asset_id"]))
    whole = safe(ids)
    return Shown(whole, (), whole, (), (), (), ids)


# --- what was left out, in words ----------------------------------------------------------


def left_out(run: RunFrames, secrets: Secrets, shown: Mapping[str, Shown]) -> dict[str, Any]:
    """How much is not in the public version, as numbers and in words."""
    buildings, units = len(secrets.buildings), len(secrets.units)
    kinds = [KIND_WORDS.get(kind, style.words(kind)) for kind, may in shown.items()
             if not may.whole]  # fmt: skip
    words = [
        f"{_counted_words(buildings, 'building')} marked confidential "
        f"{'is' if buildings == 1 else 'are'} left out, with {_counted_words(units, 'service')} "
        "in them; they count in the totals and in who is reached in time."
        if buildings
        else "No building is marked confidential.",
        "Left out for every building: its value, its receipt and all other sums of money.",
        f"Left out: sums that rest on fewer than {FEW} buildings, and those that would give one "
        f"away{': ' + '; '.join(kinds).lower() if kinds else ''}.",
        "Left out: reasons that owners gave for a lock, file names, and most warnings about data.",
    ]
    return {"buildings": buildings, "units": units, "kinds": kinds, "words": words}


def _counted_words(number: int, thing: str) -> str:
    return f"{style.count(number)} {thing}{'' if number == 1 else 's'}"


# --- the frames --------------------------------------------------------------------------


def _decisions(decisions: pd.DataFrame, secrets: Secrets) -> pd.DataFrame:
    kept = _public_columns(decisions, DECISIONS, SUMS["decisions"])
    kept = kept[~kept["asset_id"].isin(secrets.buildings)].reset_index(drop=True)
    kept["reason_text"] = kept["reason_text"].map(secrets.reason)
    for column in ("units_before", "units_after"):
        if column in kept:
            kept[column] = [_renamed(text, secrets) for text in kept[column]]
    return kept


def _renamed(text: Any, secrets: Secrets) -> str:
    told = str(text)
    for unit, instead in secrets.renamed.items():
        told = told.replace(unit, instead)
    return told


def _services(services: pd.DataFrame, secrets: Secrets) -> pd.DataFrame:
    kept = _public_columns(services, SERVICES, SUMS["services"])
    kept = kept[~kept["unit_id"].isin(secrets.units)].reset_index(drop=True)
    kept["unit_id"] = kept["unit_id"].map(lambda unit: secrets.renamed.get(unit, unit))
    hidden = {end: kept[f"{end}_asset_id"].isin(secrets.buildings) for end in ("from", "to")}
    if "distance_km" in kept:
        kept["distance_km"] = kept["distance_km"].mask(hidden["from"] | hidden["to"])
    if "name" in kept:
        kept["name"] = kept["name"].map(secrets.unnamed)
    return _not_named(kept, secrets, "")


def _not_named(frame: pd.DataFrame, secrets: Secrets, instead: str) -> pd.DataFrame:
    """Rows between two buildings, each confidential end called `NOT_NAMED`."""
    out = frame.copy()
    for end in ("from", "to"):
        hidden = out[f"{end}_asset_id"].isin(secrets.buildings)
        out[f"{end}_asset_id"] = out[f"{end}_asset_id"].mask(hidden, instead)
        out[f"{end}_name"] = out[f"{end}_name"].mask(hidden, NOT_NAMED)
    return out


def _public_columns(
    frame: pd.DataFrame, kept: tuple[str, ...], blank: tuple[str, ...]
) -> pd.DataFrame:
    """The columns named, in the frame's order; sums NaN, the rest gone."""
    columns = {c: frame[c] for c in frame.columns if c in kept}
    columns |= {c: pd.Series(float("nan"), frame.index) for c in frame.columns if c in blank}
    return pd.DataFrame(columns, index=frame.index)


def _named_columns(frame: pd.DataFrame, secrets: Secrets) -> pd.DataFrame:
    """Areas' names are no buildings', but may hold one."""
    names = [c for c in frame.columns if c in ("name", "area_name", "group_name", "note", "run")]
    return frame.assign(**{c: [secrets.unnamed(str(text)) for text in frame[c]] for c in names})


def _layer(frame: gpd.GeoDataFrame, secrets: Secrets) -> gpd.GeoDataFrame:
    if "name" not in frame or not len(frame):
        return frame
    return frame.assign(name=[secrets.unnamed(str(n)) if n else n for n in frame["name"]])


def _tables(
    tables: Mapping[str, pd.DataFrame], secrets: Secrets, shown: Mapping[str, Shown]
) -> dict[str, pd.DataFrame]:
    """Optional tables, those that are not public (the ledger) left out."""
    made: dict[str, pd.DataFrame] = {}
    if "money" in tables and "ledger" in tables:
        ledger_kinds = {kind: may for kind, may in shown.items() if kind in KIND_WORDS}
        made["money"] = public_money(tables["money"], ledger_kinds, lambda k: KIND_WORDS[k])
    if "disposals" in tables:
        made["disposals"] = _disposals(tables["disposals"], secrets)
    if "users" in tables:
        made["users"] = _users(tables["users"], secrets)
    if "equality" in tables:
        made["equality"] = _named_columns(tables["equality"], secrets)
    if "frontier" in tables and all(may.whole for may in shown.values()):
        made["frontier"] = tables["frontier"].assign(run="")
    return made


def _disposals(disposals: pd.DataFrame, secrets: Secrets) -> pd.DataFrame:
    kept = _public_columns(disposals, DISPOSALS, SUMS["disposals"])
    kept = kept[~kept["asset_id"].isin(secrets.buildings)].reset_index(drop=True)
    for column, clean in (("reason", secrets.reason), ("conditions", secrets.clean)):
        if column in kept:
            kept[column] = kept[column].map(clean)
    return kept


def _users(users: pd.DataFrame, secrets: Secrets) -> pd.DataFrame:
    """Users of confidential buildings taken together, so that the sums stay those of the cover."""
    named = _not_named(users, secrets, NOT_NAMED_ID)
    if "confidential" in named:
        named["confidential"] = False
    means = [c for c in named.columns if c.startswith("mean_")]
    numbers = ["people", *means]
    named[means] = named[means].apply(pd.to_numeric, errors="coerce")
    keys = [c for c in named.columns if c not in numbers]
    weighted = named.assign(**{c: named[c] * named["people"] for c in means})
    known = named.assign(**{c: named["people"].where(named[c].notna()) for c in means})
    sums = weighted.groupby(keys, sort=True)[numbers].sum(min_count=1)
    weights = known.groupby(keys, sort=True)[numbers].sum(min_count=1)
    for column in means:
        sums[column] = (sums[column] / weights[column]).round(3)
    return sums.reset_index()[list(users.columns)]
