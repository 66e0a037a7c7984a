/** The emulator's clock: what it shows, and how it is set. */

import { button, el, field } from "./dom.js";
import { moment } from "./format.js";

const MINUTE = 60_000;
const STEPS = [
  ["+1 min", MINUTE],
  ["+1 h", 60 * MINUTE],
  ["+1 day", 24 * 60 * MINUTE],
];

export class Clock {
  #ahead = 0;
  #frozen = null;
  #timer = null;

  constructor(app) {
    this.app = app;
    this.now = el("time", { class: "now" });
    this.state = el("p", { class: "state-line" });
    this.freeze = button("Freeze", () => this.#put({ frozen: this.#frozen === null }));
    this.at = el("input", {
      type: "text",
      placeholder: "2030-01-01T00:00:00Z",
      autocomplete: "off",
      spellcheck: "false",
      required: true,
    });
    const setting = el(
      "form",
      {
        class: "inline",
        on: { submit: (event) => (event.preventDefault(), this.#put({ now: this.at.value.trim() })) },
      },
      field("Set it to", this.at, { hint: "RFC 3339, such as 2030-01-01T00:00:00Z" }),
      el("button", { class: "button" }, "Set"),
    );
    this.element = el(
      "section",
      { class: "panel clock", "aria-labelledby": "clock-title" },
      el("h2", { id: "clock-title" }, "Clock"),
      el("p", {}, this.now),
      this.state,
      el(
        "p",
        { class: "muted" },
        "Times of credentials, the hours of rate limits and the times in the journal follow this clock.",
      ),
      el(
        "div",
        { class: "actions start" },
        this.freeze,
        ...STEPS.map(([label, by]) => button(label, () => this.#put({ advanceMs: by }))),
      ),
      setting,
    );
  }

  /** Keep it going while it is seen. */
  async show() {
    clearInterval(this.#timer);
    this.#timer = setInterval(() => this.#draw(), 1000);
    await this.load();
  }

  hide() {
    clearInterval(this.#timer);
  }

  async load() {
    await this.app.attempt(async () => this.#take(await this.app.api.get("/clock")));
  }

  async #put(change) {
    await this.app.attempt(async () => {
      const shown = await this.app.api.put("/clock", change);
      this.#take(shown);
      this.app.notices.say(`The clock ${shown.frozen ? "stands still at" : "runs from"} ${moment(shown.now)}.`);
    });
  }

  #take({ now, frozen }) {
    const at = Date.parse(now);
    this.#ahead = at - Date.now();
    this.#frozen = frozen ? at : null;
    this.app.clockSeen(frozen);
    this.#draw();
  }

  #draw() {
    const at = new Date(this.#frozen ?? Date.now() + this.#ahead);
    const text = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
    if (this.now.textContent !== text) {
      this.now.textContent = text;
      this.now.dateTime = at.toISOString();
    }
    const away = Math.abs(this.#ahead) > 2000 ? ", not the time of this machine" : "";
    const state = this.#frozen === null ? `It runs${away}.` : "It stands still until it is released.";
    if (this.state.textContent !== state) this.state.textContent = state;
    this.freeze.textContent = this.#frozen === null ? "Freeze" : "Let it run";
  }
}
