"""Addresses of databases: what they name, and how they are shown without a password. Pure.

    postgresql://USER:PASSWORD@HOST:PORT/DATABASE?table=SCHEMA.TABLE&sslmode=require

``table`` and ``geometry`` (which geometry column, where a table has several) are Groundplan's;
every other parameter is libpq's. What has a meaning in an address (``@ / ? % &``) is written
percent-encoded inside a user name, password or table name. An address that breaks this is
refused and shown as stars: a password cut in two must not come out as a host name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

from assets.issues import InputError, Issue

FORM = "postgresql://USER@HOST:PORT/DATABASE?table=SCHEMA.TABLE"
_SCHEME = re.compile(r"postgres(?:ql)?:/+", re.IGNORECASE)
#: An address amid other words, and what follows it up to the line's last ``@``, if there is one.
_IN_TEXT = re.compile(
    r"(postgres(?:ql)?:/+[^\s\"'<>]*)((?:(?!postgres(?:ql)?:/)[^\n])*@[^\s\"'<>]*)?",
    re.IGNORECASE,
)
_HOST = r"(?:\[[0-9A-Fa-f:.%]*\]|[^:@/?\[\]\s,]*)(?::[0-9]*)?"
_PARTS = re.compile(
    r"(?P<scheme>postgres(?:ql)?)://"
    r"(?:(?P<user>[^:@/?\s]*)(?P<secret>:[^@/?\s]*)?@)?"
    rf"(?P<host>{_HOST}(?:,{_HOST})*)"
    r"(?P<database>/[^@/?\s]*)?"
    r"(?:\?(?P<query>[^@\s]*))?",
    re.IGNORECASE,
)
_OURS = ("table", "geometry")
#: Parameters whose values may be shown; a mistyped ``pasword=`` must not be.
_SHOWN = (
    *_OURS, "application_name", "connect_timeout", "dbname", "gssencmode", "host", "hostaddr",
    "port", "sslmode", "target_session_attrs", "user",
)  # fmt: skip
_NAME = r'(?:"(?:[^"]|"")+"|[^".]+)'
_TABLE = re.compile(rf'(?:(?P<schema>{_NAME})\.)?(?P<table>"(?:[^"]|"")+"|[^".][^"]*)')
#: What stands for a password, or for a value that may be one.
STARS = "***"


@dataclass(frozen=True)
class Address:
    """What an address names.

    Attributes:
        server: the address for libpq, with whatever password is in it; never shown.
        shown: the address without its password.
        schema: schema of the table; ``""`` = found by the server's search path.
        table: name of the table; ``""`` = none given.
        geometry: geometry column to read; ``""`` = the only one.
    """

    server: str = field(repr=False)
    shown: str
    schema: str = ""
    table: str = ""
    geometry: str = ""


def is_url(source: object) -> bool:
    """Whether a source is the address of a database rather than a file."""
    return isinstance(source, str) and _SCHEME.match(source.strip()) is not None


def redacted(text: str) -> str:
    """A text with every database address in it shown without its password."""
    if is_url(text):
        return _without_secret(text.strip())
    return _IN_TEXT.sub(_found_in_text, text) if "postgres" in text.lower() else text


def _found_in_text(found: re.Match[str]) -> str:
    """An address amid other words; stars to the last ``@`` where a password may have a space."""
    return f"postgresql://{STARS}" if found[2] else _without_secret(found[1])


def address_of(url: str) -> Address:
    """Take an address apart.

    Raises:
        InputError: it is not an address, or its parts cannot be told apart.
    """
    text = url.strip()
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise InputError(_unreadable(text))
    given: dict[str, str] = {}
    kept = []
    for item in filter(None, (parts["query"] or "").split("&")):
        key, _, value = item.partition("=")
        if key not in _OURS:
            kept.append(item)
        elif key in given:
            raise InputError(_unreadable(text, f"the address of the database has two '{key}='"))
        else:
            given[key] = unquote(value)
    schema, table = _table(text, given.get("table", ""))
    server = text.partition("?")[0] + ("?" + "&".join(kept) if kept else "")
    return Address(server, redacted(text), schema, table, given.get("geometry", ""))


def _table(url: str, given: str) -> tuple[str, str]:
    """``schema.table`` (either in double quotes if it holds a dot) -> schema, table."""
    if given == "":
        return "", ""
    found = _TABLE.fullmatch(given)
    if found is None:
        raise InputError(_unreadable(url, f"'{given}' is not the name of a table"))
    return _unquoted(found["schema"] or ""), _unquoted(found["table"])


def _unquoted(name: str) -> str:
    """A name without the double quotes that hold it together."""
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _without_secret(url: str) -> str:
    """An address with stars for its password and for whatever is not known to be harmless."""
    parts = _PARTS.fullmatch(url)
    if parts is None:
        return f"postgresql://{STARS}"
    shown = f"{parts['scheme']}://"
    if parts["user"] is not None:
        shown += parts["user"] + (f":{STARS}" if parts["secret"] else "") + "@"
    shown += parts["host"] + (parts["database"] or "")
    items = [_shown_item(item) for item in (parts["query"] or "").split("&") if item]
    return shown + ("?" + "&".join(items) if items else "")


def _shown_item(item: str) -> str:
    """``key=value``, or ``key=***``."""
    key, _, _ = item.partition("=")
    return item if key in _SHOWN else f"{key}={STARS}"


def _unreadable(url: str, why: str = "the address of the database cannot be read") -> Issue:
    """The address breaks the form."""
    return Issue(
        "database.address",
        why,
        (redacted(url),),
        f"write it as {FORM}; in a name or password write @ as %40, / as %2F, ? as %3F, % as %25",
    )
