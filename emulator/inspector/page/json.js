/** JSON as people read it, with the places marked that a rule is about, those that are missing included. */

import { button, el, fill, spoken } from "./dom.js";
import { REDACTED, number, plural } from "./format.js";

const FIRST_LINES = 300;
const MOST_LINES = 5000;
const LONGEST_TEXT = 2000;

/**
 * @typedef {Object} Mark
 * @property {string} path of the member, as `credentials.scope.pull` or `restrictions.projects[3]`; `body` is all of it
 * @property {string} note what is said beside it
 */

/**
 * Return a JSON value as an element.
 *
 * @param {*} value
 * @param {Mark[]} [marks]
 */
export function jsonView(value, marks = []) {
  const lines = [];
  write(lines, value, marks, { path: "", key: null, depth: 0, last: true });
  const code = el("code");
  const view = el("div", { class: "json" }, el("pre", {}, code));
  const show = (most) => fill(code, ...lines.slice(0, most).map(line));
  show(FIRST_LINES);
  if (lines.length > FIRST_LINES) {
    const left = lines.length - FIRST_LINES;
    const more = button(`Show ${plural(left, "more line")}`, () => (show(MOST_LINES), more.remove()));
    view.append(more);
  }
  return view;
}

/** Return the notes about a path, each once. */
function notesFor(marks, path) {
  return [...new Set(marks.filter((mark) => mark.path === (path || "body")).map((mark) => mark.note))];
}

/** Write a value as lines: depth, parts `[class, text]`, and the notes beside it. */
function write(lines, value, marks, at) {
  const notes = notesFor(marks, at.path);
  const lead =
    at.key === null
      ? []
      : [
          ["key", JSON.stringify(at.key)],
          ["", ": "],
        ];
  const end = at.last ? "" : ",";
  const nested = value !== null && typeof value === "object";
  if (!nested) {
    lines.push({ depth: at.depth, parts: [...lead, scalar(value), ["", end]], notes });
    return;
  }
  const list = Array.isArray(value);
  const [open, close] = list ? "[]" : "{}";
  const inside = list ? value.map((item, place) => [place, item]) : Object.entries(value);
  const missing = list ? [] : missingBelow(marks, at.path, value);
  if (inside.length + missing.length === 0) {
    lines.push({ depth: at.depth, parts: [...lead, ["", open + close + end]], notes });
    return;
  }
  lines.push({ depth: at.depth, parts: [...lead, ["", open]], notes });
  inside.forEach(([key, item], index) => {
    const path = list ? `${at.path}[${key}]` : at.path ? `${at.path}.${key}` : key;
    const last = index === inside.length - 1;
    write(lines, item, marks, { path, key: list ? null : key, depth: at.depth + 1, last });
  });
  for (const [path, name] of missing) {
    const parts = [
      ["key", JSON.stringify(name)],
      ["", ": "],
      ["absent", "missing"],
    ];
    lines.push({ depth: at.depth + 1, parts, notes: notesFor(marks, path), absent: true });
  }
  lines.push({ depth: at.depth, parts: [["", close + end]], notes: [] });
}

/** Return the marked members that an object lacks, as path and name: what lies below a missing one counts as well. */
function missingBelow(marks, path, object) {
  const prefix = path ? `${path}.` : "";
  const found = new Map();
  for (const mark of marks) {
    if (!mark.path.startsWith(prefix) || mark.path === "body") continue;
    const rest = mark.path.slice(prefix.length);
    const next = rest.split(/[.[]/, 1)[0];
    if (rest && !Object.hasOwn(object, rest) && !Object.hasOwn(object, next)) found.set(mark.path, rest);
  }
  return found;
}

function scalar(value) {
  if (value === REDACTED) return ["redacted", "redacted"];
  if (typeof value === "string" && value.length > LONGEST_TEXT) {
    const cut = JSON.stringify(value.slice(0, LONGEST_TEXT)).slice(0, -1);
    return ["text", `${cut}… (${number(value.length)} characters)"`];
  }
  return [typeof value === "string" ? "text" : "value", JSON.stringify(value)];
}

function line({ depth, parts, notes, absent }) {
  const marked = notes.length > 0;
  const shown = parts.map(([kind, text]) => (kind ? el("span", { class: kind }, text) : text));
  const written = el("span", {}, "  ".repeat(depth), ...shown);
  const note = marked && el("span", { class: "note" }, spoken("refused: "), notes.join(", "));
  const made = el(
    marked ? "mark" : "span",
    { class: "line", dataset: absent ? { absent: "" } : {} },
    written,
    note,
    "\n",
  );
  made.style.setProperty("--depth", depth);
  return made;
}
