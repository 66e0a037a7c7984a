"""The report as a page: one file that needs nothing, can be read by everybody, and holds text only as text."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from emulator.conformance.report import html
from emulator.conformance.run import Report
from tests.conformance.reported import HOSTILE, RULES, STYLE, failed, mixed


class Page(HTMLParser):
    """What a browser finds in the page: elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [value for _, attributes in self.elements if (value := attributes.get(attribute)) is not None]


def test_the_page_asks_nobody_for_anything() -> None:
    page = Page(html.render(mixed(HOSTILE)))

    for attribute in ("src", "href", "srcset", "action", "data", "poster", "style", "background"):
        assert page.values(attribute) == []
    assert not re.search(r"url\(|@import|@font-face", STYLE)
    assert {tag for tag, _ in page.elements} & {"script", "img", "iframe", "object", "link", "base", "form"} == set()


def test_the_page_allows_its_own_style_and_nothing_else() -> None:
    text = html.render(mixed())
    style = text.partition("<style>")[2].partition("</style>")[0]
    policies = [meta["content"] for meta in Page(text).all("meta") if meta.get("http-equiv")]

    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policies == [f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"]


@pytest.mark.parametrize("make", [mixed, failed])
def test_on_the_page_text_of_the_target_is_text(make: Callable[[str], Report]) -> None:
    hostile, plain = Page(html.render(make(HOSTILE))), Page(html.render(make("")))

    assert "<script>alert(1)</script>" in hostile.text
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]


def test_the_page_says_its_language_and_fits_a_phone() -> None:
    page = Page(html.render(mixed()))

    assert page.all("html") == [{"lang": "en"}]
    assert "width=device-width, initial-scale=1" in page.values("content")
    assert "prefers-color-scheme: dark" in STYLE


def test_headings_of_the_page_leave_no_level_out() -> None:
    levels = [int(tag[1]) for tag, _ in Page(html.render(mixed())).elements if re.fullmatch(r"h[1-6]", tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_on_the_page_every_id_is_unique_and_every_button_has_a_label() -> None:
    page = Page(html.render(mixed()))
    ids = page.values("id")

    assert len(ids) == len(set(ids))
    assert set(page.values("for")) == {str(button["id"]) for button in page.all("input")}
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_the_filters_of_the_page_are_those_of_its_rules() -> None:
    page = Page(html.render(mixed()))
    buttons = {str(button["id"]) for button in page.all("input")} - {"outcome-all", "basis-all"}

    shown = {f"outcome-{row['data-outcome']}" for row in page.all("li") if "data-outcome" in row}
    assert buttons == shown | {f"basis-{row['data-basis']}" for row in page.all("li") if "data-basis" in row}
    assert all(f"#{button}:checked" in STYLE for button in buttons)


def test_the_page_has_every_rule() -> None:
    text = Page(html.render(mixed())).text

    assert [rule for rule in RULES if rule not in text] == []


def luminance(color: str) -> float:
    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else float(((channel + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(int(color[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_of_the_page_can_be_read_on_its_ground(theme: str) -> None:
    light, dark = (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", part)) for part in STYLE.split("@media")[:2])
    assert light.keys() == dark.keys()
    colors = light if theme == "light" else dark
    plain = {"ground", "surface", "sunken"}
    pairs = [(text, ground) for text in ("text", "muted", "accent") for ground in plain]
    pairs += [("differs", ground) for ground in plain]
    pairs += [(outcome, f"{outcome}-ground") for outcome in ("differs", "conforms", "chose", "unseen")]

    for text, ground in pairs:
        lighter, darker = sorted((luminance(colors[text]), luminance(colors[ground])), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)
