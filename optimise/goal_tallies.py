"""What the objective and the limits count of standards: made once, next to the promises."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from optimise.goals import split_key
from optimise.tallies import Ask, StandardData, Tally, tally_of

#: Need counted for somebody whose area's decile is not known: that of the middle.
MIDDLE_DECILE = 5.5
#: Measures that are a tally: how it is taken.
USES = {"people_within": "within", "deprivation_weighted": "within", "mean_min": "mean"}


def need_of(demand: pd.DataFrame) -> pd.Series:
    """How much each demand point's people count by deprivation, 0.1–1, by demand_id.

    need = (11 − decile) / 10

    In words: the most deprived tenth of areas (decile 1) counts in full, the
    least deprived a tenth; where the decile is not known, as the middle. The
    slope is a default of Groundplan's, no statutory figure.

    Symbols: decile of the Index of Multiple Deprivation, 1 = most deprived.
    """
    decile = demand["imd_decile"].astype(float).fillna(MIDDLE_DECILE)
    return (11.0 - decile) / 10.0


def goal_tallies(
    keys: Sequence[str], standards: Sequence[StandardData], demand: pd.DataFrame
) -> tuple[Tally, ...]:
    """A tally of the whole for each measure in ``keys`` that counts people or their time.

    Who counts is the standard's: its weight column and its group, over the whole
    county whatever the geography it is promised in.

    Args:
        keys: of the objective and the limits, such as ``mean_min.library_15``.
        standards: data of every standard of the scenario.
        demand: the layer, for its deciles.
    """
    by_id = {data.standard.standard_id: data for data in standards}
    found = []
    for key in sorted(set(keys)):
        name, standard_id = split_key(key)
        if name not in USES:
            continue
        data = by_id[standard_id]
        weight = data.weight
        if name == "deprivation_weighted":
            weight = weight * need_of(demand).reindex(weight.index)
        whole = pd.Series("", index=weight.index, dtype=object)
        ask = Ask(weight=weight, area=whole)
        found.append(tally_of(data, rule_id=key, use=USES[name], ask=ask))  # type: ignore[arg-type]
    return tuple(found)
