"""The parts of README.md that are made from other files; `python -m tests.readme` writes them anew."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[1]
README: Final = ROOT / "README.md"


def rulebook() -> Mapping[str, Any]:
    """Return the rulebook as it is written."""
    book: Mapping[str, Any] = yaml.safe_load((ROOT / "contracts/rules.yaml").read_text("utf-8"))
    return book


def contradictions() -> str:
    """Return the table of places where the page contradicts itself."""
    rows = ([entry["where"], entry["says"], entry["reading"]] for entry in rulebook()["contradictions"])
    return table(["where", "what it says", "how the emulator reads it"], rows)


def assumptions() -> str:
    """Return the table of the switches."""
    switches: dict[str, Mapping[str, Any]] = {}
    for rule in rulebook()["rules"]:
        if "assumption" in rule:
            switches.setdefault(rule["assumption"], rule)
    rows = []
    for name, rule in switches.items():
        others = "; ".join(f"`{value}`" for value in rule["alternatives"] if value != rule["default"])
        rows.append([f"`{name}`", rule["alternatives"][rule["default"]], f"`{rule['default']}`", others])
    return table(["switch", "as it is by default", "default", "or"], rows)


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


PARTS: Final = {"contradictions": contradictions, "assumptions": assumptions}


def part(text: str, name: str) -> str:
    """Return what stands between the marks of a part."""
    found = re.search(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", text, re.DOTALL)
    assert found, f"README.md has no part {name}"
    return found[1].strip()


def written(text: str, name: str, content: str) -> str:
    """Return `text` with other content between the marks of a part."""
    begin, end = f"<!-- {name}:begin -->\n", f"<!-- {name}:end -->"
    before, rest = text.split(begin)
    return before + begin + content + "\n" + end + rest.split(end, 1)[1]


_EXAMPLE: Final = re.compile(r"<!-- example: (\S+) -->\n(?:```\w*\n.*?^```$)?", re.DOTALL | re.MULTILINE)
_LANGUAGES: Final = {".py": "python", ".mjs": "javascript", ".json": "json", ".yml": "yaml"}


def references(text: str) -> list[str]:
    """Return what the marks `<!-- example: REFERENCE -->` refer to; see `example`."""
    return [found[1] for found in _EXAMPLE.finditer(text)]


def with_examples(text: str) -> str:
    """Return `text` with the present content of each example in a fenced block behind its mark."""

    def renewed(found: re.Match[str]) -> str:
        reference = found[1]
        language = _LANGUAGES[Path(reference.split("::")[0]).suffix]
        return f"<!-- example: {reference} -->\n```{language}\n{example(reference)}```"

    return _EXAMPLE.sub(renewed, text)


def example(reference: str) -> str:
    """Return a file, `tests/examples/test_sdk.py`, or some of its functions and classes, `FILE::first::second`."""
    path, *names = reference.split("::")
    text = (ROOT / path).read_text("utf-8")
    if not names:
        return text
    lines = text.splitlines()
    spans = dict(_spans(ast.parse(text)))
    unknown = [name for name in names if name not in spans]
    assert not unknown, f"{path} defines no {unknown[0]}; it defines {', '.join(spans)}"
    return "\n\n\n".join("\n".join(lines[spans[name]]) for name in names) + "\n"


def _spans(module: ast.Module) -> Iterator[tuple[str, slice]]:
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            first = min(part.lineno for part in (node, *node.decorator_list))
            yield node.name, slice(first - 1, node.end_lineno)


def snippet(name: str) -> str:
    """Return the fenced block behind `<!-- snippet: name -->`."""
    found = re.search(rf"<!-- snippet: {name} -->\n```\w+\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert found, f"README.md has no snippet {name}"
    return found[1]


if __name__ == "__main__":
    content = README.read_text("utf-8")
    for each, make in PARTS.items():
        content = written(content, each, make())
    README.write_text(with_examples(content), "utf-8")
