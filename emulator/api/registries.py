"""The handlers of the resource: each checks the request, calls the store once and cuts the answer out of rows."""

from __future__ import annotations

from aiohttp import web

from emulator import codec
from emulator.api import operations
from emulator.api.answers import Answer, data
from emulator.api.bodies import read_json
from emulator.api.calls import Call
from emulator.api.emulation import Emulation
from emulator.api.guard import Guard
from emulator.api.paging import read_list_query
from emulator.changes import merge, replace
from emulator.errors import UnknownCursorError
from emulator.models import Page
from emulator.records import full, item
from emulator.store import Namespace

_NOTHING = b"{}"


class Registries:
    """Container-registry credentials of accounts and of their teams."""

    def __init__(self, emulation: Emulation) -> None:
        self._store = emulation.store
        self._readings = emulation.readings
        self._max_body = emulation.settings.max_body

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

    async def add(self, call: Call) -> Answer:
        """POST /v1/integrations/registries."""
        readings = self._readings
        behaviour = readings.behaviour
        body = await read_json(call, limit=self._max_body, type_required=behaviour.missing_content_type == "reject")
        document = readings.create.read(body)
        namespace = self._namespace(call, create=True)
        row = namespace.add(document, suffix=behaviour.duplicate_name == "suffix")
        return data(
            full(row, secrets=behaviour.secrets == "return", times=behaviour.add_timestamps == "return"),
        )

    async def list(self, call: Call) -> Answer:
        """GET /v1/integrations/registries."""
        behaviour = self._readings.behaviour
        per_page, number, cursor = read_list_query(call.request.query, behaviour)
        namespace = self._namespace(call)
        try:
            page = namespace.page(limit=per_page, number=number, cursor=cursor)
        except UnknownCursorError:
            if behaviour.unknown_cursor == "reject":
                raise
            page = namespace.page(limit=per_page)
        return Answer(_page(page))

    async def get(self, call: Call) -> Answer:
        """GET /v1/integrations/registries/{credentialId}."""
        row = self._namespace(call).get(call.parameters["credentialId"])
        return data(full(row, secrets=self._readings.behaviour.secrets == "return"))

    async def update(self, call: Call) -> Answer:
        """PATCH /v1/integrations/registries/{credentialId}, and POST .../modify of older clients."""
        readings = self._readings
        behaviour = readings.behaviour
        body = await read_json(
            call, limit=self._max_body, type_required=behaviour.missing_content_type == "reject", empty={}
        )
        changes = readings.update.read(body)
        combine = merge if behaviour.partial_update == "merge" else replace
        self._namespace(call).update(call.parameters["credentialId"], lambda document: combine(document, changes))
        return data(_NOTHING)

    async def delete(self, call: Call) -> Answer:
        """DELETE /v1/integrations/registries/{credentialId}."""
        self._namespace(call).delete(call.parameters["credentialId"])
        return data(_NOTHING)

    def _namespace(self, call: Call, *, create: bool = False) -> Namespace:
        # Looked up after the body is read: in between, a reset may have thrown the old one away.
        return self._store.namespace(call.caller.account, call.parameters.get("teamId"), create=create)


def _page(page: Page) -> bytes:
    pagination: dict[str, object] = {"hasNextPage": page.cursor is not None, "count": len(page.rows)}
    if page.cursor is not None:
        # Absent, not null, on the last page: the official JS client would go on for ever.
        pagination["cursor"] = page.cursor
    items = b",".join(map(item, page.rows))
    return b'{"data":{"credentials":[' + items + b']},"pagination":' + codec.dumps(pagination) + b"}"
