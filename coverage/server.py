"""Questions to a routing server over http or https, and what may go wrong with them.

With `coverage.sources.place` all that touches the internet here, and it goes nowhere but to the
server named: no redirects, no proxies from the environment.
"""

from __future__ import annotations

import http.client
import json
import ssl
import time
from types import TracebackType
from typing import Any

from assets.issues import InputError, Issue

TIMEOUT_S = 60.0
TRIES = 4
PAUSE_S = 0.5
"""Wait before the second try; twice as long before each further one."""
MAX_BYTES = 256 * 2**20
_PASSING = (429, 500, 502, 503, 504)


class TooMuchError(Exception):
    """The server finds a request too large; a smaller one may do."""


def refused(rule: str, message: str, remedy: str = "", ids: tuple[str, ...] = ()) -> InputError:
    """An error about a routing server."""
    return InputError(Issue(f"times.{rule}", message, ids, remedy=remedy))


def bad_answer(url: str, why: str) -> InputError:
    """The server answers, but not as it should."""
    return refused("engine", f"the server at {url} gives no usable answer: {why}",
                   "is an OSRM server (osrm-routed) running at this address?")  # fmt: skip


class _TryAgainError(Exception):
    """An answer that may be better next time."""


class Server:
    """A connection to a server, kept open from one question to the next."""

    def __init__(self, host: str, port: int, secure: bool, authorization: str = "") -> None:
        self.url = f"{'https' if secure else 'http'}://{host}:{port}"
        self._headers = {"Accept": "application/json", "User-Agent": "Groundplan"}
        if authorization:
            self._headers["Authorization"] = authorization
        self._connection = (
            http.client.HTTPSConnection(
                host, port, timeout=TIMEOUT_S, context=ssl.create_default_context()
            )
            if secure
            else http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        )

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def ask(self, path: str) -> dict[str, Any]:
        """The JSON object that answers a request.

        Raises:
            TooMuchError: the request is too large for the server.
            InputError: no answer after several tries, a redirect, or no JSON object.
        """
        said = ""
        for number in range(TRIES):
            if number:
                time.sleep(PAUSE_S * 2 ** (number - 1))
            try:
                return self._once(path)
            except ssl.SSLCertVerificationError as error:
                raise self._silent(f"its certificate is not trusted: {error.verify_message}") from (
                    error
                )
            except _TryAgainError as error:
                said = str(error)
            except (OSError, http.client.HTTPException) as error:
                said = str(getattr(error, "strerror", None) or error) or type(error).__name__
            self._connection.close()
        raise self._silent(said)

    def _silent(self, said: str) -> InputError:
        message = f"no answer from the server at {self.url}: {' '.join(said.split())[:200]}"
        return refused("engine", message, "is it running, and is the address right?")

    def _once(self, path: str) -> dict[str, Any]:
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        body = response.read(MAX_BYTES + 1)
        if 300 <= response.status < 400:
            raise bad_answer(self.url, f"it redirects elsewhere ({response.status})")
        if response.status in _PASSING:
            raise _TryAgainError(f"{response.status} {response.reason}")
        if response.status in (413, 414, 431):
            raise TooMuchError(f"{response.status} {response.reason}")
        if len(body) > MAX_BYTES:
            raise bad_answer(self.url, "its answer is endless")
        return self._parsed(body, response)

    def _parsed(self, body: bytes, response: http.client.HTTPResponse) -> dict[str, Any]:
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError) as error:
            if response.status != 200:
                raise bad_answer(self.url, f"{response.status} {response.reason}") from error
            kind = response.headers.get_content_type()
            what = "JSON cut short" if kind == "application/json" else kind
            raise bad_answer(self.url, f"{what} in place of a table") from error
        if not isinstance(answer, dict):
            raise bad_answer(self.url, "its answer is not a table")
        if answer.get("code") == "TooBig":
            raise TooMuchError(str(answer.get("message", "TooBig"))[:200])
        return answer
