/** Why a call was answered so: the rules that refused it, and the assumptions without which it had been otherwise. */

import { el } from "./dom.js";
import { withoutPlaces } from "./format.js";
import { address } from "./router.js";
import { basisMark, ruleLink } from "./rulebook.js";

/** Return the path of the field that a rule is about: for `add.credentials.scope.pull.type` `credentials.scope.pull`. */
export function fieldOf(rule) {
  const parts = rule.split(".");
  return parts.slice(1, -1).join(".");
}

/** Return the problems of an answer as path to messages; nothing where it names none. */
export function problemsOf(call) {
  return call.answer.body?.error?.details ?? {};
}

/**
 * Return what to mark in a body: each field at fault with the rules that found it so.
 *
 * @returns {import("./json.js").Mark[]}
 */
export function marksOf(call) {
  return Object.keys(problemsOf(call)).flatMap((path) => {
    const broken = call.rules.filter((rule) => fieldOf(rule) === withoutPlaces(path));
    const notes = broken.length ? broken : [call.rules.length === 1 ? call.rules[0] : "refused"];
    return notes.map((note) => ({ path, note }));
  });
}

/**
 * Return what an answer says of the field of a rule, as path and message. An answer has the messages of a field in the
 * order of its rules, one each, as far as they are counted alike.
 */
function saidOf(call, id) {
  const rules = call.rules.filter((rule) => fieldOf(rule) === fieldOf(id));
  return Object.entries(problemsOf(call))
    .filter(([path]) => withoutPlaces(path) === fieldOf(id))
    .flatMap(([path, messages]) => {
      const own = messages.length === rules.length ? [messages[rules.indexOf(id)]] : messages;
      return own.map((message) => ({ path, message }));
    });
}

/** Return the parts of the page that explain a call; `book` is loaded. */
export function explanation(call, book) {
  const refused = call.rules.map((id) => book.rule(id));
  const assumed = call.assumptions.filter((id) => !call.rules.includes(id)).map((id) => book.rule(id));
  return [
    call.fault !== null && faultSaid(call),
    refused.length > 0 && violations(call, refused, book),
    assumed.length > 0 && assumptions(assumed, book),
    call.fault === null && !refused.length && !assumed.length && nothing(call),
  ];
}

function faultSaid(call) {
  return el(
    "section",
    { class: "why", dataset: { kind: "fault" } },
    el("h3", {}, "A fault decided this answer"),
    el(
      "p",
      {},
      "The fault ",
      el("strong", {}, call.fault),
      " was armed on purpose or asked for by the client: what came back is no evidence of the API.",
    ),
    el("p", {}, el("a", { href: address("faults") }, "See the armed faults")),
  );
}

function violations(call, rules, book) {
  const title = rules.length === 1 ? "The rule that refused it" : `The ${rules.length} rules that refused it`;
  return el(
    "section",
    { class: "why", dataset: { kind: "refused" } },
    el("h3", {}, title),
    el("ul", { class: "cards", role: "list" }, ...rules.map((rule) => el("li", {}, violation(call, rule, book)))),
  );
}

function violation(call, rule, book) {
  return el(
    "article",
    { class: "rule", dataset: { basis: rule.basis } },
    el("p", { class: "says" }, book.saysNow(rule)),
    ...saidOf(call, rule.id).map(({ path, message }) => el("p", { class: "at" }, el("code", {}, path), " ", message)),
    book.source(rule),
    rule.note && el("p", { class: "muted" }, rule.note),
    el("p", { class: "marks" }, basisMark(rule.basis), ruleLink(rule.id)),
  );
}

function assumptions(rules, book) {
  return el(
    "section",
    { class: "why", dataset: { kind: "assumed" } },
    el("h3", {}, "Assumed here"),
    el(
      "p",
      { class: "muted" },
      "No documentation decides this. With one of these decided otherwise, the answer would have been another one.",
    ),
    el("ul", { class: "cards", role: "list" }, ...rules.map((rule) => el("li", {}, assumption(rule, book)))),
  );
}

function assumption(rule, book) {
  const switched = rule.assumption && [
    el("code", {}, `${rule.assumption} = ${rule.value}`),
    rule.value === rule.default ? " (default) " : " (switched) ",
    el("a", { href: address("settings", rule.assumption) }, "Switch"),
  ];
  return el(
    "article",
    { class: "rule", dataset: { basis: rule.basis } },
    el("p", { class: "says" }, book.saysNow(rule)),
    switched && el("p", { class: "muted" }, ...switched),
    el("p", { class: "marks" }, basisMark(rule.basis), ruleLink(rule.id)),
  );
}

function nothing(call) {
  const said =
    call.status < 400
      ? "No rule refused this call, and no assumption decided its answer."
      : "No rule is named for this answer.";
  return el("p", { class: "why muted" }, said);
}
