"""Small pictures of services, so that a marker says what is in a building. Pure.

Each is one SVG path on a 16 by 16 box, drawn as a line. A service without a picture is shown by
the first letters of its name: none is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from maps import style

RING = "a{r} {r} 0 1 1 0 {d}a{r} {r} 0 1 1 0-{d}z"

#: service_type -> the outline of its picture.
SERVICE_ICONS: Mapping[str, str] = {
    "fire": (
        "M8 1.5C9 4.5 12.5 6 12.5 10a4.5 4.5 0 0 1-9 0C3.5 8 5 7 5.5 5.5"
        "C6.5 6 7 7 7 8C8.5 6.5 8.5 4 8 1.5z"
    ),
    "police": "M8 1.5L13.5 3.5V8C13.5 11.5 11 13.5 8 14.8C5 13.5 2.5 11.5 2.5 8V3.5z"
    "M5.3 7.8L7.3 9.8L10.8 6",
    "ambulance": "M6 2H10V6H14V10H10V14H6V10H2V6H6z",
    "library": "M8 4C6.5 2.8 4 2.5 1.8 3V12.5C4 12 6.5 12.3 8 13.5C9.5 12.3 12 12 14.2 12.5V3"
    "C12 2.5 9.5 2.8 8 4zM8 4V13.5",
    "childrens_centre": f"M8 1.8{RING.format(r=1.9, d=3.8)}"
    "M2.5 5L8 7.5L13.5 5M8 7.5V10.5M5.5 14.5L8 10.5L10.5 14.5",
    "register_office": f"M5.6 4.2{RING.format(r=3.8, d=7.6)}M10.4 4.2{RING.format(r=3.8, d=7.6)}",
    "office": "M2 5.5H14V13.5H2zM5.5 5.5V3H10.5V5.5M2 9H14",
    "adult_learning": "M1 6L8 3L15 6L8 9zM4 7.5V11.5C6 13.3 10 13.3 12 11.5V7.5M15 6V10.5",
    "day_centre": "M3 5H11.5V10.5A3 3 0 0 1 8.5 13.5H6A3 3 0 0 1 3 10.5z"
    "M11.5 6.5H13A1.5 1.5 0 0 1 13 10H11.5M5.5 1.8V3.2M8.8 1.8V3.2",
    "advice": "M2 2.8H14V10.8H8L4.5 14V10.8H2zM5 5.8H11M5 8H9",
    "customer_access": f"M8 1.8{RING.format(r=6.2, d=12.4)}M8 7V11.5M8 4.2V5",
    "health": "M8 13.8C3 10.2 1.8 7.8 1.8 5.6A3.2 3.2 0 0 1 8 4.4A3.2 3.2 0 0 1 14.2 5.6"
    "C14.2 7.8 13 10.2 8 13.8z",
    "leisure": "M5 8H11M4 4V12M12 4V12M1.8 6V10M14.2 6V10",
    "community": "M2 8L8 2.5L14 8M3.5 7V13.5H12.5V7M6.5 13.5V9.8H9.5V13.5",
}


def services_shown(services: pd.DataFrame) -> list[dict[str, Any]]:
    """The kinds of service of a run by name: ``key``, ``label``, ``icon`` (or ""), ``letters``.

    Args:
        services: services.csv.
    """
    kinds = sorted(set(services["service_type"]), key=lambda k: (style.service_words(k), k))
    return [
        {
            "key": kind,
            "label": style.service_words(kind),
            "icon": SERVICE_ICONS.get(kind, ""),
            "letters": style.service_words(kind)[:2],
        }
        for kind in kinds
    ]
