"""The handlers of the resource: each checks the request, calls the store once and cuts the answer out of rows."""

from __future__ import annotations

import functools
from collections.abc import Callable

from aiohttp import web

from emulator import codec
from emulator.api import operations
from emulator.api.answers import Answer, data
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.guard import Guard
from emulator.api.paging import read_list_query, usual_list_query
from emulator.changes import merge, replace
from emulator.errors import EmptyUpdateError, PageBeyondLastError, UnknownCursorError
from emulator.models import Page
from emulator.namespace import Namespace
from emulator.records import Times, full, given_times, render

_NOTHING = b"{}"


class Registries:
    """Container-registry credentials of accounts and of their teams."""

    def __init__(self, emulation: Emulation) -> None:
        self._store = emulation.store
        self._readings = emulation.readings

    def register(self, app: web.Application, guard: Guard) -> None:
        """Add the routes, account and team alike."""
        for both, handler in (
            (operations.ADD, self.add),
            (operations.LIST, self.list),
            (operations.GET, self.get),
            (operations.UPDATE, self.update),
            (operations.MODIFY, self.update),
            (operations.DELETE, self.delete),
        ):
            for operation in both:
                guard.register(app, operation, handler)

    def add(self, call: Call) -> Answer:
        """POST /v1/integrations/registries."""
        readings = self._readings
        behaviour = readings.behaviour
        reader = readings.create
        text = call.text
        times: Times | None = None
        new = reader.ready(text)
        if new is None:
            body = readings.loads(text)
            document = reader.read(body)
            new = document["name"], render(document)
            if behaviour.request_timestamps == "take":
                times = given_times(body, call.now)
        row = self._namespace(call, create=True).add(
            *new,
            suffix=behaviour.duplicate_name == "suffix",
            reuse=behaviour.deleted_name == "free",
            times=times,
        )
        return data(
            full(row, secrets=behaviour.secrets == "return", times=behaviour.add_timestamps == "return"),
        )

    def list(self, call: Call) -> Answer:
        """GET /v1/integrations/registries."""
        behaviour = self._readings.behaviour
        asked = usual_list_query(call.message.path) or read_list_query(call.message.url.query, behaviour)
        per_page, number, cursor = asked
        namespace = self._namespace(call)
        read: Callable[..., Page] = namespace.page
        if behaviour.list_order != "creation":
            by_name = behaviour.list_order == "name"
            read = namespace.page_by_name if by_name else functools.partial(namespace.page, newest_first=True)
        try:
            page = read(limit=per_page, number=number, cursor=cursor)
        except UnknownCursorError:
            if behaviour.unknown_cursor == "reject":
                raise
            page = read(limit=per_page)
        if not page.items and number > 1 and cursor is None and behaviour.page_beyond_last == "reject":
            raise PageBeyondLastError
        return Answer(_page(page))

    def get(self, call: Call) -> Answer:
        """GET /v1/integrations/registries/{credentialId}."""
        row = self._namespace(call).get(call.parameters["credentialId"])
        return data(full(row, secrets=self._readings.behaviour.secrets == "return"))

    def update(self, call: Call) -> Answer:
        """PATCH /v1/integrations/registries/{credentialId}, and POST .../modify of older clients."""
        readings = self._readings
        behaviour = readings.behaviour
        body = readings.loads(call.text) if call.text else {}
        changes = readings.update.read(body)
        combine = merge if behaviour.partial_update == "merge" else replace
        namespace, registry_id = self._namespace(call), call.parameters["credentialId"]
        if behaviour.empty_update == "reject" and not body:
            namespace.get(registry_id)  # an id that is not there is told first
            raise EmptyUpdateError
        namespace.update(registry_id, lambda document: combine(document, changes))
        return data(_NOTHING)

    def delete(self, call: Call) -> Answer:
        """DELETE /v1/integrations/registries/{credentialId}."""
        behaviour = self._readings.behaviour
        namespace, registry_id = self._namespace(call), call.parameters["credentialId"]
        again = behaviour.repeated_delete == "success"
        if again and registry_id not in namespace and namespace.remembers(registry_id):
            return data(_NOTHING)
        namespace.delete(registry_id, remember=again or behaviour.deleted_name == "taken")
        return data(_NOTHING)

    def _namespace(self, call: Call, *, create: bool = False) -> Namespace:
        return self._store.namespace(call.caller.account, call.parameters.get("teamId"), create=create)


def _page(page: Page) -> bytes:
    pagination: dict[str, object] = {"hasNextPage": page.cursor is not None, "count": len(page.items)}
    if page.cursor is not None:
        # Absent, not null, on the last page: the official JS client would go on for ever.
        pagination["cursor"] = page.cursor
    return b'{"data":{"credentials":[%b]},"pagination":%b}' % (b",".join(page.items), codec.dumps(pagination))
