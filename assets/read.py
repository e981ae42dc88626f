"""Files -> frames. The only module of the package that touches the disk.

A layer is read as it stands: headings trimmed, identifiers always text, other text trimmed,
numbers as the source holds them (text in a CSV), geometry in the British National Grid
(EPSG:27700; WGS84 is converted without the OSTN15 grid, good to about 3 m). What columns
mean is the business of `assets.sheets`; what is wrong with them of `assets.checks`.
"""

from __future__ import annotations

import csv
import hashlib
import io
import warnings
import zipfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import shapely

from assets.cells import as_text, cell_text
from assets.issues import InputError, Issue, nearest
from assets.schema import LAYERS, TEXT_KINDS, heading_key, headings

CRS = "EPSG:27700"
MAX_FILE_BYTES = 512 * 2**20
MAX_UNPACKED_BYTES = 2 * 2**30
MAX_ROWS = 1_000_000
_SIDECARS = {".shp": (".dbf", ".prj", ".shx", ".cpg"), ".tab": (".dat", ".id", ".map", ".ind")}
_DELIMITERS = ",;\t|"
_CHUNK_BYTES = 2**20


def read_layer(path: Path, kind: str) -> pd.DataFrame:
    """Read one layer from CSV, XLSX, GeoPackage, Shapefile, TAB, GeoJSON or Parquet.

    Args:
        path: the file. In a file of several tables or sheets the one called ``kind`` is read,
            or the only one.
        kind: ``buildings``, ``services``, ``demand``, ``areas``, ``compatibility``, ``leases``.

    Returns:
        One row per row of the file in file order, index ``row`` = row number a person sees
        (heading = 1); wholly blank rows are left out. A GeoDataFrame in EPSG:27700 where the
        file has geometry. ``frame.attrs["issues"]`` holds warnings about the reading.

    Raises:
        InputError: unknown kind, missing, unreadable, truncated, too large, unsupported or
            empty file, headings missing or repeated, geometry without a reference system.
    """
    path = Path(path)
    if kind not in LAYERS:
        raise InputError(
            Issue("read.kind", f"no layer is called '{kind}', {nearest(kind, LAYERS)}")
        )
    try:
        _check_file(path, kind)
        frame = READERS[path.suffix.lower()](path, kind)
    except OSError as error:
        raise _unreadable(path, kind, error.strerror or str(error)) from error
    _check_frame(frame, path, kind)
    return _tidy(frame, kind)


def read_layers(paths: Mapping[str, Path]) -> dict[str, pd.DataFrame]:
    """Read several layers; every file that cannot be read is reported, once, together.

    Raises:
        InputError: with the issues of all files.
    """
    frames: dict[str, pd.DataFrame] = {}
    issues: list[Issue] = []
    for kind, path in paths.items():
        try:
            frames[kind] = read_layer(Path(path), kind)
        except InputError as error:
            issues.extend(error.issues)
    if issues:
        raise InputError(issues)
    return frames


def sha256_of(path: Path) -> str:
    """SHA-256 of a file; of a Shapefile or TAB, of its parts too (in alphabetical order).

    Raises:
        InputError: the file is missing or unreadable.
    """
    path = Path(path)
    digest = hashlib.sha256()
    try:
        for part in _parts(path):
            with part.open("rb") as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    digest.update(chunk)
    except OSError as error:
        raise _unreadable(path, "", error.strerror or str(error)) from error
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    """The file itself, then the parts that belong to it."""
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


def _check_file(path: Path, kind: str) -> None:
    """Refuse what is not there, not a file, of a format not read, or too large."""
    if not path.exists():
        folder = path.parent
        names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
        hint = (
            nearest(path.name, names)
            if names
            else f"the folder {folder} does not exist or is empty"
        )
        raise InputError(
            Issue(
                "read.missing_file",
                f"no file {path}",
                (str(path),),
                f"check the path; {hint}",
                kind,
            )
        )
    if path.suffix.lower() not in READERS:
        raise InputError(
            Issue(
                "read.unsupported",
                f"'{path.suffix}' files are not read as a layer",
                (str(path),),
                f"save it as one of {', '.join(READERS)}",
                kind,
            )
        )
    if path.is_dir():
        raise _unreadable(path, kind, "it is a folder")
    size = path.stat().st_size
    if size == 0:
        raise InputError(
            Issue("read.empty_file", "the file is empty", (str(path),), "export it again", kind)
        )
    if size > MAX_FILE_BYTES:
        raise _too_large(
            path, kind, f"{size / 2**20:,.0f} MB, more than {MAX_FILE_BYTES / 2**20:,.0f} MB"
        )


