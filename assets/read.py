"""Files and database tables -> frames. With `assets.reading` all that touches the disk here.

A layer is read as it stands: headings trimmed, identifiers always text, other text trimmed,
numbers as the source holds them (text in a CSV or workbook), geometry in the British National
Grid (EPSG:27700; WGS84 is converted without the OSTN15 grid, good to about 3 m). What columns
mean is the business of `assets.naming.headings`; what is wrong with them of `assets.checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import pandas as pd

from assets.cells import as_text
from assets.issues import InputError, Issue, nearest
from assets.postgis.address import is_url
from assets.reading import source as limits
from assets.reading.delimited import read_delimited
from assets.reading.source import MAX_FILE_BYTES, MAX_ROWS, Source
from assets.reading.vector import CRS, read_parquet, read_vector
from assets.reading.workbooks import read_ods, read_xlsx
from assets.schema import LAYERS, TEXT_KINDS, heading_key, headings

__all__ = [
    "CRS",
    "MAX_FILE_BYTES",
    "MAX_ROWS",
    "is_url",
    "read_layer",
    "read_layers",
    "read_table",
    "sha256_of",
]

_SIDECARS = {".shp": (".dbf", ".prj", ".shx", ".cpg"), ".tab": (".dat", ".id", ".map", ".ind")}
_CHUNK_BYTES = 2**20


def read_layer(source: Path | str, kind: str, *, sheet: str = "") -> pd.DataFrame:
    """Read one layer from a file or a PostGIS table.

    Args:
        source: CSV, XLSX, ODS, GeoPackage, Shapefile, TAB, GeoJSON or Parquet file, or a
            ``postgresql://...?table=schema.name`` URL.
        kind: a key of `assets.schema.LAYERS`.
        sheet: which sheet or table of the file. Blank = the one called ``kind``, else the only
            one with anything in it, else the one whose headings fit clearly best.

    Returns:
        One row per row of the source in its order, index ``row`` = row number a person sees
        (in a file without title rows the heading is 1); wholly blank rows are left out. A
        GeoDataFrame in EPSG:27700 where the source has geometry. ``frame.attrs["issues"]``
        holds warnings about the reading.

    Raises:
        InputError: unknown kind, missing, unreadable, truncated, too large, unsupported or
            empty file, no headings, geometry without a reference system, several sheets that
            could be meant.
    """
    if kind not in LAYERS:
        raise InputError(
            Issue("read.kind", f"no layer is called '{kind}', {nearest(kind, LAYERS)}")
        )
    return _read(source, kind, sheet)


def read_table(source: Path | str, *, sheet: str = "") -> pd.DataFrame:
    """Read any table: postcodes, populations, scores to be joined.

    Args:
        source: as for `read_layer`.
        sheet: as for `read_layer`; headings of any layer or published table count.

    Returns:
        As `read_layer`; every column that is neither a number, a date nor geometry is text.

    Raises:
        InputError: as `read_layer`.
    """
    return _read(source, "", sheet)


def read_layers(paths: Mapping[str, Path | str]) -> dict[str, pd.DataFrame]:
    """Read several layers; every source that cannot be read is reported, once, together.

    Raises:
        InputError: with the issues of all sources.
    """
    frames: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []
    for kind, path in paths.items():
        try:
            frames[kind] = read_layer(path, kind)
        except InputError as error:
            issues.extend(error.issues)
    if issues:
        raise InputError(issues)
    return frames


def sha256_of(source: Path | str) -> str:
    """SHA-256 of a file (of a Shapefile or TAB, of its parts too), or of a table's rows.

    Raises:
        InputError: the source is missing or unreadable.
    """
    if is_url(source):
        from assets.database import fingerprint  # a database driver, for those who need one

        return fingerprint(str(source))
    path = Path(source)
    digest = hashlib.sha256()
    try:
        for part in parts_of(path):
            with part.open("rb") as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    digest.update(chunk)
    except OSError as error:
        raise Source(path).unreadable(error.strerror or error) from error
    return digest.hexdigest()


def parts_of(path: Path) -> list[Path]:
    """The file itself, then the parts that belong to it, in alphabetical order."""
    suffixes = _SIDECARS.get(path.suffix.lower(), ())
    beside = path.parent.iterdir() if suffixes else ()
    return [
        path,
        *sorted(
            other
            for other in beside
            if other.stem == path.stem and other.suffix.lower() in suffixes
        ),
    ]


def _read(source: Path | str, kind: str, sheet: str) -> pd.DataFrame:
    """A source of any sort as a tidy frame."""
    if is_url(source):
        from assets.database import read_table as read_database

        return _tidy(read_database(str(source), layer=kind), kind)
    file = Source(Path(source), kind, sheet)
    try:
        _check_file(file)
        frame = READERS[file.path.suffix.lower()](file)
    except OSError as error:
        raise file.unreadable(error.strerror or error) from error
    if len(frame) == 0 and (not kind or LAYERS[kind].needed):
        raise file.refusal(
            "empty_layer",
            "the layer has a heading but no rows",
            remedy="export it again with its rows",
        )
    file.check_counts(len(frame), len(frame.columns))
    return frame if file.path.suffix.lower() in TEXTS else _tidy(frame, kind)


def _check_file(file: Source) -> None:
    """Refuse what is not there, not a file, of a format not read, or too large."""
    path = file.path
    if not path.exists():
        folder = path.parent
        names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        missing = f"the folder {folder} does not exist or is empty"
        hint = nearest(path.name, names) if names else missing
        raise file.refusal("missing_file", f"no file {path}", remedy=f"check the path; {hint}")
    if path.suffix.lower() not in READERS:
        raise file.refusal(
            "unsupported",
            f"'{path.suffix}' files are not read as a layer",
            remedy=f"save it as one of {', '.join(READERS)}",
        )
    if path.is_dir():
        raise file.unreadable("it is a folder")
    size = path.stat().st_size
    if size == 0:
        raise file.refusal("empty_file", "the file is empty", remedy="export it again")
    if size > limits.MAX_FILE_BYTES:
        raise file.too_large(
            f"{size / 2**20:,.0f} MB, more than {limits.MAX_FILE_BYTES / 2**20:,.0f} MB"
        )


def _tidy(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Identifiers and words as trimmed text; numbers, dates and geometry as they are."""
    issues = frame.attrs.get("issues", ())
    geometry = frame.active_geometry_name if isinstance(frame, gpd.GeoDataFrame) else None
    texts = {
        name: as_text(frame[name])
        for name in frame.columns
        if name != geometry and (_wordy(str(name), kind) or frame[name].dtype.kind not in "iufbM")
    }
    tidy = frame.assign(**texts)
    tidy.attrs["issues"] = issues
    return tidy


def _wordy(heading: str, kind: str) -> bool:
    """Whether a heading means a column of text."""
    if not kind:
        return False
    name = headings(kind).get(heading_key(heading), ("", 0))[0]
    column = LAYERS[kind].find(name)
    helper = any(name == other.name for other in LAYERS[kind].helpers)
    return helper if column is None else column.kind in TEXT_KINDS


#: Formats that hold nothing but text, or are read as text: tidy as they come.
TEXTS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".ods")
READERS: Mapping[str, Callable[[Source], pd.DataFrame]] = MappingProxyType(
    {
        ".csv": read_delimited,
        ".tsv": read_delimited,
        ".txt": read_delimited,
        ".xlsx": read_xlsx,
        ".xlsm": read_xlsx,
        ".ods": read_ods,
        ".gpkg": read_vector,
        ".shp": read_vector,
        ".tab": read_vector,
        ".geojson": read_vector,
        ".json": read_vector,
        ".parquet": read_parquet,
    }
)
