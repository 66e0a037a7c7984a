/** The view of the rulebook: search it, tell what is documented from what is assumed, see what decided answers. */

import { atMostEvery, el, field, fill, select, spoken } from "./dom.js";
import { number, plural } from "./format.js";
import { address } from "./router.js";
import { BASES, basisMark } from "./rulebook.js";

/** What the first word of an id is about. */
const GROUPS = { add: "Add", list: "List", get: "Get", update: "Update", delete: "Delete", common: "Every operation" };

export class Rules {
  title = "Rules";
  #shown = false;
  #book = null;
  #decided = { calls: 0, dropped: 0, rules: {} };
  #refresh = atMostEvery(2000, () => this.#count());

  constructor(app) {
    this.app = app;
    const on = { input: () => this.#render() };
    this.search = el("input", {
      type: "search",
      placeholder: "Words, id, field or quote…",
      autocomplete: "off",
      spellcheck: "false",
      on,
    });
    this.basis = select([["", "Any basis"], ...BASES.map((basis) => [basis, basis])], { on });
    this.order = select(
      [
        ["book", "As in the book"],
        ["decided", "Most decisive first"],
      ],
      { on },
    );
    this.count = el("p", { class: "muted count" });
    this.tally = el("p", { class: "muted tally" });
    this.list = el("div", { class: "rulebook" });
    this.element = el(
      "div",
      { class: "view rules" },
      el("div", { class: "bar" }, el("h1", { tabindex: "-1" }, "Rules"), this.count),
      el(
        "div",
        { class: "filters open", role: "search", "aria-label": "Search the rulebook" },
        field("Search", this.search, { class: "field grow" }),
        field("Basis", this.basis),
        field("Order", this.order),
      ),
      this.tally,
      this.list,
    );
  }

  async show({ opened }, { focus }) {
    this.#shown = true;
    await this.app.attempt(async () => {
      await this.app.rulebook.load();
      await this.#count();
      if (opened === null) return;
      if (!document.getElementById(`rule-${opened}`)) this.#clear();
      const found = document.getElementById(`rule-${opened}`);
      found?.scrollIntoView({ block: "center" });
      if (focus) found?.querySelector("h3")?.focus({ preventScroll: true });
      for (const other of this.list.querySelectorAll("[data-opened]")) delete other.dataset.opened;
      if (found) found.dataset.opened = "";
    });
  }

  hide() {
    this.#shown = false;
  }

  /** Calls have come, or a switch has changed. */
  changed() {
    if (this.#shown) this.#refresh();
  }

  #clear() {
    this.search.value = "";
    this.basis.value = "";
    this.#render();
  }

  async #count() {
    this.#decided = await this.app.api.get("/rules/decided");
    const before = this.#book;
    this.#book = (await this.app.rulebook.load()).rules;
    // In place, if only the numbers are others: what somebody reads stays where it is.
    if (this.#book === before && this.order.value === "book") this.#tell();
    else this.#render();
  }

  #times(id) {
    return this.#decided.rules[id] ?? 0;
  }

  /** Write how often each rule has decided. */
  #tell() {
    const { calls, dropped } = this.#decided;
    const older = dropped ? `; ${number(dropped)} older ones were dropped` : "";
    this.tally.textContent = `Counted in the ${plural(calls, "call")} that the journal keeps${older}.`;
    for (const place of this.list.querySelectorAll(".decided")) {
      const times = this.#times(place.closest("li").id.replace(/^rule-/, ""));
      if (place.dataset.times === String(times)) continue;
      place.dataset.times = times;
      fill(
        place,
        ...(times
          ? ["decided ", el("strong", {}, number(times))]
          : [el("span", { "aria-hidden": "true" }, "–"), spoken("decided none")]),
      );
    }
  }

  #render() {
    const { rulebook } = this.app;
    const words = this.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rulebook.rules.filter(
      (rule) =>
        (!this.basis.value || rule.basis === this.basis.value) && words.every((word) => textOf(rule).includes(word)),
    );
    if (this.order.value === "decided") found.sort((one, other) => this.#times(other.id) - this.#times(one.id));
    this.count.textContent =
      found.length === rulebook.rules.length
        ? plural(found.length, "rule")
        : `${number(found.length)} of ${plural(rulebook.rules.length, "rule")}`;
    const unfolded = [...this.list.querySelectorAll("details[open]")].map((details) => details.closest("li").id);
    const opened = this.list.querySelector("[data-opened]")?.id;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.closest("li")?.id : null;
    fill(this.list, ...this.#groups(found).map(([title, rules]) => this.#group(title, rules)));
    this.#tell();
    for (const id of unfolded) document.getElementById(id)?.querySelector("details")?.setAttribute("open", "");
    if (!found.length) fill(this.list, el("p", { class: "muted" }, "No rule matches."));
    if (opened) document.getElementById(opened)?.setAttribute("data-opened", "");
    if (focused) document.getElementById(focused)?.querySelector("h3")?.focus({ preventScroll: true });
  }

  /** Return the rules by what they are about, in the order of the book; as one where that is not their order. */
  #groups(rules) {
    if (this.order.value === "decided") return rules.length ? [["All rules", rules]] : [];
    const groups = new Map();
    for (const rule of rules) {
      const title = GROUPS[rule.id.split(".", 1)[0]] ?? "Other";
      groups.set(title, [...(groups.get(title) ?? []), rule]);
    }
    return [...groups];
  }

  #group(title, rules) {
    return el(
      "section",
      { class: "group", "aria-label": title },
      el("h2", {}, title, " ", el("span", { class: "muted" }, number(rules.length))),
      el("ul", { role: "list" }, ...rules.map((rule) => this.#rule(rule))),
    );
  }

  #rule(rule) {
    const { rulebook } = this.app;
    const about = rulebook.contradictions(rule.id);
    return el(
      "li",
      { id: `rule-${rule.id}`, class: "entry", dataset: { basis: rule.basis } },
      el("h3", { tabindex: "-1" }, rulebook.saysNow(rule)),
      basisMark(rule.basis),
      el("p", { class: "decided", title: "Answers that it decided" }),
      el(
        "div",
        { class: "marks" },
        el("code", {}, rule.id),
        rule.assumption && switchLink(rule),
        el(
          "details",
          {},
          el("summary", {}, "Source"),
          rulebook.source(rule),
          rule.note && el("p", {}, rule.note),
          ...about.map(contradiction),
          el("p", { class: "muted" }, `Operations: ${rule.operations.join(", ").replace("*", "all")}`),
        ),
      ),
    );
  }
}

function switchLink(rule) {
  const text = `${rule.assumption} = ${rule.value}`;
  return el("a", { href: address("settings", rule.assumption) }, text);
}

function contradiction({ where, says, reading }) {
  return el("p", {}, el("strong", {}, "The page contradicts itself. "), `${where}: ${says} ${reading}`);
}

function textOf(rule) {
  const { says, id, note = "", source, assumption = "", alternatives = {} } = rule;
  const parts = [says, id, note, source.section, source.quote ?? "", assumption, ...Object.values(alternatives)];
  return parts.join(" ").toLowerCase();
}
