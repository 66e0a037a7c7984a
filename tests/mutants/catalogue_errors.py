"""Mutants: what errors look like, and failures that become errors of the server."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Final

from tests.mutants.forms import Faults, Json
from tests.mutants.mutant import Catalogue
from tests.mutants.paging import Shelf
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks


class OtherErrors(Target):
    """A target whose errors are wrong, those with some statuses or all of them."""

    statuses: Collection[int] = range(400, 600)

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        answer = super().refuse(call, refusal)
        return self.other(answer, refusal) if refusal.status in self.statuses else answer

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        raise NotImplementedError


class PlainTexts(OtherErrors):
    """Errors are plain texts."""

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        return Answer(answer.status, refusal.text, "text/plain; charset=utf-8", answer.headers)


@breaks("common.error.envelope")
class NotFoundIsText(PlainTexts):
    """A 404 is a plain text, as a framework's router answers it."""

    statuses = (404,)


@breaks("common.error.envelope")
class WrongMethodIsText(PlainTexts):
    """A 405 is a plain text, as a framework's router answers it."""

    statuses = (405,)


@breaks("common.error.envelope")
class StrangerIsText(PlainTexts):
    """A 401 is a plain text, as a proxy answers it."""

    statuses = (401,)


@breaks("common.error.envelope")
class TakenIsText(PlainTexts):
    """A 409 is a plain text."""

    statuses = (409,)


@breaks("common.error.envelope")
class UnreadableIsText(OtherErrors):
    """A body that is no JSON is answered with a page, as the parser's middleware does."""

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        if refusal.code != "body.unreadable":
            return answer
        return Answer(400, "<pre>SyntaxError: Unexpected token</pre>", "text/html; charset=utf-8", answer.headers)


@breaks("common.error.envelope")
class ErrorsOfPydantic(OtherErrors):
    """Failed constraints are answered as FastAPI does, with detail."""

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        if refusal.details:
            detail = [{"loc": ["body", path], "msg": "wrong", "type": "value"} for path in refusal.details]
            answer.content = {"detail": detail}
        return answer


@breaks("common.error.envelope")
class ErrorIsText(OtherErrors):
    """The member error is the message."""

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        answer.content = {"error": refusal.text}
        return answer


@breaks("common.error.envelope")
class ErrorsFlat(OtherErrors):
    """status, id and message stand in the answer itself, without error around them."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content = answer.content["error"]
        return answer


@breaks("common.error.envelope")
class ErrorWithoutId(OtherErrors):
    """An error has no id."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        del answer.content["error"]["id"]
        return answer


@breaks("common.error.envelope")
class ErrorWithoutStatus(OtherErrors):
    """The error of an unknown id has no status."""

    statuses = (404,)

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        del answer.content["error"]["status"]
        return answer


@breaks("common.error.envelope")
class ErrorStatusInText(OtherErrors):
    """The status in an error is a text."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content["error"]["status"] = str(answer.status)
        return answer


@breaks("common.error.envelope")
class ErrorStatusDiffers(OtherErrors):
    """The status in an error is 400 where that of the answer is another."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content["error"]["status"] = 400
        return answer


@breaks("common.error.envelope")
class ErrorMessageMissing(OtherErrors):
    """An error of failed constraints has details, and no message."""

    def other(self, answer: Answer, refusal: RefusedError) -> Answer:
        if refusal.details:
            del answer.content["error"]["message"]
        return answer


@breaks("common.error.envelope")
class ErrorIdNumber(OtherErrors):
    """The id of an error is a number."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content["error"]["id"] = 1000 + answer.status
        return answer


@breaks("common.error.envelope")
class ErrorsInArray(OtherErrors):
    """An error is an array of errors."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content = {"errors": [answer.content["error"]]}
        return answer


@breaks("common.error.envelope")
class ErrorDeclaredHtml(OtherErrors):
    """An error is JSON that is declared to be HTML."""

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content, answer.kind = json.dumps(answer.content).encode(), "text/html"
        return answer


@breaks("common.error.envelope")
class ErrorEmpty(OtherErrors):
    """The answer for an unknown id has no body."""

    statuses = (404,)

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.content = b""
        return answer


@breaks("common.error.client-side", "add.name.min-length", "common.error.envelope")
class SucceedsWithError(OtherErrors):
    """Failed constraints are answered 200, with the error in the body."""

    statuses = (400,)

    def other(self, answer: Answer, _refusal: RefusedError) -> Answer:
        answer.status = 200
        return answer


class Crashing(Target):
    """A target where some requests to add end in an error of the server."""

    def new_faults(self, body: Json) -> Faults:
        if isinstance(body, dict) and self.crashes(body):
            raise RefusedError(500, "crash", "Something went wrong.")
        return super().new_faults(body)

    def crashes(self, body: dict[str, Json]) -> bool:
        raise NotImplementedError


@breaks("common.error.client-side")
class NameNumberCrashes(Crashing):
    """A name that is no text ends in an error of the server: nobody looked before len()."""

    def crashes(self, body: dict[str, Json]) -> bool:
        return not isinstance(body.get("name", ""), str)


@breaks("common.error.client-side")
class NameMissingCrashes(Crashing):
    """A missing name ends in an error of the server: the KeyError of its dict."""

    def crashes(self, body: dict[str, Json]) -> bool:
        return "name" not in body


@breaks("common.error.client-side")
class NullCredentialsCrash(Crashing):
    """Credentials that are no object end in an error of the server."""

    def crashes(self, body: dict[str, Json]) -> bool:
        return not isinstance(body.get("credentials", {}), dict)


@breaks("common.error.client-side")
class ProviderCrashes(Crashing):
    """An unknown provider ends in an error of the server: the database has an enum."""

    def crashes(self, body: dict[str, Json]) -> bool:
        provider = body.get("provider", "acr")
        return isinstance(provider, str) and not self.provider_is_known(provider)


@breaks("common.error.client-side", "add.name.max-length")
class LongNameCrashes(Crashing):
    """A name that is too long ends in an error of the server: the column is too short."""

    def crashes(self, body: dict[str, Json]) -> bool:
        return isinstance(body.get("name"), str) and len(body["name"]) > 39


@breaks("common.error.client-side")
class TakenCrashes(Target):
    """A name that is taken ends in an error of the server: the unique index complains."""

    def free_id(self, shelf: Shelf, wanted: str) -> str:
        try:
            return super().free_id(shelf, wanted)
        except RefusedError:
            raise RefusedError(500, "crash", "duplicate key value violates unique constraint") from None


@breaks("common.error.client-side", "add.response.given-fields", "add.registryUrl.type")
class EmojiCrashes(Crashing):
    """Characters beyond U+FFFF end in an error of the server: the table has three bytes for one."""

    def crashes(self, body: dict[str, Json]) -> bool:
        return re.search("[\U00010000-\U0010ffff]", json.dumps(body, ensure_ascii=False)) is not None


@breaks("common.error.client-side", "common.error.envelope")
class PageOfProxy(Target):
    """A refused update ends in a proxy's page, as the server behind it died."""

    def change_faults(self, body: Json) -> Faults:
        faults = super().change_faults(body)
        if faults:
            raise RefusedError(502, "proxy", "Bad Gateway")
        return faults

    def refuse(self, call: Call, refusal: RefusedError) -> Answer:
        if refusal.code == "proxy":
            return Answer(502, "<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html")
        return super().refuse(call, refusal)
