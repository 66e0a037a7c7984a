"""Targets that do what is documented in yet another way: none of them may be found wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from tests.mutants.access import Holder
from tests.mutants.forms import PROVIDERS, Faults, Json
from tests.mutants.paging import Item, Page, Shelf, Wish
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError


class NewestFirst(Target):
    """Lists begin with what was added last; cursors still give each item once."""

    def in_order(self, shelf: Shelf) -> list[Item]:
        return super().in_order(shelf)[::-1]

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        items = [item for item in self.in_order(shelf) if not wish.after or item.number < wish.after]
        start = (wish.page - 1) * wish.per_page
        return Page(items[start : start + wish.per_page], len(items) > start + wish.per_page)


class OrderedById(Target):
    """Lists are in the order of ids, and a cursor goes on after the id it stands for."""

    def __init__(self) -> None:
        super().__init__()
        self.last_ids: dict[int, str] = {}

    def in_order(self, shelf: Shelf) -> list[Item]:
        return sorted(self.stored(shelf).values(), key=lambda item: item.id)

    def choose(self, shelf: Shelf, wish: Wish) -> Page:
        items = [item for item in self.in_order(shelf) if item.id > self.last_ids.get(wish.after, "")]
        start = (wish.page - 1) * wish.per_page
        return Page(items[start : start + wish.per_page], len(items) > start + wish.per_page)

    def cursor_after(self, page: Page) -> Json:
        self.last_ids[page.items[-1].number] = page.items[-1].id
        return super().cursor_after(page)


class NewerFields(Target):
    """Answers have fields that pages of 2026 list, and members of their own beside data and error."""

    def show(self, item: Item) -> dict[str, Json]:
        status = {"status": "healthy", "failureCount": 0, "retryDelay": 60}
        return {**super().show(item), "registryCredentialRefresh": status, "description": ""}

    def finish(self, call: Call, answer: Answer) -> Answer:
        if isinstance(answer.content, dict) and call.path != "/v1/swagger-json":
            answer.content["requestId"] = f"request-{self.calls}"
        return answer


class HelpfulErrors(Target):
    """Errors have a member of their own, which tells of all providers."""

    def envelope(self, refusal: RefusedError) -> Json:
        error = super().envelope(refusal)
        error["error"]["help"] = {"providers": list(PROVIDERS)}
        return error


class WholeSeconds(Target):
    """Times have no fraction of a second, and an offset instead of Z."""

    def now(self) -> str:
        return datetime.now(UTC).isoformat(timespec="seconds")


class PlainErrors(Target):
    """Errors have no details, no words of ours, and other statuses where the status is only assumed."""

    OTHER: Final = {404: 410, 405: 404, 409: 422, 413: 400, 415: 400, 400: 422}

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        answer = super().refuse(call, refusal)
        answer.status = self.OTHER.get(refusal.status, refusal.status)
        answer.headers.pop("Allow", None)
        answer.content = {"error": {"status": answer.status, "id": "E-17", "message": "No."}}
        return answer


class TokenFirst(Target):
    """Who has no token learns nothing, not even which paths and methods there are."""

    def route(self, call: Call, holder: list[Holder]) -> Answer:
        if call.path not in {"/v1/", "/v1/swagger-json", "/v1/swagger-html"}:
            self.authenticate(call, None)
        return super().route(call, holder)


class LateChecks(Target):
    """The body of an update is looked at before the id, and all faults are told one at a time."""

    def update(self, call: Call, shelf: Shelf, wanted: str) -> Answer:
        self.judge(self.change_faults(self.read_change(call)))
        return super().update(call, shelf, wanted)

    def judge(self, faults: Faults) -> None:
        super().judge(dict(list(faults.items())[:1]))


class Indented(Target):
    """JSON is indented, not escaped, and declared without a charset; header names are in lower case."""

    def finish(self, _call: Call, answer: Answer) -> Answer:
        if not answer.kind.startswith("text/"):
            text = json.dumps(answer.content, indent=2, ensure_ascii=False)
            answer.content = text.encode("utf-8", "backslashreplace")
            answer.kind = "application/json"
        answer.headers = {name.lower(): value for name, value in answer.headers.items()}
        return answer


class BareLogin(Target):
    """Login answers with something else, a list has neither times nor scope."""

    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        return Answer(200, {"data": {"user": {"id": "someone"}}})

    def show_listed(self, item: Item) -> dict[str, Json]:
        shown = super().show_listed(item)
        for key in ("credentials", "createdAt", "updatedAt"):
            shown.pop(key, None)
        return shown


class Strict(Target):
    """What is only assumed to be accepted is refused: empty updates and keys given twice."""

    def change_faults(self, body: Json) -> Faults:
        faults = super().change_faults(body)
        return faults if faults or body else {"body": ["is empty"]}

    def parse(self, raw: bytes) -> Json:
        return json.loads(raw.decode("utf-8"), parse_constant=self.word, object_pairs_hook=self.pairs)

    def word(self, word: str) -> Json:
        raise ValueError(word)

    def pairs(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        if len(dict(pairs)) < len(pairs):
            raise ValueError("A key is given twice.")
        return dict(pairs)


class Relaxed(Target):
    """What is only assumed to be refused is accepted: any content type, a parameter given twice, page with cursor."""

    def check_kind(self, _kind: str | None) -> None:
        return

    def read_wish(self, query: tuple[tuple[str, str], ...]) -> Wish:
        asked = dict(query)
        if "cursor" in asked:
            asked.pop("page", None)
        return super().read_wish(tuple(asked.items()))


class KeepsNames(Target):
    """A deleted name is not free again for a while; its id stays unknown."""

    def __init__(self) -> None:
        super().__init__()
        self.gone: set[tuple[Shelf, str]] = set()

    def remove(self, shelf: Shelf, item: Item) -> None:
        super().remove(shelf, item)
        self.gone.add((shelf, item.id))

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if (shelf, wanted) in self.gone:
            raise RefusedError(409, "name.cooling", "This name was deleted a short while ago.")
        return super().free_id(shelf, wanted)


class RandomSuffix(Target):
    """Credentials whose slug is taken get an id with a suffix of its own kind."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        if wanted not in self.stored(shelf):
            return wanted
        return f"{wanted[:33].rstrip('-')}-x{next(self.numbers):04x}"


