"""The correct target: a small server of the API, written from the documentation."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Collection, Mapping
from typing import Final

from tests.mutants.access import CREATE, DELETE, READ, READ_SECRETS, UPDATE, Holder
from tests.mutants.choices import STANDARD, Choices
from tests.mutants.forms import ADD_SHAPE, SECRETS, SPACES, UPDATE_SHAPE, Faults, Json
from tests.mutants.paging import Item, Paging, Shelf
from tests.mutants.wire import LARGEST_BODY, Answer, Call, RefusedError

COLLECTION: Final = ("integrations", "registries")
_DIVIDER: Final = re.compile(f"[{SPACES}]")

Operation = Callable[[Call, Shelf, str], Answer]
"""Does one thing on a shelf; the text is the id in the path, empty for the collection."""


class Target(Paging):
    """Answers requests. A mutant overrides one method of this class or of those below it."""

    def __init__(self, choices: Choices = STANDARD, tokens: Mapping[str, Holder] | None = None) -> None:
        super().__init__(choices, tokens)
        self.calls = 0

    # -- from a request to an answer

    def handle(self, call: Call) -> Answer:
        """Answer a request, whatever it is."""
        self.calls += 1
        holder: list[Holder] = []
        try:
            answer = self.route(call, holder)
        except RefusedError as refusal:
            answer = self.refuse(call, refusal)
        answer.headers.update(self.rate_headers(holder[0] if holder else None))
        return self.finish(call, answer)

    def malformed(self) -> Answer:
        """Answer what is no well-formed HTTP: nobody can say whose it is."""
        refusal = RefusedError(400, "http.malformed", "Send well-formed HTTP.")
        answer = self.refuse(Call("", "", (), (), {}, b""), refusal)
        answer.headers.update(self.rate_headers(None))
        return answer

    def finish(self, _call: Call, answer: Answer) -> Answer:
        """Return the answer as it is sent."""
        return answer

    def refuse(self, _call: Call, refusal: RefusedError) -> Answer:
        return Answer(refusal.status, self.envelope(refusal), headers=dict(refusal.headers))

    def envelope(self, refusal: RefusedError) -> Json:
        error: dict[str, Json] = {"status": refusal.status, "id": refusal.code, "message": refusal.text}
        if refusal.details:
            error["details"] = dict(refusal.details)
        return {"error": error}

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        """Do what a request asks for; leaves whose it was in `holder` as soon as that is known."""
        match call.parts:
            case ("v1", ""):
                return self.service(call, self.health)
            case ("v1", "swagger-json"):
                return self.service(call, self.specification)
            case ("v1", "swagger-html"):
                return self.service(call, self.specification_page)
            case ("v1", "login"):
                return self.service(call, lambda: self.login(call, holder))
            case ("v1", *rest) if tuple(rest[:2]) == COLLECTION:
                return self.registries(call, None, rest[2:], holder)
            case ("v1", "teams", str(team), *rest) if team and tuple(rest[:2]) == COLLECTION:
                return self.registries(call, team, rest[2:], holder)
            case _:
                raise RefusedError(404, "path.unknown", "There is nothing at this path.")

    def service(self, call: Call, answer: Callable[[], Answer]) -> Answer:
        if call.method != "GET":
            raise self.wrong_method("GET")
        return answer()

    def registries(self, call: Call, team: str | None, rest: list[str], holder: list[Holder]) -> Answer:
        """Do an operation on the credentials of an account or a team."""
        operations = self.operations(rest)
        if call.method not in operations:
            raise self.wrong_method(", ".join(operations))
        permission, operation = operations[call.method]
        holder.append(self.authenticate(call, permission))
        self.count(holder[0])
        self.permit(holder[0], permission)
        return operation(call, self.shelf_of(holder[0], team), rest[0] if rest else "")

    def operations(self, rest: list[str]) -> dict[str, tuple[str, Operation]]:
        """Return by method what can be done at a path below the collection."""
        match rest:
            case []:
                return {"GET": (READ, self.list_page), "POST": (CREATE, self.add)}
            case [name] if name:
                return {
                    "GET": (READ_SECRETS, self.get),
                    "PATCH": (UPDATE, self.update),
                    "DELETE": (DELETE, self.delete),
                }
            case [name, "modify"] if name:
                return {"POST": (UPDATE, self.modify)}
            case _:
                raise RefusedError(404, "path.unknown", "There is nothing at this path.")

    def wrong_method(self, allowed: str) -> RefusedError:
        refusal = RefusedError(405, "path.method", f"This path can be asked with {allowed} only.")
        refusal.headers["Allow"] = allowed
        return refusal

    # -- the service

    def health(self) -> Answer:
        return Answer(200, "success", kind="text/plain; charset=utf-8")

    def specification(self) -> Answer:
        paths: Json = {"/v1/integrations/registries": {"get": {"responses": {}}, "post": {"responses": {}}}}
        return Answer(200, {"openapi": "3.0.3", "info": {"title": "Registries", "version": "1"}, "paths": paths})

    def specification_page(self) -> Answer:
        return Answer(200, "<!doctype html><title>Registries</title>", kind="text/html; charset=utf-8")

    def login(self, call: Call, holder: list[Holder]) -> Answer:
        holder.append(self.authenticate(call, None))
        self.count(holder[0])
        return Answer(200, {"data": {}})

    # -- bodies

    def read_body(self, call: Call) -> Json:
        """Return the body of a request as JSON."""
        if len(call.body) > LARGEST_BODY:
            raise RefusedError(413, "body.large", "The body is too large.")
        self.check_kind(call.headers.get("Content-Type"))
        try:
            return self.parse(call.body)
        except (ValueError, RecursionError):
            raise RefusedError(400, "body.unreadable", "The body is no JSON.") from None

    def check_kind(self, kind: str | None) -> None:
        if kind is None and self.choices.missing_content_type == "accept":
            return
        if kind is None or kind.partition(";")[0].strip().lower() != "application/json":
            raise RefusedError(415, "body.kind", "The body should be declared to be JSON.")

    def judge(self, faults: Faults) -> None:
        if faults:
            fields = ", ".join(faults)
            raise RefusedError(int(self.choices.constraint_status), "body.bad", f"Look at {fields}.", faults)

    # -- the operations

    def add(self, call: Call, shelf: Shelf, _id: str) -> Answer:
        body = self.read_body(call)
        self.judge(self.new_faults(body))
        item = self.make(shelf, body)
        self.put(shelf, item)
        return self.added(item)

    def make(self, shelf: Shelf, body: Json) -> Item:
        now = self.now()
        fields = self.known(body, ADD_SHAPE)
        return Item(next(self.numbers), self.free_id(shelf, self.slug(body["name"])), fields, now, now)

    def put(self, shelf: Shelf, item: Item) -> None:
        self.stored(shelf)[item.id] = item

    def slug(self, name: str) -> str:
        return _DIVIDER.sub("-", name).lower()

    def spoken_for(self, shelf: Shelf) -> Collection[str]:
        """Return the ids that new credentials cannot have."""
        return self.stored(shelf)

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        """Return the id of new credentials: the one wanted, if it is free."""
        taken = self.spoken_for(shelf)
        if wanted not in taken:
            return wanted
        if self.choices.duplicate_name == "reject":
            raise RefusedError(409, "name.taken", "There are credentials with such a name already.")
        number = 2
        while self.numbered(wanted, number) in taken:
            number += 1
        return self.numbered(wanted, number)

    def numbered(self, wanted: str, number: int) -> str:
        suffix = f"-{number}"
        return wanted[: self.longest_name() - len(suffix)].rstrip("-") + suffix

    def list_page(self, call: Call, shelf: Shelf, _id: str) -> Answer:
        page = self.choose(shelf, self.read_wish(call.query))
        listed = [self.show_listed(item) for item in page.items]
        return Answer(200, {"data": {"credentials": listed}, "pagination": self.pagination(shelf, page)})

    def get(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        return Answer(200, {"data": self.show_got(self.find(shelf, wanted))})

    def find(self, shelf: Shelf, wanted: str) -> Item:
        item = self.stored(shelf).get(wanted)
        if item is None:
            raise RefusedError(404, "registry.unknown", "There are no credentials with this id.")
        return item

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        body = self.read_change(call)
        self.judge(self.change_faults(body))
        self.change(item, self.known(body, UPDATE_SHAPE))
        return self.updated(item)

    def modify(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        return self.update(call, shelf, wanted)

    def read_change(self, call: Call) -> Json:
        return self.read_body(call) if call.body else {}

    def change(self, item: Item, changes: dict[str, Json]) -> None:
        for key, value in changes.items():
            item.fields[key] = self.merged(item.fields.get(key), value)
        item.updated = self.now()

    def merged(self, old: Json, new: Json) -> Json:
        """Return what becomes of a member that an update names."""
        if self.choices.partial_update == "merge" and isinstance(old, dict) and isinstance(new, dict):
            return {**old, **{key: self.merged(old.get(key), value) for key, value in new.items()}}
        return new

    def delete(self, _call: Call, shelf: Shelf, wanted: str) -> Answer:
        item = self.find(shelf, wanted)
        self.remove(shelf, item)
        return self.deleted(item)

    def remove(self, shelf: Shelf, item: Item) -> None:
        del self.stored(shelf)[item.id]

    # -- what answers show

    def added(self, item: Item) -> Answer:
        return Answer(200, {"data": self.show_added(item)})

    def updated(self, _item: Item) -> Answer:
        return Answer(200, {"data": {}})

    def deleted(self, _item: Item) -> Answer:
        return Answer(200, {"data": {}})

    def show(self, item: Item) -> dict[str, Json]:
        """Return what the answers of add and get have in common."""
        shown: dict[str, Json] = {"id": item.id, **copy.deepcopy(item.fields)}
        if self.choices.secrets == "omit":
            self.hide_secrets(shown)
        return shown

    def hide_secrets(self, shown: dict[str, Json]) -> None:
        credentials = shown.get("credentials")
        if isinstance(credentials, dict):
            for key in SECRETS:
                credentials.pop(key, None)

    def times(self, item: Item) -> dict[str, Json]:
        return {"createdAt": item.created, "updatedAt": item.updated}

    def show_added(self, item: Item) -> dict[str, Json]:
        return {**self.show(item), **(self.times(item) if self.choices.add_timestamps == "return" else {})}

    def show_got(self, item: Item) -> dict[str, Json]:
        return {**self.show(item), **self.times(item)}

    def show_listed(self, item: Item) -> dict[str, Json]:
        shown = {**self.show(item), **self.times(item)}
        self.hide_secrets(shown)
        shown.pop("restrictions", None)
        return shown
