/** One call opened: why it was answered so, what was asked and what came back. */

import { el, spoken } from "./dom.js";
import { REDACTED, brief, duration, exactMoment, statusName, timeOfDay } from "./format.js";
import { curlOf, snippet } from "./curl.js";
import { jsonView } from "./json.js";
import { explanation, marksOf } from "./why.js";

/** Return the mark of a status, whose class of hundreds decides the look. */
export function statusMark(status) {
  return el("span", { class: "status", dataset: { class: String(status)[0] } }, spoken("Status "), String(status));
}

/**
 * Return a call as the content of the detail pane.
 *
 * @param {object} call of the journal
 * @param {{book: import("./rulebook.js").Rulebook, url: string, notices: object, miss: object|null}} context; `miss` is
 *   what the last failed verification says of the call
 */
export function exchange(call, { book, url, notices, miss }) {
  const name = statusName(call.status);
  return [
    el(
      "header",
      { class: "opened" },
      el(
        "h2",
        { tabindex: "-1" },
        statusMark(call.status),
        " ",
        el("span", { class: "method" }, call.method),
        " ",
        el("span", { class: "path" }, call.path),
      ),
      facts(call),
    ),
    miss && missed(miss),
    ...explanation(call, book),
    part("Request", call.headers, call.body, { marks: marksOf(call), query: call.query }),
    part("Answer", call.answer.headers, call.answer.body, { title: name ? `Answer: ${call.status} ${name}` : null }),
    el(
      "section",
      {},
      el("h3", {}, "Send it again"),
      snippet(curlOf(call, url), notices, { label: "Copy as curl" }),
      placeholders(call),
    ),
  ];
}

function facts(call) {
  const entries = [
    ["Operation", call.operation ?? "no route"],
    ["Account", call.account ?? "none"],
    ["Took", duration(call.durationMs)],
    ["At", el("time", { datetime: call.at, title: exactMoment(call.at) }, timeOfDay(call.at))],
    ["Call", `#${call.id}`],
  ];
  return el(
    "dl",
    { class: "facts" },
    ...entries.map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value))),
  );
}

function part(title, headers, body, { marks = [], query = {}, title: heading = null }) {
  const names = Object.keys(headers);
  return el(
    "section",
    {},
    el("h3", {}, heading ?? title),
    Object.keys(query).length > 0 && el("div", { class: "query" }, el("h4", {}, "Query"), pairs(query)),
    shownBody(body, marks),
    el("details", {}, el("summary", {}, `${names.length} headers`), pairs(headers)),
  );
}

function shownBody(body, marks) {
  if (body === null) return el("p", { class: "muted" }, "No body.");
  // What is no JSON, or none of the API's, is not kept; its size is told instead.
  const size = typeof body === "string" && body.match(/^\[(\d+ bytes.*)\]$/);
  return size ? el("p", { class: "muted" }, `Not shown: ${size[1]}.`) : jsonView(body, marks);
}

function pairs(values) {
  return el(
    "dl",
    { class: "pairs" },
    ...Object.entries(values).flatMap(([name, value]) => [
      el("dt", {}, name),
      el("dd", {}, value === REDACTED ? el("span", { class: "redacted" }, "redacted") : value),
    ]),
  );
}

function placeholders(call) {
  const text = JSON.stringify([call.headers, call.body, call.query]);
  return (
    text.includes(REDACTED) && el("p", { class: "muted" }, "Secrets were never kept: replace the words in capitals.")
  );
}

/** Return where a call differs from what was verified. */
export function differences(list) {
  const rows = list.map(({ field, expected, got }) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, el("code", {}, field)),
      el("td", {}, brief(expected)),
      el("td", { class: "differs" }, brief(got)),
    ),
  );
  const head = el("tr", {}, ...["Where", "Wanted", "Got"].map((text) => el("th", { scope: "col" }, text)));
  return el("table", { class: "differences" }, el("thead", {}, head), el("tbody", {}, ...rows));
}

function missed(miss) {
  return el(
    "section",
    { class: "why", dataset: { kind: "miss" } },
    el("h3", {}, "A near miss of the last failed verification"),
    differences(miss.differences),
  );
}
