"""HTML as a tree of elements: what is text in the tree is text on the page, whatever it holds."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, tostring

from emulator.conformance.report.words import visible

Child: TypeAlias = "Element | str | None"


def el(name: str, /, *children: Child, **attributes: str) -> Element:
    """Return an element; None among the children is left out.

    An underscore at the end of an attribute's name is dropped (`class_`), others become hyphens (`data_basis`).
    """
    made = Element(name, {key.rstrip("_").replace("_", "-"): visible(value) for key, value in attributes.items()})
    last: Element | None = None
    for child in children:
        if isinstance(child, Element):
            made.append(child)
            last = child
        elif child is not None and last is None:
            made.text = (made.text or "") + visible(child)
        elif child is not None and last is not None:
            last.tail = (last.tail or "") + visible(child)
    return made


def document(root: Element) -> str:
    """Return a whole page."""
    text: str = tostring(root, encoding="unicode", method="html")
    return f"<!DOCTYPE html>\n{text}\n"
