"""What makes the store's file a GeoPackage: QGIS then maps ``buildings`` and their counts.

Geometry is a point of the British National Grid in GeoPackage's own coding: a header ("GP",
version, flags, reference system) before well-known binary.

Source: OGC 12-128r18, GeoPackage Encoding Standard, clauses 1.1 and 2.1.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

from optimise.store.database import Work
from optimise.store.ddl import counts_query
from optimise.store.schema import COUNTS, MARK

APPLICATION_ID = 0x47504B47
USER_VERSION = 10300
GRID = 27700
TABLES = ("gpkg_geometry_columns", "gpkg_contents", "gpkg_spatial_ref_sys")
_WKT = (
    'PROJCS["OSGB36 / British National Grid",GEOGCS["OSGB36",DATUM["Ordnance_Survey_of_Great_'
    'Britain_1936",SPHEROID["Airy 1830",6377563.396,299.3249646,AUTHORITY["EPSG","7001"]],'
    'AUTHORITY["EPSG","6277"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",'
    '0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4277"]],'
    'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",49],'
    'PARAMETER["central_meridian",-2],PARAMETER["scale_factor",0.9996012717],'
    'PARAMETER["false_easting",400000],PARAMETER["false_northing",-100000],UNIT["metre",1,'
    'AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],'
    'AUTHORITY["EPSG","27700"]]'
)
_WKT_WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG",'
    '"7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
    'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]'
)
_SYSTEMS = (
    ("Undefined Cartesian", -1, "NONE", -1, "undefined", None),
    ("Undefined geographic", 0, "NONE", 0, "undefined", None),
    ("WGS 84", 4326, "EPSG", 4326, _WKT_WGS84, None),
    ("OSGB36 / British National Grid", GRID, "EPSG", GRID, _WKT, None),
)
_TABLES = (
    "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY "
    "KEY, organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT "
    "NOT NULL, description TEXT)",
    "CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, "
    "identifier TEXT UNIQUE, description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT "
    "'1970-01-01T00:00:00.000Z', min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id "
    "INTEGER)",
    "CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, "
    "geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT "
    "NOT NULL, PRIMARY KEY (table_name, column_name))",
)
_LAYERS = ("buildings", COUNTS.name)


def point(easting: float | None, northing: float | None) -> bytes | None:
    """A place in GeoPackage's coding; None = not known."""
    if easting is None or northing is None:
        return None
    return struct.pack("<2sBBi", b"GP", 0, 1, GRID) + struct.pack("<BIdd", 1, 1, easting, northing)


def with_shapes(views: Mapping[str, str]) -> dict[str, str]:
    """The views, with counts as a layer of points."""
    return {**views, COUNTS.name: counts_query(shape="b.geom")}


def register(work: Work) -> None:
    """Say in the file that it is a GeoPackage, and which of its tables are layers or tables."""
    work.rows(f"PRAGMA application_id={APPLICATION_ID}")
    work.rows(f"PRAGMA user_version={USER_VERSION}")
    for statement in _TABLES:
        work.rows(statement)
    work.fill("gpkg_spatial_ref_sys",
              ("srs_name", "srs_id", "organization", "organization_coordsys_id", "definition",
               "description"), _SYSTEMS)  # fmt: skip
    work.fill("gpkg_contents", ("table_name", "data_type", "identifier", "description", "srs_id"),
              [(name, "features", name, MARK, GRID) for name in _LAYERS])  # fmt: skip
    work.fill("gpkg_geometry_columns",
              ("table_name", "column_name", "geometry_type_name", "srs_id", "z", "m"),
              [(name, "geom", "POINT", GRID, 0, 0) for name in _LAYERS])  # fmt: skip
