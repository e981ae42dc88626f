"""Codes of census areas: what they name, and the census that brought them in. Pure.

A census keeps the code of an area that did not change and gives a new one, after the last in
use, to an area that did. So a code alone tells the earliest census it can be from; only in
Scotland were all codes new each time.

Source: Office for National Statistics, Code History Database (LSOA and OA of 2001, 2011, 2021);
National Records of Scotland, data zones of 2001, 2011, 2022.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from assets.cells import fits
from assets.schema import heading_key

#: First three characters -> what the code names.
LEVELS: Mapping[str, str] = MappingProxyType(
    {"E00": "output area", "W00": "output area", "S00": "output area"}
    | {"E01": "LSOA", "W01": "LSOA", "S01": "data zone"}
    | {"E02": "MSOA", "W02": "MSOA", "S02": "intermediate zone"}
)
#: First three characters -> (last number in use before it, census) in order of time.
_SINCE: Mapping[str, tuple[tuple[int, int], ...]] = MappingProxyType(
    {
        "E00": ((0, 2001), (165_665, 2011), (176_774, 2021)),
        "W00": ((0, 2001), (9_769, 2011), (10_265, 2021)),
        "E01": ((0, 2001), (32_482, 2011), (33_768, 2021)),
        "W01": ((0, 2001), (1_896, 2011), (1_958, 2021)),
        "S01": ((0, 2001), (6_505, 2011), (13_481, 2022)),
    }
)
#: Where every area got a new code at each census, so that a code belongs to one census only.
RENUMBERED = ("S01",)
_CODE = re.compile(r"[EWS]0[0-2][0-9]{6}")
_NAMED = re.compile(r"(?:soa|oa|dz|zone)[a-z]*?(?:20)?(01|11|21|22)(?![0-9])")
_DATED = re.compile(r"(?<![0-9])(20(?:01|11|21|22))[a-z]*?(?:soa|oa|dz|zone)")


def census_codes(ids: pd.Series) -> pd.DataFrame:
    """What each id is, where it is a code of a census area.

    Returns:
        Same index. ``level`` (`LEVELS`; ``""`` = no such code), ``prefix`` (``E01`` ...) and
        ``since`` (census that brought the code in, NaN = not known).
    """
    sure = fits(ids, _CODE.pattern)
    codes = [text if found else "" for text, found in zip(ids, sure, strict=True)]
    prefix = np.array([code[:3] for code in codes], dtype=object)
    number = np.array([int(code[3:] or 0) for code in codes], dtype=np.int64)
    since = np.full(len(codes), np.nan)
    for start, steps in _SINCE.items():
        here = prefix == start
        for last, census in steps:
            since[here & (number > last)] = census
    level = np.array([LEVELS.get(start, "") for start in prefix], dtype=object)
    texts = {"level": level, "prefix": prefix}
    named = pd.DataFrame(texts, index=ids.index, dtype=object)
    return named.assign(since=since)


def census_of_heading(heading: str) -> int | None:
    """The census a heading names (``lsoa11cd``, ``LSOA code (2011)``), or None."""
    key = heading_key(heading)
    named, dated = _NAMED.search(key), _DATED.search(key)
    if named:
        return 2000 + int(named.group(1))
    return int(dated.group(1)) if dated else None
