"""Which readings of a plan's value change the sign of its headline, in words."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from optimise.money.records import Reading

#: Below this a value is negative, £: less than half a penny under nil is rounding.
NIL_GBP = -0.005
#: Ways in which readings differ, the horizon apart.
WAYS = ("receipts", "maintenance", "bias")


def changes_sign(headline: Reading, reading: Reading) -> bool:
    """Whether one of the two is negative and the other is not (nil is not negative)."""
    return (headline.npv_gbp < NIL_GBP) != (reading.npv_gbp < NIL_GBP)


def flips(headline: Reading, readings: Sequence[Reading]) -> tuple[str, ...]:
    """What changes the sign of the headline.

    Returns:
        A sentence for each reading that differs from the headline in one thing and has another
        sign; then one on all readings together.
    """
    told = [
        f"{_capital(_difference(headline, one))} the net present value is {pounds(one.npv_gbp)}, "
        f"not {pounds(headline.npv_gbp)}."
        for one in readings
        if _apart(headline, one) == 1 and changes_sign(headline, one)
    ]
    return (*told, _on_all(headline, readings))


def reading_words(one: Reading, told: Collection[str] = WAYS) -> str:
    """A reading in words: over 25 years, at central receipts, with optimism bias.

    Args:
        one: the reading.
        told: which of `WAYS` to say.
    """
    words = [f"over {_years(one.horizon_yr)}"]
    if "receipts" in told:
        words.append(f"at {one.receipts} receipts")
    if "bias" in told:
        words.append("with optimism bias" if one.bias else "without optimism bias")
    if "maintenance" in told and one.maintenance:
        words.append("with avoided maintenance counted")
    return ", ".join(words)


def _difference(headline: Reading, one: Reading) -> str:
    if one.horizon_yr != headline.horizon_yr:
        return f"over {_years(one.horizon_yr)} instead of {headline.horizon_yr}"
    if one.receipts != headline.receipts:
        return f"at {one.receipts} instead of {headline.receipts} receipts"
    if one.maintenance:
        return "with avoided maintenance counted as cash"
    return "with optimism bias" if one.bias else "without optimism bias"


def _apart(headline: Reading, one: Reading) -> int:
    """In how many things two readings differ."""
    pairs = (
        (headline.horizon_yr, one.horizon_yr),
        (headline.receipts, one.receipts),
        (headline.maintenance, one.maintenance),
        (headline.bias, one.bias),
    )
    return sum(a != b for a, b in pairs)


def _matters(way: str, readings: Sequence[Reading]) -> bool:
    """Whether any two readings that differ in one way only have different values."""
    found: dict[object, float] = {}
    for one in readings:
        rest = (one.horizon_yr, *(getattr(one, other) for other in WAYS if other != way))
        if abs(found.setdefault(rest, one.npv_gbp) - one.npv_gbp) > -NIL_GBP:
            return True
    return False


def _on_all(headline: Reading, readings: Sequence[Reading]) -> str:
    # What makes no difference, such as low receipts of a plan that sells nothing, is not told.
    ways = [way for way in WAYS if _matters(way, readings)]
    some = [
        one
        for one in readings
        if all(getattr(one, way) == getattr(headline, way) for way in WAYS if way not in ways)
    ]
    worst = min(some, key=lambda one: one.npv_gbp)
    best = max(some, key=lambda one: one.npv_gbp)
    other = sum(changes_sign(headline, one) for one in some)
    ends = (
        f"from {pounds(worst.npv_gbp)} ({reading_words(worst, ways)}) to {pounds(best.npv_gbp)} "
        f"({reading_words(best, ways)})"
    )
    sign = "negative" if headline.npv_gbp < NIL_GBP else "positive"
    if headline.npv_gbp >= NIL_GBP and abs(headline.npv_gbp) < -NIL_GBP:
        sign = "nil"
    if other == 0 and abs(worst.npv_gbp - best.npv_gbp) < -NIL_GBP:
        return f"Every reading comes to {pounds(best.npv_gbp)}."
    if other == 0:
        return f"No reading changes the sign: all {len(some)} are {sign}, {ends}."
    return (
        f"Of {len(some)} readings {other} {'has' if other == 1 else 'have'} another sign "
        f"than the headline ({pounds(headline.npv_gbp)}): {ends}."
    )


def pounds(value_gbp: float) -> str:
    """£ with its sign, in the fewest figures that tell plans apart: +£1.48m, −£62.5k, £0."""
    size = abs(value_gbp)
    sign = "" if size < 0.5 else "−" if value_gbp < 0 else "+"
    if size >= 999_950:
        return f"{sign}£{size / 1e6:,.2f}m"
    return f"{sign}£{size / 1e3:,.1f}k" if size >= 1_000 else f"{sign}£{size:,.0f}"


def _years(count: int) -> str:
    return "1 year" if count == 1 else f"{count} years"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