def _check_frame(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """Refuse a layer without rows (where rows are needed) or with too many."""
    if len(frame) == 0 and LAYERS[kind].needed:
        raise InputError(
            Issue(
                "read.empty_layer",
                "the layer has a heading but no rows",
                (str(path),),
                "export it again with its rows",
                kind,
            )
        )
    if len(frame) > MAX_ROWS:
        raise _too_large(path, kind, f"{len(frame):,} rows, more than {MAX_ROWS:,}")


def _unreadable(path: Path, kind: str, why: object) -> InputError:
    """The file is there but cannot be read."""
    reason = " ".join(str(why).split())
    return InputError(
        Issue(
            "read.unreadable",
            f"cannot read {path.name}: {reason}",
            (str(path),),
            "open it in the program that made it and export it again",
            kind,
        )
    )


def _too_large(path: Path, kind: str, what: str) -> InputError:
    """The file is beyond what is read."""
    return InputError(
        Issue(
            "read.too_large",
            f"{path.name} has {what}",
            (str(path),),
            "keep only the rows and columns of the study area",
            kind,
        )
    )


# --- tables ---------------------------------------------------------------------------------


def _read_csv(path: Path, kind: str) -> pd.DataFrame:
    """Comma (or semicolon, tab, bar) separated text; UTF-8, UTF-16 with a mark, or cp1252."""
    text, notes = _decoded(path, kind)
    delimiter = _delimiter(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise _unreadable(
            path, kind, f"{error} (a quotation mark not closed, or a cut-off file)"
        ) from error
    return _table(rows, path, kind, notes)


def _decoded(path: Path, kind: str) -> tuple[str, tuple[Issue, ...]]:
    """The text of a file, and a warning when its encoding had to be assumed."""
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _or_unreadable(raw, "utf-16", path, kind), ()
    if b"\0" in raw:
        raise _unreadable(path, kind, "it is not a text file")
    try:
        return raw.decode("utf-8-sig"), ()
    except UnicodeDecodeError:
        note = Issue(
            "read.encoding",
            f"{path.name} is not UTF-8; read as Windows-1252",
            (str(path),),
            "save it as 'CSV UTF-8' and check names with accents and £ signs",
            kind,
            "warning",
        )
        return _or_unreadable(raw, "cp1252", path, kind), (note,)


def _or_unreadable(raw: bytes, encoding: str, path: Path, kind: str) -> str:
    """Bytes in an encoding, or the reason why not."""
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise _unreadable(path, kind, f"its text is neither UTF-8 nor {encoding}") from error


def _delimiter(text: str) -> str:
    """The separator seen most often in the heading line; a comma when in doubt."""
    heading = text.split("\n", 1)[0]
    return max(_DELIMITERS, key=heading.count)


def _read_xlsx(path: Path, kind: str) -> pd.DataFrame:
    """A worksheet's values (formulas as their last result), the heading in its first row."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise _too_large(path, kind, f"{unpacked / 2**30:,.1f} GB when unpacked")
        rows = _sheet_rows(path, kind)
    except InputError:
        raise
    except Exception as error:  # openpyxl raises nearly anything on a damaged workbook
        raise _unreadable(path, kind, error) from error
    return _table(rows, path, kind, ())


def _sheet_rows(path: Path, kind: str) -> list[list[str]]:
    """Rows of the chosen worksheet as text."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and validations that openpyxl does not know
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            sheet = book[_choose(book.sheetnames, path, kind)]
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True, max_row=MAX_ROWS + 2)
            texts = [[cell_text(cell) for cell in row] for row in rows]
            width = max(map(len, texts), default=0)
            return [row + [""] * (width - len(row)) for row in texts]
        finally:
            book.close()


def _choose(names: Iterable[str], path: Path, kind: str) -> str:
    """The table called as the layer, or the only table.

    Raises:
        InputError: several tables and none has the layer's name.
    """
    options = list(names)
    same = [name for name in options if heading_key(name) == kind]
    if same or len(options) == 1:
        return (same or options)[0]
    raise InputError(
        Issue(
            "read.which_table",
            f"{path.name} has {len(options)} tables and none is called '{kind}'",
            tuple(options),
            f"call the right one '{kind}' or keep it in a file of its own",
            kind,
        )
    )


def _table(rows: list[list[str]], path: Path, kind: str, notes: tuple[Issue, ...]) -> pd.DataFrame:
    """Rows of text, the heading first -> frame, with every cell under a heading."""
    heading = [" ".join(cell.split()) for cell in rows[0]] if rows else []
    while heading and heading[-1] == "":
        heading.pop()
    if not heading:
        raise InputError(
            Issue(
                "read.no_heading",
                "the first row has no headings",
                (str(path),),
                "put the headings in the first row",
                kind,
            )
        )
    numbered = [
        (number, row)
        for number, row in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in row)
    ]
    notes += _uneven_rows(numbered, len(heading), kind)
    columns = _columns(heading, [row for _, row in numbered], kind)
    index = pd.Index([number for number, _ in numbered], name="row", dtype="int64")
    frame = pd.DataFrame(columns, index=index)
    frame.attrs["issues"] = notes
    return frame


def _uneven_rows(numbered: list[tuple[int, list[str]]], width: int, kind: str) -> tuple[Issue, ...]:
    """A warning about rows with too few cells.

    Raises:
        InputError: rows with cells beyond the last heading: which column they mean is a guess.
    """
    long = [f"row {number}" for number, row in numbered if any(c.strip() for c in row[width:])]
    if long:
        says = f"rows have more cells than the {width} headings"
        remedy = "put quotation marks round cells that have separators in them"
        raise InputError(Issue("read.ragged", says, tuple(long), remedy, kind))
    short = tuple(f"row {number}" for number, row in numbered if len(row) < width)
    says = f"rows have fewer cells than the {width} headings"
    remedy = "the missing cells are taken as blank; is the file complete?"
    return (Issue("read.short_row", says, short, remedy, kind, "warning"),) if short else ()


