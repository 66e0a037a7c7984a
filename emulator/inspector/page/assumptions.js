/** The switches: what is assumed where the documentation is silent, each choice with its effect in words. */

import { button, el, fill } from "./dom.js";
import { basisMark, ruleLink } from "./rulebook.js";

export class Assumptions {
  constructor(app) {
    this.app = app;
    this.list = el("div", { class: "switches" });
    this.back = button("All to their defaults", () => this.#defaults());
    this.element = el(
      "section",
      { class: "assumptions", "aria-labelledby": "assumptions-title" },
      el(
        "div",
        { class: "bar" },
        el("h2", { id: "assumptions-title" }, "Assumptions"),
        el("div", { class: "actions" }, this.back),
      ),
      el(
        "p",
        { class: "muted" },
        "Where the documentation is silent, the emulator needs some behaviour. A switch counts from the next call on, for everybody.",
      ),
      this.list,
    );
  }

  async load(opened = null, focus = false) {
    await this.app.attempt(async () => {
      this.app.rulebook.forget();
      const book = await this.app.rulebook.load();
      const switches = [...book.switches()];
      const switched = switches.filter(([, [rule]]) => rule.value !== rule.default).length;
      this.app.switched(switched);
      this.back.disabled = switched === 0;
      this.#render(switches);
      if (opened !== null) this.#find(opened, focus);
    });
  }

  #render(switches) {
    const focused = this.list.contains(document.activeElement) ? document.activeElement.id : null;
    fill(this.list, ...switches.map(([name, rules]) => this.#switch(name, rules)));
    if (focused) document.getElementById(focused)?.focus();
  }

  #switch(name, rules) {
    const [rule] = rules;
    const choices = Object.entries(rule.alternatives).map(([value, sentence]) =>
      this.#choice(name, rule, value, sentence),
    );
    return el(
      "fieldset",
      { class: "switch", id: `switch-${name}`, dataset: { switched: rule.value === rule.default ? "no" : "yes" } },
      el("legend", {}, el("code", {}, name), rule.value !== rule.default && el("span", { class: "state" }, "switched")),
      ...choices,
      el("p", { class: "marks" }, basisMark(rule.basis), ...rules.map((entry) => ruleLink(entry.id))),
    );
  }

  #choice(name, rule, value, sentence) {
    const id = `choice-${name}-${value}`;
    const input = el("input", {
      type: "radio",
      name,
      id,
      value,
      checked: value === rule.value,
      on: { change: () => this.#put({ [name]: value }, `${name} is ${value} now.`) },
    });
    const usual = value === rule.default && el("small", {}, " default");
    return el("div", { class: "choice" }, input, el("label", { for: id }, sentence, " ", el("code", {}, value), usual));
  }

  async #put(change, said) {
    await this.app.attempt(() => this.app.api.put("/assumptions", change), said);
    await this.load();
  }

  async #defaults() {
    const known = await this.app.api.get("/assumptions");
    const change = Object.fromEntries(Object.entries(known).map(([name, entry]) => [name, entry.default]));
    await this.#put(change, "All assumptions are at their defaults.");
  }

  #find(name, focus) {
    const found = document.getElementById(`switch-${name}`);
    found?.scrollIntoView({ block: "center" });
    if (focus) found?.querySelector("input:checked")?.focus();
  }
}
