"""A client that holds every answer it gets to the contract."""

from __future__ import annotations

import http.client
import json
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import quote, urlencode, urlsplit

from tests.contract_checker import API, Contract, Exchange

NO_BODY: Final = object()
REGISTRIES: Final = "/v1/integrations/registries"


def registries(team: str | None = None, identifier: str | None = None, *, modify: bool = False) -> str:
    """Return the path of the credentials of the account or of one of its teams, or of one of them."""
    base = f"/v1/teams/{quote(team, safe='')}/integrations/registries" if team is not None else REGISTRIES
    one = f"{base}/{quote(identifier, safe='')}" if identifier is not None else base
    return f"{one}/modify" if modify else one


class CheckedClient:
    """Asks a running emulator, over one connection that is kept open.

    Every answer is compared with the contract as it comes in.
    """

    def __init__(self, url: str, contract: Contract = API) -> None:
        self._contract = contract
        address = urlsplit(url)
        assert address.hostname is not None
        self._connection = http.client.HTTPConnection(address.hostname, address.port, timeout=20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        token: str | None,
        body: object = NO_BODY,
        query: dict[str, Any] | None = None,
        ascii_only: bool = True,
    ) -> Exchange:
        """Send one request and return the exchange.

        Args:
            method: the HTTP method.
            path: an encoded path.
            token: the bearer token, or None for none.
            body: a JSON value; `NO_BODY` sends none.
            query: parameters by name.
            ascii_only: escape everything outside ASCII in the JSON text.

        Raises:
            ContractViolationError: the answer is not as the contract has it.
        """
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        content = None
        if body is not NO_BODY:
            content = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8")
            headers["Content-Type"] = "application/json"
        target = f"{path}?{urlencode(query)}" if query else path
        self._connection.request(method, target, content, headers)
        response = self._connection.getresponse()
        return self._contract.check(Exchange(method, target, response.status, response.headers, response.read()))
