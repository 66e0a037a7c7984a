"""A small client of Northflank's container-registry credentials."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class ApiError(Exception):
    def __init__(self, answer: HTTPError) -> None:
        error = json.load(answer)["error"]
        super().__init__(error["message"])
        self.status = answer.code
        self.fields: dict[str, list[str]] = error.get("details", {})
        self.retry_after = int(answer.headers.get("Retry-After", 0))


class Registries:
    def __init__(self, token: str, url: str = "https://api.northflank.com") -> None:
        self._url = f"{url}/v1/integrations/registries"
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def add(self, name: str, provider: str, **rest: object) -> Any:
        return self._call("POST", body={"name": name, "provider": provider, **rest})["data"]

    def get(self, identifier: str) -> Any:
        return self._call("GET", f"/{quote(identifier, safe='')}")["data"]

    def all(self, per_page: int = 100) -> Iterator[Any]:
        query: dict[str, object] = {"per_page": per_page}
        while True:
            page = self._call("GET", f"?{urlencode(query)}")
            yield from page["data"]["credentials"]
            if not page["pagination"]["hasNextPage"]:
                return
            query["cursor"] = page["pagination"]["cursor"]

    def _call(self, method: str, path: str = "", body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(
                Request(self._url + path, data, self._headers, method=method), timeout=10
            ) as answer:
                return json.load(answer)
        except HTTPError as error:
            with error:
                raise ApiError(error) from None
