/** The rulebook: what each rule says, where it is from, and what it is now where it can be switched. */

import { el, icon, spoken } from "./dom.js";
import { address } from "./router.js";

const BASIS = {
  documented: { words: "documented", icon: "document", means: "A documentation page of the vendor says so." },
  "client-observed": {
    words: "client-observed",
    icon: "eye",
    means: "An official client sends it, reads it or relies on it.",
  },
  implied: { words: "implied", icon: "implied", means: "Nothing else fits what the documentation says." },
  assumed: { words: "assumed", icon: "question", means: "Documented nowhere: a reading of this project." },
  "live-verified": { words: "live-verified", icon: "check", means: "Seen on the target of the profile in force." },
};

/** What a rule can be based on, in the order of how sure it is. */
export const BASES = Object.keys(BASIS);

/** Return the mark of a basis; its word and its icon tell what its colour does. */
export function basisMark(basis) {
  const { words, icon: named, means } = BASIS[basis] ?? { words: basis, icon: "question", means: "" };
  return el("span", { class: "basis", dataset: { basis }, title: means }, icon(named), words);
}

export class Rulebook {
  #loading = null;
  #book = null;
  #byId = new Map();

  /** @param {import("./api.js").Api} api */
  constructor(api) {
    this.api = api;
  }

  /** Load it, unless it is there. */
  async load() {
    this.#loading ??= this.api.get("/rules").catch((error) => {
      this.#loading = null;
      throw error;
    });
    this.#book = await this.#loading;
    this.#byId = new Map(this.#book.rules.map((rule) => [rule.id, rule]));
    return this;
  }

  /** Load it anew when it is next asked for: a switch has changed. */
  forget() {
    this.#loading = null;
  }

  get rules() {
    return this.#book.rules;
  }

  /** Return a rule; one that says nothing where there is none of this id. */
  rule(id) {
    return (
      this.#byId.get(id) ?? { id, says: "A rule that the rulebook does not have.", basis: "assumed", operations: [] }
    );
  }

  /** Return what the page contradicts itself about, where that is about a rule. */
  contradictions(id) {
    return this.#book.contradictions.filter((entry) => entry.rules.includes(id));
  }

  /** Return the switches: name to the rules that it changes, in the order of the book. */
  switches() {
    const found = new Map();
    for (const rule of this.rules.filter((entry) => entry.assumption)) {
      found.set(rule.assumption, [...(found.get(rule.assumption) ?? []), rule]);
    }
    return found;
  }

  /** Return what a rule says now: of a switched one the sentence of its value. */
  saysNow(rule) {
    return rule.alternatives && rule.value !== rule.default ? rule.alternatives[rule.value] : rule.says;
  }

  /** Return the words of the documentation that a rule is from, as an element; null where there are none to tell. */
  source(rule) {
    if (rule.verified) return el("p", { class: "source" }, seen(rule.verified));
    if (!rule.source) return null;
    const { document: key, section, quote } = rule.source;
    const title = this.#book.sources[key]?.title ?? key;
    const cite = el("cite", {}, `${title}, ${section}`);
    return quote ? el("blockquote", {}, el("p", {}, `“${quote}”`), cite) : el("p", { class: "source" }, cite);
  }
}

function seen({ target, date, choice }) {
  return el("cite", {}, `Seen on ${target}, ${date}: ${choice}`);
}

/** Return a link to a rule, by its id. */
export function ruleLink(id) {
  return el("a", { href: address("rules", id), class: "rule-id" }, spoken("Rule "), el("code", {}, id));
}
