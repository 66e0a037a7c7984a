"""Mutants: the service around the credentials, headers and content types."""

from __future__ import annotations

import json
from typing import Final

from tests.mutants.access import Holder
from tests.mutants.mutant import Catalogue
from tests.mutants.target import Target
from tests.mutants.wire import Answer, Call, RefusedError

catalogue: Final = Catalogue()
breaks = catalogue.breaks

HEADERS: Final = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


@breaks("common.login")
class NoLogin(Target):
    """There is no login."""

    def login(self, _call: Call, _holder: list[Holder]) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


@breaks("common.login")
class LoginIsText(Target):
    """Login answers with a text."""

    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        return Answer(200, "OK", "text/plain")


@breaks("common.login")
class LoginNoContent(Target):
    """Login answers 204."""

    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        return Answer(204, b"")


@breaks("common.login")
class LoginForPeople(Target):
    """Login refuses tokens, as they are not for people."""

    def login(self, call: Call, holder: list[Holder]) -> Answer:
        super().login(call, holder)
        raise RefusedError(403, "access.permission", "This token is not for people.")


@breaks("common.health")
class HealthIsJson(Target):
    """Health is JSON."""

    def health(self) -> Answer:
        return Answer(200, {"status": "success"})


@breaks("common.health")
class HealthIsOk(Target):
    """Health answers OK instead of success."""

    def health(self) -> Answer:
        return Answer(200, "OK", "text/plain")


@breaks("common.health")
class NoHealth(Target):
    """There is no health."""

    def health(self) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


@breaks("common.specification")
class SpecificationIsYaml(Target):
    """The OpenAPI document is YAML."""

    def specification(self) -> Answer:
        return Answer(200, "openapi: 3.0.3\npaths: {}\n", "text/yaml")


@breaks("common.specification")
class SpecificationMoved(Target):
    """The OpenAPI document is somewhere else."""

    def specification(self) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


@breaks("common.specification")
class SpecificationOfNothing(Target):
    """The OpenAPI document is an empty object."""

    def specification(self) -> Answer:
        return Answer(200, {})


@breaks("common.specification-page")
class NoSpecificationPage(Target):
    """There is no page to browse."""

    def specification_page(self) -> Answer:
        raise RefusedError(404, "path.unknown", "There is nothing at this path.")


@breaks("common.specification-page")
class SpecificationPageIsJson(Target):
    """The page to browse is the document once more."""

    def specification_page(self) -> Answer:
        return self.specification()


@breaks("common.rate-limit.headers")
class NoRateHeaders(Target):
    """Answers have no headers of the rate limit."""

    def rate_headers(self, _holder: Holder | None) -> dict[str, str]:
        return {}


@breaks("common.rate-limit.headers")
class RateHeadersOfSuccess(Target):
    """Errors have no headers of the rate limit."""

    def finish(self, _call: Call, answer: Answer) -> Answer:
        for name in HEADERS if answer.status >= 400 else ():
            del answer.headers[name]
        return answer


@breaks("common.rate-limit.headers")
class RateHeadersOfRouted(Target):
    """Unknown paths have no headers of the rate limit, as they never meet what sets them."""

    def finish(self, call: Call, answer: Answer) -> Answer:
        for name in HEADERS if answer.status in {404, 405} and "registries" not in call.path else ():
            del answer.headers[name]
        return answer


@breaks("common.rate-limit.headers")
class RateHeadersOfReads(Target):
    """A deletion has no headers of the rate limit."""

    def finish(self, call: Call, answer: Answer) -> Answer:
        for name in HEADERS if call.method == "DELETE" else ():
            del answer.headers[name]
        return answer


@breaks("common.rate-limit.headers")
class NoReset(Target):
    """There is no x-ratelimit-reset."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        return {name: text for name, text in super().rate_headers(holder).items() if not name.endswith("Reset")}


@breaks("common.rate-limit.headers")
class ResetIsDate(Target):
    """x-ratelimit-reset is a date."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        return {**super().rate_headers(holder), "X-RateLimit-Reset": "Tue, 24 Nov 2026 10:00:00 GMT"}


@breaks("common.rate-limit.headers")
class ResetInMilliseconds(Target):
    """x-ratelimit-reset is in milliseconds."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        headers = super().rate_headers(holder)
        return {**headers, "X-RateLimit-Reset": f"{headers['X-RateLimit-Reset']}000"}


@breaks("common.rate-limit.headers")
class OtherRateHeaders(Target):
    """The headers are those of the IETF's draft, without x-."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        return {name.removeprefix("X-"): text for name, text in super().rate_headers(holder).items()}


@breaks("common.rate-limit.headers")
class RemainingIsUsed(Target):
    """x-ratelimit-remaining counts what was used."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        headers = super().rate_headers(holder)
        used = int(headers["X-RateLimit-Limit"]) - int(headers["X-RateLimit-Remaining"])
        return {**headers, "X-RateLimit-Remaining": str(used)}


@breaks("common.rate-limit.headers")
class NoLimitIsMinusOne(Target):
    """Where nothing is limited, limit and rest are -1."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        return {**super().rate_headers(holder), "X-RateLimit-Limit": "-1", "X-RateLimit-Remaining": "-1"}


@breaks("common.rate-limit.headers")
class RemainingOverLimit(Target):
    """The limit is that of an hour, the rest that of a day."""

    def rate_headers(self, holder: Holder | None) -> dict[str, str]:
        headers = super().rate_headers(holder)
        return {**headers, "X-RateLimit-Remaining": str(int(headers["X-RateLimit-Remaining"]) + 23_000)}


@breaks("add.response.data.required", "get.response.data.required", "list.response.data.required")
class SuccessDeclaredText(Target):
    """JSON is declared to be text/html, as PHP does when nobody says otherwise."""

    def finish(self, _call: Call, answer: Answer) -> Answer:
        if answer.status == 200 and answer.kind.startswith("application/json"):
            answer.content, answer.kind = json.dumps(answer.content).encode(), "text/html; charset=utf-8"
        return answer