def _columns(heading: list[str], rows: list[list[str]], kind: str) -> dict[str, np.ndarray]:
    """Cells by heading; a column without heading or cells is no column."""
    columns: dict[str, np.ndarray] = {}
    faults: list[Issue] = []
    for place, name in enumerate(heading):
        cells = [" ".join(row[place].split()) if place < len(row) else "" for row in rows]
        if name == "" and any(cells):
            faults.append(
                Issue(
                    "read.no_heading",
                    f"column {place + 1} has cells but no heading",
                    (f"column {place + 1}",),
                    "give it a heading",
                    kind,
                )
            )
        elif name in columns:
            faults.append(
                Issue(
                    "read.repeated_heading",
                    f"two columns are headed '{name}'",
                    (name,),
                    "rename or delete one of them",
                    kind,
                )
            )
        elif name != "":
            columns[name] = np.array(cells, dtype=object)
    if faults:
        raise InputError(faults)
    return columns


# --- geography ------------------------------------------------------------------------------


def _read_vector(path: Path, kind: str) -> pd.DataFrame:
    """A layer of a GeoPackage, Shapefile, TAB or GeoJSON file."""
    try:
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            names = [str(name) for name, _ in pyogrio.list_layers(path)]
            layer = _choose(names, path, kind)
            frame = pyogrio.read_dataframe(path, layer=layer)
    except InputError:
        raise
    except Exception as error:  # GDAL's errors have no common ancestor but this one
        raise _unreadable(path, kind, error) from error
    notes = sorted({" ".join(str(item.message).split()) for item in heard})
    issues = tuple(Issue("read.note", note, (str(path),), "", kind, "warning") for note in notes)
    return _national_grid(frame, path, kind, issues)


def _read_parquet(path: Path, kind: str) -> pd.DataFrame:
    """A Parquet file, with geometry if it is GeoParquet."""
    try:
        geographic = b"geo" in (pq.read_schema(path).metadata or {})
        frame = gpd.read_parquet(path) if geographic else pd.read_parquet(path)
    except Exception as error:  # pyarrow and geopandas raise many kinds on damaged files
        raise _unreadable(path, kind, error) from error
    nameless = all(name is None for name in frame.index.names)
    return _national_grid(frame.reset_index(drop=nameless), path, kind, ())


def _national_grid(
    frame: pd.DataFrame, path: Path, kind: str, notes: tuple[Issue, ...]
) -> pd.DataFrame:
    """Rows numbered, geometry (if any) in EPSG:27700 without heights."""
    frame = frame.set_axis(pd.RangeIndex(2, len(frame) + 2, name="row"), axis=0)
    frame.columns = [" ".join(str(name).split()) for name in frame.columns]
    twice = tuple(sorted(set(frame.columns[frame.columns.duplicated()])))
    if twice:
        raise InputError(
            Issue(
                "read.repeated_heading",
                "columns have the same heading",
                twice,
                "rename or delete one of them",
                kind,
            )
        )
    if isinstance(frame, gpd.GeoDataFrame) and not frame.geometry.isna().all():
        if frame.crs is None:
            raise InputError(
                Issue(
                    "read.no_crs",
                    f"the geometry of {path.name} has no reference system",
                    (str(path),),
                    "save it with one (EPSG:27700 is the British National Grid)",
                    kind,
                )
            )
        flat = shapely.force_2d(frame.geometry.to_numpy())
        placed: gpd.GeoDataFrame = frame.set_geometry(flat, crs=frame.crs)
        frame = placed.to_crs(CRS)
    elif isinstance(frame, gpd.GeoDataFrame):
        frame = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    frame.attrs["issues"] = notes
    return frame


def _tidy(frame: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Identifiers and words as trimmed text; numbers, dates and geometry as they are."""
    known = headings(kind)
    layer = LAYERS[kind]
    issues = frame.attrs.get("issues", ())
    geometry = frame.geometry.name if isinstance(frame, gpd.GeoDataFrame) else None
    texts = {}
    for name in frame.columns:
        canonical = known.get(heading_key(name), ("", 0))[0]
        column = layer.find(canonical)
        wordy = column is not None and column.kind in TEXT_KINDS
        if name != geometry and (wordy or frame[name].dtype.kind not in "iufbM"):
            texts[name] = as_text(frame[name])
    tidy = frame.assign(**texts)
    tidy.attrs["issues"] = issues
    return tidy


READERS: Mapping[str, Callable[[Path, str], pd.DataFrame]] = MappingProxyType(
    {
        ".csv": _read_csv,
        ".xlsx": _read_xlsx,
        ".gpkg": _read_vector,
        ".shp": _read_vector,
        ".tab": _read_vector,
        ".geojson": _read_vector,
        ".json": _read_vector,
        ".parquet": _read_parquet,
    }
)
