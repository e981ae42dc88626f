"""Publications of national bodies, known by their headings: what else they say. Pure.

A publication is recognised only if all the headings it needs are there. It may give a heading a
meaning that the heading alone does not have ("Type" in a list of libraries is their use), and
say what is the same for every row (everything in a list of fire stations is a fire station).
Constants fill only columns the source lacks, and the account says where they come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import pandas as pd

from assets.cells import as_text
from assets.naming.aliases import spread
from assets.schema import meaning_key

_NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True)
class Publication:
    """One publication.

    Attributes:
        name: what it is called, with its publisher.
        needs: headings that must all be there; ``a | b`` = either; ``YYYY``, ``YY`` = any year.
        columns: layer -> heading -> column or helper it means here; ``""`` = not used; layer
            ``""`` = every layer that has the column.
        constants: layer -> column -> value of every row.
        hint: what to do with it instead, where it is no layer by itself.
    """

    name: str
    needs: tuple[str, ...]
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    constants: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    hint: str = ""

    def meaning(self, layer_name: str) -> Mapping[str, str]:
        """Heading key -> column, for one layer."""
        told = {**self.columns.get("", {}), **self.columns.get(layer_name, {})}
        return {meaning_key(one): name for h, name in told.items() for one in spread(h)}


def _service(service: str, asset_type: str) -> Mapping[str, Mapping[str, str]]:
    """Constants of a list whose rows all are of one service in one type of building."""
    return {
        "buildings": {"asset_type": asset_type},
        "services": {"service_type": service, "asset_type": asset_type},
        "stations": {"service_type": service, "asset_type": asset_type},
    }


def _organisation(heading: str) -> Mapping[str, Mapping[str, str]]:
    """A heading that names the body: owner of a building, operator of a service."""
    return {
        "buildings": {heading: "owner"},
        "stations": {heading: "owner"},
        "services": {heading: "operator"},
    }


_POSTCODES = "it locates rows by their postcodes: give it with --postcodes"
PUBLICATIONS: tuple[Publication, ...] = (
    Publication(
        "Home Office: fire stations in England",
        ("FRS_FULLNAME", "STATION_NAME"),
        columns={**_organisation("FRS_FULLNAME"), "": {"E_CODE": ""}},
        constants=_service("fire", "fire_station"),
    ),
    Publication(
        "Government Digital Service: fire stations",
        ("fire-station", "fire-duty-type"),
        columns={
            "buildings": {"fire-station": "asset_id", "fire-authority": "owner"},
            "stations": {"fire-station": "station_id", "fire-authority": "owner"},
            "services": {"fire-station": "unit_id", "fire-authority": "operator"},
            "": {"fire-duty-type": "duty_system", "end-date": "closed", "start-date": ""},
        },
        constants=_service("fire", "fire_station"),
    ),
    Publication(
        "Cadcorp Workload Modeller: stations (tblBases)",
        ("BaseId", "BaseName", "StaffSystem | OverBorder | MaxAppliances"),
        columns={
            "buildings": {"BaseId": "asset_id"},
            "stations": {"BaseId": "station_id"},
            "services": {"BaseId": "unit_id"},
            # MaxAppliances is what a station could hold, not what it has.
            "": {"BaseName": "name", "StaffSystem": "duty_system", "OverBorder": "over_border",
                 "MaxAppliances": "", "SelectionOrder": "", "CoverSuppliedAfterMins": ""},
        },
        constants=_service("fire", "fire_station"),
    ),
    Publication(
        "Arts Council England: basic dataset for libraries",
        ("Reporting service", "Name | Library name", "Type | Type of library", "Year closed"),
        columns={
            **_organisation("Reporting service"),
            "": {
                "Type": "use", "Type of library": "use", "Library name": "name",
                "Reporting service code": "", "Operating organisation": "", "Department": "",
                "Upper tier local authority": "",
            },
        },
        constants=_service("library", "library"),
    ),
    Publication(
        "Libraries Taskforce: public libraries",
        ("Library service | Local authority", "Library name",
         "Statutory provision YYYY | In use YYYY | Postal address | Statutory YYYY"),
        columns={
            "buildings": {"Library service": "owner", "Local authority": "owner"},
            "stations": {"Library service": "owner", "Local authority": "owner"},
            "services": {"Library service": "operator", "Local authority": "operator"},
            "": {"Library type": "use", "Type of library": "use"},
        },
        constants=_service("library", "library"),
    ),
    Publication(
        "National list of public libraries",
        ("Library name", "Type of library", "Statutory"),
        columns={"": {"Type of library": "use"}},
        constants=_service("library", "library"),
    ),
    Publication(
        "NHS Organisation Data Service",
        ("Organisation Code", "National Grouping", "High Level Health Geography"),
        columns={
            "buildings": {"Organisation Code": "asset_id"},
            "stations": {"Organisation Code": "station_id"},
            "services": {"Organisation Code": "unit_id"},
            "": {
                "Name": "name", "Organisation Name": "name", "Close Date": "closed",
                "Address Line 4": "post_town", "Address Line 5": "", "Open Date": "",
                "Parent Organisation Code": "", "Status Code": "", "Practice Type": "",
            },
        },
    ),
    Publication(
        "Department for Education: Get Information about Schools",
        ("URN", "EstablishmentName", "TypeOfEstablishment (name) | EstablishmentTypeGroup (name)"),
        columns={
            "buildings": {"URN": "asset_id"},
            "stations": {"URN": "station_id"},
            "services": {"URN": "unit_id"},
            "": {"EstablishmentName": "name", "TypeOfEstablishment (name)": "use",
                 "CloseDate": "closed", "Street": "street", "Locality": "locality",
                 "Town": "post_town", "DistrictAdministrative (code)": "district_id",
                 "AdministrativeWard (code)": "ward_code", "LA (name)": ""},
        },
        constants={"buildings": {"asset_type": "school"}, "services": {"asset_type": "school"}},
    ),
    Publication(
        "OS OpenMap - Local: important buildings",
        ("DISTNAME", "BUILDGTHEM", "CLASSIFICA"),
        columns={
            "buildings": {"ID": "asset_id"}, "stations": {"ID": "station_id"},
            "services": {"ID": "unit_id"},
            "": {"DISTNAME": "name", "CLASSIFICA": "use", "BUILDGTHEM": "use_2"},
        },
    ),
    Publication(
        "Local Government Transparency Code: land and building assets (LGA schema)",
        ("AssetCode", "TenureType", "TenureDetail"),
        columns={"": {"TenureType": "tenure", "TenureDetail": "tenure_category",
                      "OtherDetail": "use", "HoldingType": "holding_type",
                      "BuildingSize": "gia_m2", "LandArea": "site_area_ha",
                      "EffectiveDate": "as_at", "OrganisationURI": "",
                      "CoordinateReferenceSystem": ""}},
    ),
    Publication(
        "InSite (e-PIMS): holdings and leases",
        ("Annual rent", "Expiry Date",
         "Break penalty | Break notice term | Lease break in place | Repair Liability"),
        columns={
            "leases": {"Earliest break date": "break_dates", "Actual break date": "break_dates",
                       "Last break date": "break_dates", "Lease break in place": "",
                       "Review Date": "", "Landlord": "", "Repair Liability": ""},
            "buildings": {"Landlord": "", "Start Date": "", "Expiry Date": ""},
        },
    ),
    Publication(
        "MHCLG: English Indices of Deprivation",
        ("LSOA code (YYYY)",
         "Index of Multiple Deprivation (IMD) Score | Index of Multiple Deprivation (IMD) Rank "
         "(where 1 is most deprived) | Total population: mid YYYY (excluding prisoners)"),
        columns={"demand": {"LSOA code (YYYY)": "demand_id", "LSOA name (YYYY)": "name"}},
    ),
    Publication(
        "Code-Point Open",
        ("Postcode", "Positional_quality_indicator", "Eastings", "Northings"),
        hint=_POSTCODES,
    ),
    Publication(
        "OS Open Names", ("NAMES_URI", "NAME1", "LOCAL_TYPE", "GEOMETRY_X"), hint=_POSTCODES
    ),
    Publication(
        "ONS Postcode Directory",
        ("pcds", "oseast1m | oa21 | oa11 | lsoa21 | lsoa11", "doterm"),
        hint=_POSTCODES,
    ),
    Publication(
        "OS Open UPRN",
        ("UPRN", "X_COORDINATE", "Y_COORDINATE", "LATITUDE", "LONGITUDE"),
        columns={"": {"X_COORDINATE": "easting", "Y_COORDINATE": "northing"}},
        hint="it gives a place for a UPRN: join it to a register by that",
    ),
    Publication(
        "ONS: population-weighted centroids",
        ("OAYYCD | LSOAYYCD | MSOAYYCD", "x", "y"),
        columns={"demand": {"x": "easting", "y": "northing"}},
    ),
    Publication("ONS: wards", ("WDYYCD",), constants={"areas": {"kind": "ward"}}),
    Publication(
        "ONS: built-up areas", ("BUAYYCD | gsscode", "BUAYYNM | name1_text"),
        constants={"areas": {"kind": "town"}},
    ),
    Publication(
        "ONS: local authorities", ("LADYYCD | LTLAYYCD | UTLAYYCD | CTYUAYYCD",),
        constants={"areas": {"kind": "district"}},
    ),
)  # fmt: skip

#: First characters of an ONS code -> kind of area it is of.
_KINDS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"[EW]05[0-9]{6}|S13[0-9]{6}|N08[0-9]{6}"), "ward"),
    (re.compile(r"E0[6-9][0-9]{6}|E10[0-9]{6}|W06[0-9]{6}|S12[0-9]{6}|N09[0-9]{6}"), "district"),
    (re.compile(r"[EWK]3[45][0-9]{6}|E63[0-9]{6}|W45[0-9]{6}"), "town"),
)


def recognised(headings: Iterable[str]) -> Publication | None:
    """The publication whose headings are all there; the first listed where several are."""
    have = {meaning_key(heading) for heading in headings}
    for publication in PUBLICATIONS:
        if all(_met(need, have) for need in publication.needs):
            return publication
    return None


def _met(need: str, have: set[str]) -> bool:
    """Whether one of the alternatives of a need is there."""
    return any(meaning_key(one) in have for part in need.split("|") for one in spread(part.strip()))


def kind_of_codes(codes: pd.Series) -> str:
    """Kind of area that ONS codes are of (ward, district, town); ``""`` unless all say the same.

    The first three characters of an ONS code name the kind of area (Register of Geographic
    Codes, Office for National Statistics).
    """
    text = as_text(codes)
    different = text[text != ""].unique()
    if len(different) == 0:
        return ""
    for pattern, kind in _KINDS:
        if all(pattern.fullmatch(code) for code in different):
            return kind
    return ""