class RequestTimes(Target):
    """The times in a request are taken, where it has some that are times at all."""

    def make(self, shelf: Shelf, body: Json) -> Item:
        item = super().make(shelf, body)
        item.created = self.taken(body.get("createdAt"), item.created)
        return item

    def taken(self, given: Json, otherwise: str) -> str:
        try:
            moment = datetime.fromisoformat(given)
        except (TypeError, ValueError):
            return otherwise
        return given if moment.tzinfo and "T" in given else otherwise


class SmallBodies(Target):
    """Bodies of more than 100 kB are refused, as Express has it by default."""

    def read_body(self, call: Call) -> Json:
        if len(call.body) > 100_000:
            raise RefusedError(413, "body.large", "The body is too large.")
        return super().read_body(call)


class Compressed(Target):
    """Answers are compressed, and each ends its connection."""

    def finish(self, _call: Call, answer: Answer) -> Answer:
        answer.compressed = answer.last = True
        return answer


class FewRequests(Target):
    """An account may send 120 requests an hour: a check has to do with that, and must not wait."""

    limit = 120


class ShortWindow(Target):
    """An account may send 120 requests in two seconds: a check may wait, and the allowance grows again."""

    limit = 120
    seconds = 2.0


class KnownTeams(Target):
    """There are two teams, and no others."""

    def shelf_of(self, holder: Holder, team: str | None) -> Shelf:
        if team not in {None, "team-one", "team-two"}:
            raise RefusedError(404, "team.unknown", "There is no such team.")
        return super().shelf_of(holder, team)


LAWFUL: Final[tuple[type[Target], ...]] = (
    NewestFirst,
    OrderedById,
    NewerFields,
    HelpfulErrors,
    WholeSeconds,
    PlainErrors,
    TokenFirst,
    LateChecks,
    Indented,
    BareLogin,
    Strict,
    Relaxed,
    KeepsNames,
    RandomSuffix,
    RequestTimes,
    SmallBodies,
    Compressed,
    FewRequests,
    ShortWindow,
)
