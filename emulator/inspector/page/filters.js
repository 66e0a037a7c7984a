/** What narrows the list of calls. */

import { button, el, field, select, setOptions } from "./dom.js";

const STATUSES = [
  ["", "Any status"],
  ["2", "2xx success"],
  ["3", "3xx redirect"],
  ["4", "4xx refused"],
  ["5", "5xx failed"],
  ["rule", "Refused by a rule"],
  ["assumed", "Decided by an assumption"],
  ["fault", "Met a fault"],
];
const NO_ROUTE = "(no route)";
const NO_ACCOUNT = "(none)";

export class Filters {
  #known = "";

  /** @param {function(): void} changed is called when another choice is made */
  constructor(changed) {
    const on = { input: changed };
    this.text = el("input", {
      type: "search",
      placeholder: "Path contains…",
      autocomplete: "off",
      spellcheck: "false",
      on,
    });
    this.status = select(STATUSES, { on });
    this.method = select([["", "Any method"]], { on });
    this.operation = select([["", "Any operation"]], { on });
    this.account = select([["", "Any account"]], { on });
    const more = el(
      "div",
      { class: "more" },
      field("Status", this.status),
      field("Method", this.method),
      field("Operation", this.operation),
      field("Account", this.account),
    );
    const toggle = button("Filters", () => this.#toggle(), {
      class: "button toggle",
      icon: "filter",
      "aria-expanded": "false",
    });
    this.toggle = toggle;
    this.element = el(
      "div",
      { class: "filters", role: "search", "aria-label": "Filter the calls" },
      field("Path", this.text, { class: "field grow" }),
      toggle,
      more,
    );
  }

  /** Offer what the calls have. */
  offer(calls) {
    const sets = [(call) => call.method, operationOf, accountOf].map((of) => [...new Set(calls.map(of))].sort());
    const known = JSON.stringify(sets);
    if (known === this.#known) return;
    this.#known = known;
    const [methods, operations, accounts] = sets;
    setOptions(this.method, [["", "Any method"], ...methods]);
    setOptions(this.operation, [["", "Any operation"], ...operations]);
    setOptions(this.account, [["", "Any account"], ...accounts]);
  }

  /** Whether any call at all is left out by choice. */
  get active() {
    return [this.text, this.status, this.method, this.operation, this.account].some((control) => control.value !== "");
  }

  /** The account that is chosen; null for all and for calls of none. */
  get chosenAccount() {
    return this.account.value && this.account.value !== NO_ACCOUNT ? this.account.value : null;
  }

  clear() {
    for (const control of [this.text, this.status, this.method, this.operation, this.account]) control.value = "";
  }

  matches(call) {
    return (
      call.path.toLowerCase().includes(this.text.value.trim().toLowerCase()) &&
      (!this.method.value || call.method === this.method.value) &&
      (!this.operation.value || operationOf(call) === this.operation.value) &&
      (!this.account.value || accountOf(call) === this.account.value) &&
      hasStatus(call, this.status.value)
    );
  }

  #toggle() {
    const open = this.element.classList.toggle("open");
    this.toggle.setAttribute("aria-expanded", String(open));
  }
}

function operationOf(call) {
  return call.operation ?? NO_ROUTE;
}

function accountOf(call) {
  return call.account ?? NO_ACCOUNT;
}

function hasStatus(call, wanted) {
  switch (wanted) {
    case "":
      return true;
    case "rule":
      return call.rules.length > 0;
    case "assumed":
      return call.assumptions.length > 0;
    case "fault":
      return call.fault !== null;
    default:
      return String(call.status).startsWith(wanted);
  }
}
