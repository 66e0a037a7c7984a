/** The form that arms a fault, and says in words what it will do. */

import { AccountChoice } from "./accounts.js";
import { el, field, fill, select, setOptions } from "./dom.js";
import { snippet } from "./curl.js";
import { shellWord } from "./format.js";
import { EFFECTS, inWords } from "./fault-words.js";

/** What a fault is that says nothing else. */
const USUAL = {
  operation: "*",
  effect: "error",
  status: 503,
  times: null,
  skip: 0,
  delayMs: 0,
  jitterMs: 0,
  phase: "before",
  probability: 1,
};

export class FaultForm {
  constructor(app) {
    this.app = app;
    const on = { input: () => this.#show() };
    const whole = (value, attributes) => el("input", { type: "number", step: "1", min: "0", value, on, ...attributes });
    this.operation = select([["*", "Every operation that needs a token"]], { on });
    this.effect = select(Object.entries(EFFECTS), { on });
    this.status = whole("503", { min: "400", max: "599", required: true });
    this.times = whole("1", { min: "1", placeholder: "all" });
    this.skip = whole("0");
    this.delay = whole("0", { max: "600000" });
    this.jitter = whole("0", { max: "600000" });
    this.probability = el("input", { type: "number", min: "0", max: "100", step: "any", value: "100", on });
    this.after = el("input", { type: "checkbox", id: "fault-after", on });
    this.account = new AccountChoice("Whose calls", "Every account", () => this.#show());
    this.statusField = field("Status", this.status);
    this.preview = el("p", { class: "says" });
    this.line = el("div");
    this.problem = el("p", { class: "problem", role: "alert" });
    this.element = el(
      "form",
      {
        class: "panel",
        "aria-labelledby": "arm-title",
        on: { submit: (event) => (event.preventDefault(), this.#arm()) },
      },
      el("h2", { id: "arm-title" }, "Arm a fault"),
      field("Operation", this.operation),
      el("div", { class: "columns-2" }, field("What happens", this.effect), this.statusField),
      el(
        "div",
        { class: "columns-2" },
        field("How many calls", this.times, { hint: "Empty: all that follow." }),
        field("Let pass before", this.skip),
      ),
      el(
        "div",
        { class: "check" },
        this.after,
        el("label", { for: "fault-after" }, "Do what was asked, then lose the answer"),
      ),
      el(
        "details",
        {},
        el("summary", {}, "Delay, chance, account"),
        el(
          "div",
          { class: "columns-2" },
          field("Delay (ms)", this.delay),
          field("Jitter (ms)", this.jitter),
          field("Share of calls (%)", this.probability),
        ),
        this.account.element,
      ),
      el("div", { class: "preview" }, this.preview),
      this.problem,
      el("div", { class: "actions" }, el("button", { class: "button primary" }, "Arm")),
      el("details", {}, el("summary", {}, "The same with curl"), this.line),
    );
    this.#show();
  }

  /** Offer the operations and accounts that there are. */
  async prepare() {
    await this.app.attempt(async () => {
      const [contract, { accounts }] = await Promise.all([
        this.app.api.get("/openapi.json"),
        this.app.api.get("/accounts"),
      ]);
      const operations = contract.components.schemas.Operation.enum;
      setOptions(this.operation, [["*", "Every operation that needs a token"], ...operations]);
      this.account.offer(accounts);
      this.#show();
    });
  }

  get #fault() {
    const amount = (input) => (input.value === "" || Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber);
    const share = amount(this.probability);
    return {
      operation: this.operation.value,
      effect: this.effect.value,
      status: this.effect.value === "error" ? (amount(this.status) ?? USUAL.status) : USUAL.status,
      times: amount(this.times),
      skip: amount(this.skip) ?? 0,
      delayMs: amount(this.delay) ?? 0,
      jitterMs: amount(this.jitter) ?? 0,
      phase: this.after.checked ? "after" : "before",
      probability: share === null ? 1 : share / 100,
    };
  }

  /** What to send: the account, and all that is not as usual. */
  #body(account) {
    const other = Object.entries(this.#fault).filter(([name, value]) => value !== USUAL[name]);
    return { ...Object.fromEntries(other), ...account };
  }

  #show() {
    const { api, notices } = this.app;
    this.statusField.hidden = this.effect.value !== "error";
    this.preview.textContent = inWords({ ...this.#fault, account: this.account.words });
    const account = "token" in this.account.body ? { token: "YOUR_TOKEN" } : this.account.body;
    const words = [
      "curl",
      ...(api.locked ? ["--header 'Authorization: Bearer ADMIN_TOKEN'"] : []),
      "--header 'Content-Type: application/json'",
      `--data ${shellWord(JSON.stringify(this.#body(account)))}`,
      shellWord(`${api.url}/_emulator/faults`),
    ];
    fill(this.line, snippet(words.join(" "), notices));
  }

  async #arm() {
    this.problem.textContent = "";
    try {
      const armed = await this.app.api.post("/faults", this.#body(this.account.body));
      this.app.notices.say(`Armed: ${inWords(armed)}`);
    } catch (error) {
      this.problem.textContent = error.message;
    }
  }
}
