"""Layers and tables -> files, each whole or not at all, safe to open in a spreadsheet."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import pyogrio
import yaml

from assets.cells import as_text, neutral
from assets.issues import InputError, Issue, nearest
from assets.schema import LAYERS


def check_target(path: Path, kind: str, *, force: bool = False) -> None:
    """Refuse a file that a layer cannot be written to, before any work is done.

    Raises:
        InputError: neither .csv nor .gpkg, outlines as CSV, a file that is there already
            (without ``force``), a folder.
    """
    suffix = path.suffix.lower()
    if suffix not in WRITERS:
        raise _refused(path, f"layers are not written as '{suffix}' files",
                       f"{nearest(suffix, WRITERS)}; use .csv or .gpkg")  # fmt: skip
    if suffix == ".csv" and LAYERS[kind].geometry == "polygon":
        raise _refused(path, f"a CSV file cannot hold the outlines of {kind}", "use .gpkg")
    if path.is_dir():
        raise _refused(path, "it is a folder", "name a file in it")
    if path.exists() and not force:
        raise _refused(path, "it is there already", "name another file, or add --force")


def _refused(path: Path, why: str, remedy: str) -> InputError:
    """The file cannot be written."""
    return InputError(Issue("write.refused", f"cannot write {path}: {why}", (str(path),), remedy))


def write_layer(frame: pd.DataFrame, path: Path, kind: str) -> Path:
    """Write a layer as CSV (UTF-8 with a mark, so that Excel reads it) or GeoPackage.

    Args:
        frame: columns as they are to be; geometry goes to a GeoPackage only.
        path: .csv or .gpkg; made beside its place and moved there when complete.
        kind: name of the layer, and of the table in a GeoPackage.

    Raises:
        InputError: see `check_target`, or the disk refuses.
    """
    check_target(path, kind, force=True)
    return _whole(path, lambda made: WRITERS[path.suffix.lower()](frame, made, kind))


def write_geopackage(layers: Mapping[str, gpd.GeoDataFrame], path: Path) -> Path:
    """Write several layers into one GeoPackage, whole or not at all; replaces what was there.

    Args:
        layers: name of each table -> its rows, in the order to write; lines and polygons as
            multi-part shapes, so that a table holds one kind.
        path: .gpkg.

    Raises:
        InputError: another ending, a folder, or the disk refuses.
    """

    def write(made: Path) -> None:
        for name, frame in layers.items():
            pyogrio.write_dataframe(frame, made, layer=name, driver="GPKG", promote_to_multi=True)

    return write_geopackage_with(write, path)


def write_geopackage_with(write: Callable[[Path], None], path: Path) -> Path:
    """Have a GeoPackage written, whole or not at all; replaces what was there.

    Raises:
        InputError: another ending, a folder, or the disk refuses.
    """
    if path.suffix.lower() != ".gpkg":
        raise _refused(path, "layers of this kind go to a GeoPackage", "name a .gpkg file")
    if path.is_dir():
        raise _refused(path, "it is a folder", "name a file in it")
    return _whole(path, write)


def write_yaml(record: Mapping[str, Any], path: Path) -> Path:
    """Write a small record as YAML, whole or not at all.

    Raises:
        InputError: the disk refuses.
    """
    text = yaml.safe_dump(dict(record), sort_keys=False, allow_unicode=True)
    return _whole(path, lambda made: made.write_text(text, encoding="utf-8"))


def write_text(text: str, path: Path) -> Path:
    """Write a text that people will edit, whole or not at all; never over a file that is there.

    Raises:
        InputError: the file is there already, or the disk refuses.
    """
    if path.exists():
        raise _refused(path, "it is there already", "name another file; yours is untouched")
    return _whole(path, lambda made: made.write_text(text, encoding="utf-8"))


def _whole(path: Path, write: Callable[[Path], Any]) -> Path:
    """Write beside the place and move there; what was there stays until then."""
    made: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{path.stem}.", dir=path.parent))
        made = folder / path.name
        write(made)
        os.replace(made, path)
    except OSError as error:
        raise _refused(
            path, error.strerror or str(error), "free space, or check the path"
        ) from error
    finally:
        if made is not None:
            made.unlink(missing_ok=True)
            made.parent.rmdir()
    return path


def _write_csv(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """Comma-separated text; no cell that a spreadsheet would run."""
    plain = pd.DataFrame(frame.drop(columns=_shape_of(frame)))
    texts = {name: as_text(plain[name]).map(neutral) for name in plain.columns}
    pd.DataFrame(texts, index=plain.index).to_csv(
        path, index=False, encoding="utf-8-sig", lineterminator="\n"
    )


def _shape_of(frame: pd.DataFrame) -> list[str]:
    """The geometry column, if any."""
    if isinstance(frame, gpd.GeoDataFrame) and frame.active_geometry_name is not None:
        return [str(frame.active_geometry_name)]
    return []


def _write_gpkg(frame: pd.DataFrame, path: Path, kind: str) -> None:
    """A GeoPackage with one table called as the layer."""
    plain = frame.reset_index(drop=True)
    plain.attrs.clear()
    pyogrio.write_dataframe(plain, path, layer=kind, driver="GPKG")


WRITERS: Mapping[str, Callable[[pd.DataFrame, Path, str], None]] = MappingProxyType(
    {".csv": _write_csv, ".gpkg": _write_gpkg}
)
