"""A small picture of a result, for the README: each throughput as a share of what the bare server does.

`python -m tests.benchmarks.picture RESULT PICTURE` draws one from a file that `--json` wrote. The same result gives the
same bytes.
"""

import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, Final

from tests.benchmarks.report import FORMAT

Document = Mapping[str, Any]

WIDTH: Final = 800
_MARGIN: Final = 24
_BARS: Final = 248  # where they start
_FULL: Final = 300  # how long one of ratio 1 is, unless a longer one needs the room
_RATE: Final = 690  # where these two columns end
_P99: Final = WIDTH - _MARGIN
_ROW: Final = 34
_BAR: Final = 16

# A card of its own below the text: readable on any page, also where the page's theme is not that of the browser.
_STYLE: Final = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2328 }
.part, .ratio, .ours { font-weight: 600 }
.note { font-size: 11px; fill: #59636e }
.ratio { paint-order: stroke; stroke: #ffffff; stroke-width: 5px }
.end { text-anchor: end }
.card { fill: #ffffff; stroke: #d1d9e0 }
.bar { fill: #afb8c1 }
.bar.ours { fill: #0969da }
.bar.bare { fill: none; stroke: #59636e }
.limit { stroke: #59636e; stroke-dasharray: 2 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .note { fill: #9198a1 }
  .ratio { stroke: #0d1117 }
  .card { fill: #0d1117; stroke: #3d444d }
  .bar { fill: #656c76 }
  .bar.ours { fill: #4493f8 }
  .bar.bare { stroke: #9198a1 }
  .limit { stroke: #9198a1 }
}
"""

_TITLE: Final = "Speed of the emulator, as a share of what a bare server does"
_PEERS: Final = "add beside peers, 32 conn."
_PEERS_TITLE: Final = "Add registry, at 32 connections, beside other mock servers"
_OWN_TITLE: Final = "Operations of the emulator, each beside a bare answer"
_OWN: Final = {
    "add, 32 conn.": ("Add", "all fields, 32 connections"),
    "add, 1 conn.": ("Add, one by one", "all fields, 1 connection"),
    "add to 200,000, 32 conn.": ("Add to 200,000", "all fields, 32 connections"),
    "get, 32 conn.": ("Get", "all fields, 32 connections"),
    "list 100, 32 conn.": ("List", "a page of 100, 32 connections"),
    "reject, 32 conn.": ("Refuse", "all problems told, 32 connections"),
}


class NothingToDrawError(Exception):
    """The result has no measure that the picture shows, or is of a form that is not known here."""


@dataclass(frozen=True)
class Bar:
    """One row; `rate` in requests a second, `p99` in microseconds; `kind` is `ours`, `bare` or `peer`."""

    label: str
    detail: str
    kind: str
    ratio: float
    rate: float
    p99: float

    def told(self) -> str:
        return f"{self.label}: {_ratio(self.ratio)} ({self.rate:,.0f} requests/s, p99 {_time(self.p99)})"


@dataclass(frozen=True)
class Part:
    title: str
    bars: Sequence[Bar]


def picture(result: Document) -> str:
    """Return the SVG of a result as `--json` writes it.

    Raises:
        NothingToDrawError: it has nothing to show, or another form.
    """
    if result.get("format") != FORMAT:
        raise NothingToDrawError(f"The result has format {result.get('format')}; this draws format {FORMAT}.")
    parts = [part for part in (_peers(result), _own(result)) if part.bars]
    if not parts:
        raise NothingToDrawError("The result has none of the measures that the picture shows.")
    return _svg(parts, _footer(result))


def _peers(result: Document) -> Part:
    version = result["environment"]["northflank-emulator"]
    bars = [bar for section in result["sections"] if (bar := _contestant(section, version))]
    if bars:
        bars += [_bare(result)]
    return Part(_PEERS_TITLE, sorted(bars, key=lambda bar: -bar.ratio))


def _contestant(section: Document, emulator: str | None) -> Bar | None:
    about = section["about"]
    if section["ours"] == "emulator":
        details = [emulator, "validated, stored, journalled"]
        return _bar(section, _PEERS, "northflank-emulator", ", ".join(filter(None, details)), "ours")
    validates = about.get("validates", "nothing")
    validated = {"all": "validated", "nothing": "nothing validated"}.get(validates, "validated in part")
    return _bar(section, _PEERS, section["ours"], ", ".join(filter(None, [about.get("version"), validated])), "peer")


def _bare(result: Document) -> Bar:
    figures = next(found for section in result["sections"] if (found := _figures(section, _PEERS)))
    rate, p99 = (statistics.median(row["theirs"]) for row in figures)
    return Bar("bare server", "an echo: nothing validated or stored", "bare", 1.0, rate, p99)


def _own(result: Document) -> Part:
    bars = [
        bar
        for measure, (label, detail) in _OWN.items()
        for section in result["sections"]
        if (section["ours"], section["theirs"]) == ("emulator", "bare")
        if (bar := _bar(section, measure, label, detail, "ours"))
    ]
    return Part(_OWN_TITLE, bars)


def _bar(section: Document, measure: str, label: str, detail: str, kind: str) -> Bar | None:
    if not (figures := _figures(section, measure)):
        return None
    rate, p99 = figures
    return Bar(label, detail, kind, rate["ratio"], statistics.median(rate["ours"]), statistics.median(p99["ours"]))


def _figures(section: Document, measure: str) -> tuple[Document, Document] | None:
    """Return the rows of throughput and p99, when the section has them."""
    rows = {row["measure"]: row for row in section["rows"]}
    try:
        return rows[f"{measure}, throughput"], rows[f"{measure}, p99"]
    except KeyError:
        return None


def _footer(result: Document) -> list[str]:
    environment, options = result["environment"], result["options"]
    date, others = environment["date"][:10], environment["cpu_used_by_others"]
    left_out = [section["ours"] for section in result["sections"] if "skipped" in section["about"]]
    rounds = f"Medians of {options['rounds']} rounds of {options['seconds']} s, in turns"
    return [
        "Bars: requests a second; 1.00 is the bare server: aiohttp, uvloop and orjson. It echoes the body of an add",
        "and answers everything else with the emulator's own bytes, ready-made.",
        f"{rounds}; each server on one core, the load on another; other programs used {others:.0%} of the processor.",
        f"{date}, {environment['cpu']}, Python {environment['python']}, aiohttp {environment['aiohttp']}.",
        *([f"Left out, as they could not be measured: {', '.join(left_out)}."] if left_out else []),
    ]


def _svg(parts: Sequence[Part], footer: Sequence[str]) -> str:
    longest = max(bar.ratio for part in parts for bar in part.bars)
    scale = _FULL / max(longest, 1.0)
    lines: list[str] = []
    y = 40
    for part in parts:
        lines += _head(part, y)
        lines += _rows(part, y + 16, scale)
        y += 16 + len(part.bars) * _ROW + 32
    y -= 12
    for line in footer:
        lines.append(_text(_MARGIN, y, "note", line))
        y += 16
    height = y + 4
    told = " ".join(f"{part.title}: {'; '.join(bar.told() for bar in part.bars)}." for part in parts)
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    card = f'width="{WIDTH - 1}" height="{height - 1}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{_TITLE}</title>',
            f'<desc id="desc">{escape(told, quote=False)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="card" x="0.5" y="0.5" {card} rx="8"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _head(part: Part, y: int) -> Iterator[str]:
    yield _text(_MARGIN, y, "part", part.title)
    yield _text(_RATE, y, "note end", "requests/s")
    yield _text(_P99, y, "note end", "p99")


def _rows(part: Part, y: int, scale: float) -> Iterator[str]:
    limit = _number(_BARS + scale)
    yield f'<line class="limit" x1="{limit}" x2="{limit}" y1="{y}" y2="{y + len(part.bars) * _ROW - 6}"/>'
    for bar in part.bars:
        length = max(2.0, bar.ratio * scale)
        middle = y + _BAR // 2 + 8
        yield _text(_MARGIN, middle - 2, bar.kind if bar.kind == "ours" else "", bar.label)
        yield _text(_MARGIN, middle + 12, "note", bar.detail)
        place = f'x="{_BARS}" y="{middle - _BAR // 2}" width="{_number(length)}" height="{_BAR}"'
        yield f'<rect class="bar {bar.kind}" {place} rx="2"/>'
        yield _text(_BARS + length + 8, middle + 5, "ratio", _ratio(bar.ratio))
        yield _text(_RATE, middle + 5, "end", f"{bar.rate:,.0f}")
        yield _text(_P99, middle + 5, "end", _time(bar.p99))
        y += _ROW


def _text(x: float, y: float, kind: str, content: str) -> str:
    styled = f' class="{kind}"' if kind else ""
    return f'<text x="{_number(x)}" y="{_number(y)}"{styled}>{escape(content, quote=False)}</text>'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value >= 0.095 else f"{value:.1g}"


def _time(microseconds: float) -> str:
    milliseconds = microseconds / 1000
    return f"{milliseconds:.1f} ms" if milliseconds < 99.95 else f"{milliseconds:,.0f} ms"


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(picture(json.loads(Path(sys.argv[1]).read_text("utf-8"))), "utf-8")
