"""Published tables that come without a heading row, known by their shape and content. Pure.

A layout counts only if the number of columns is right and every one of the first rows fits
every test of it, so that no register is taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_ROWS_TRIED = 50
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]? *[0-9][A-Z]{2}")
_WHOLE = re.compile(r"[0-9]+")
_FIGURE = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_COUNTRY = re.compile(r"[EWSNKLM]9[0-9]{7}|")
_QUALITY = re.compile(r"[1-9]0")
_ORGANISATION = re.compile(r"[A-Z0-9]{3,12}")
_COMPACT_DATE = re.compile(r"(?:1[6-9]|2[0-9])[0-9]{6}|")
_OS_URI = re.compile(r"https?://data\.ordnancesurvey\.co\.uk/.*")
_OS_TYPE = re.compile(r"populatedPlace|transportNetwork|hydrography|landform|landcover|other")
_OS_ID = re.compile(r"[A-Za-z0-9]+")


@dataclass(frozen=True)
class Layout:
    """One published table without headings.

    Attributes:
        name: what it is called.
        headings: its columns, as its publisher's own documentation names them; ``""`` = one
            that is always blank.
        tests: place of a column -> what each of its cells must be.
    """

    name: str
    headings: tuple[str, ...]
    tests: tuple[tuple[int, re.Pattern[str]], ...]


_CODE_POINT_AREAS = (
    "Country_code", "NHS_regional_HA_code", "NHS_HA_code", "Admin_county_code",
    "Admin_district_code", "Admin_ward_code",
)  # fmt: skip
#: Ordnance Survey, Code-Point Open, column headers in its Doc folder (CSV since 2011).
CODE_POINT_OPEN = Layout(
    "Code-Point Open",
    ("Postcode", "Positional_quality_indicator", "Eastings", "Northings", *_CODE_POINT_AREAS),
    ((0, _POSTCODE), (1, _QUALITY), (2, _WHOLE), (3, _WHOLE), (4, _COUNTRY)),
)
#: The same with the delivery-point counts it has had in its first releases and in Code-Point.
CODE_POINT = Layout(
    "Code-Point",
    (
        "Postcode", "Positional_quality_indicator", "PO_Box_indicator",
        "Total_number_of_delivery_points", "Delivery_points_used_to_create_the_CPLC",
        "Domestic_delivery_points", "Non_domestic_delivery_points", "PO_Box_delivery_points",
        "Matched_address_premises", "Unmatched_delivery_points", "Eastings", "Northings",
        *_CODE_POINT_AREAS, "Postcode_type",
    ),
    ((0, _POSTCODE), (1, _QUALITY), (10, _WHOLE), (11, _WHOLE)),
)  # fmt: skip
#: Ordnance Survey, OS Open Names technical specification, CSV supply.
OS_OPEN_NAMES = Layout(
    "OS Open Names",
    (
        "ID", "NAMES_URI", "NAME1", "NAME1_LANG", "NAME2", "NAME2_LANG", "TYPE", "LOCAL_TYPE",
        "GEOMETRY_X", "GEOMETRY_Y", "MOST_DETAIL_VIEW_RES", "LEAST_DETAIL_VIEW_RES", "MBR_XMIN",
        "MBR_YMIN", "MBR_XMAX", "MBR_YMAX", "POSTCODE_DISTRICT", "POSTCODE_DISTRICT_URI",
        "POPULATED_PLACE", "POPULATED_PLACE_URI", "POPULATED_PLACE_TYPE", "DISTRICT_BOROUGH",
        "DISTRICT_BOROUGH_URI", "DISTRICT_BOROUGH_TYPE", "COUNTY_UNITARY", "COUNTY_UNITARY_URI",
        "COUNTY_UNITARY_TYPE", "REGION", "REGION_URI", "COUNTRY", "COUNTRY_URI",
        "RELATED_SPATIAL_OBJECT", "SAME_AS_DBPEDIA", "SAME_AS_GEONAMES",
    ),
    ((0, _OS_ID), (1, _OS_URI), (6, _OS_TYPE), (8, _FIGURE), (9, _FIGURE)),
)  # fmt: skip
#: NHS Organisation Data Service, standard 27-column CSV of organisations and their sites.
NHS_ODS = Layout(
    "NHS Organisation Data Service",
    (
        "Organisation Code", "Name", "National Grouping", "High Level Health Geography",
        "Address Line 1", "Address Line 2", "Address Line 3", "Address Line 4", "Address Line 5",
        "Postcode", "Open Date", "Close Date", "Status Code", "Organisation Sub-Type Code",
        "Parent Organisation Code", "Join Parent Date", "Left Parent Date",
        "Contact Telephone Number", "", "", "", "Amended Record Indicator",
        "", "Provider/Purchaser", "", "Practice Type", "",
    ),
    ((0, _ORGANISATION), (10, _COMPACT_DATE), (11, _COMPACT_DATE)),
)  # fmt: skip
LAYOUTS = (CODE_POINT_OPEN, CODE_POINT, OS_OPEN_NAMES, NHS_ODS)


def layout_of(rows: Sequence[Sequence[str]]) -> Layout | None:
    """The published layout that all of the first rows fit, if any.

    Args:
        rows: rows of text cells, the first row of the file first; blank rows do not count.

    Returns:
        The layout, or ``None``: then the table has to have headings.
    """
    filled = [row for row in rows[: 2 * _ROWS_TRIED] if any(c.strip() for c in row)]
    first = [[cell.strip() for cell in row] for row in filled[:_ROWS_TRIED]]
    if not first:
        return None
    return next((layout for layout in LAYOUTS if _fits(layout, first)), None)


def _fits(layout: Layout, rows: list[list[str]]) -> bool:
    """Whether each row has the layout's columns, and what must be in them."""
    width = len(layout.headings)
    return all(
        len(row) == width and all(test.fullmatch(row[place]) for place, test in layout.tests)
        for row in rows
    ) and (layout is not NHS_ODS or _mostly(rows, 9, _POSTCODE.fullmatch))


def _mostly(
    rows: list[list[str]], place: int, test: Callable[[str], object], *, share: float = 0.5
) -> bool:
    """Whether a share of the rows passes a test in one column."""
    return sum(1 for row in rows if test(row[place])) >= share * len(rows)
