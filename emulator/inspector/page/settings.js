/** The view of what can be switched: clock and assumptions, and the way back to the start. */

import { Assumptions } from "./assumptions.js";
import { Clock } from "./clock.js";
import { atMostEvery, button, el } from "./dom.js";
import { confirmed } from "./notices.js";

export class Settings {
  title = "Settings";
  #shown = false;
  #refresh = atMostEvery(400, () => this.#load());

  constructor(app) {
    this.app = app;
    this.clock = new Clock(app);
    this.assumptions = new Assumptions(app);
    const reset = button("Reset everything…", () => this.#reset(), { class: "button danger", icon: "reset" });
    this.element = el(
      "div",
      { class: "view settings" },
      el("div", { class: "bar" }, el("h1", { tabindex: "-1" }, "Settings"), el("div", { class: "actions" }, reset)),
      el("div", { class: "side-by-side reversed" }, this.assumptions.element, this.clock.element),
    );
  }

  async show({ opened }, { focus }) {
    this.#shown = true;
    await Promise.all([this.clock.show(), this.assumptions.load(opened, focus)]);
  }

  hide() {
    this.#shown = false;
    this.clock.hide();
  }

  /** Something may have been switched. */
  changed() {
    if (this.#shown) this.#refresh();
  }

  #load() {
    return Promise.all([this.clock.load(), this.assumptions.load()]);
  }

  async #reset() {
    const text =
      "Stored credentials, calls, faults, clock, rate limits, tokens and assumptions go back to how the emulator started.";
    if (!(await confirmed({ title: "Reset everything?", text, confirm: "Reset" }))) return;
    await this.app.attempt(() => this.app.api.post("/reset", {}), "Everything is as at the start.");
  }
}
