/** The last verification that did not pass, and the calls that came closest to it. */

import { el } from "./dom.js";
import { moment } from "./format.js";
import { differences, statusMark } from "./exchange.js";
import { jsonView } from "./json.js";
import { empty } from "./panes.js";
import { address } from "./router.js";

/** Return the verification as the content of the detail pane; null where there is none. */
export function nearMisses(last) {
  if (last === null)
    return [
      empty(
        "No verification has failed",
        el(
          "p",
          {},
          "POST /_emulator/requests/verify asks whether calls were made; one that fails is kept for this place.",
        ),
      ),
    ];
  const misses = last.nearMisses ?? [];
  return [
    el(
      "header",
      { class: "opened" },
      el(
        "h2",
        { tabindex: "-1" },
        last.verdict === "failed" ? "A verification failed" : "A verification is incomplete",
      ),
      el("p", {}, last.message),
      el(
        "p",
        { class: "muted" },
        el("time", { datetime: last.at, title: last.at }, moment(last.at)),
        `, wanted: ${wanted(last.times)}`,
      ),
    ),
    el("section", {}, el("h3", {}, "Wanted"), jsonView(last.request)),
    el(
      "section",
      {},
      el("h3", {}, "What came closest"),
      ...(misses.length ? misses.map(miss) : [el("p", { class: "muted" }, none(last))]),
    ),
  ];
}

function wanted({ atLeast, atMost }) {
  if (atMost === null) return `at least ${atLeast}`;
  return atLeast === atMost ? `exactly ${atMost}` : `from ${atLeast} to ${atMost}`;
}

function none(last) {
  return last.nearMisses === undefined ? "Too many calls matched, so none was missed." : "There was no other call.";
}

function miss({ request: call, differences: found }) {
  return el(
    "article",
    { class: "rule miss" },
    el(
      "p",
      {},
      statusMark(call.status),
      " ",
      el("a", { href: address("requests", String(call.id)) }, `${call.method} ${call.path}`),
    ),
    differences(found),
  );
}
