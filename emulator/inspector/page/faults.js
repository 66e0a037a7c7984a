/** The view of the faults: what is armed and how often it hit, and the form that arms one. */

import { atMostEvery, button, el, fill } from "./dom.js";
import { FaultForm } from "./fault-form.js";
import { number, plural } from "./format.js";
import { confirmed } from "./notices.js";
import { empty } from "./panes.js";
import { inWords } from "./fault-words.js";

export class Faults {
  title = "Faults";
  #shown = false;
  #refresh = atMostEvery(400, () => this.#load());

  constructor(app) {
    this.app = app;
    this.form = new FaultForm(app);
    this.list = el("ul", { class: "cards", role: "list", "aria-label": "Armed faults" });
    this.nothing = el("div");
    this.count = el("p", { class: "muted count" });
    this.all = button("Disarm all", () => this.#disarmAll(), { icon: "clear" });
    this.element = el(
      "div",
      { class: "view faults" },
      el(
        "div",
        { class: "bar" },
        el("h1", { tabindex: "-1" }, "Faults"),
        this.count,
        el("div", { class: "actions" }, this.all),
      ),
      el(
        "div",
        { class: "side-by-side" },
        el("section", { "aria-label": "Armed" }, this.list, this.nothing),
        this.form.element,
      ),
    );
  }

  async show() {
    this.#shown = true;
    this.form.prepare();
    await this.#load();
  }

  hide() {
    this.#shown = false;
  }

  /** Faults may have been armed, disarmed or met. */
  changed() {
    if (this.#shown) this.#refresh();
  }

  async #load() {
    await this.app.attempt(async () => {
      const { faults } = await this.app.api.get("/faults");
      const armed = faults.filter((fault) => !fault.spent).length;
      this.app.armed(armed);
      this.count.textContent = faults.length ? `${armed} armed, ${faults.length - armed} spent` : "";
      this.all.hidden = faults.length === 0;
      this.#render(faults);
    });
  }

  #render(faults) {
    const focused = document.activeElement?.closest("[data-fault]")?.dataset.fault;
    fill(this.list, ...faults.map((fault) => el("li", {}, this.#card(fault))).reverse());
    if (focused)
      (this.list.querySelector(`[data-fault="${Number(focused)}"] button`) ?? this.element.querySelector("h1")).focus();
    fill(
      this.nothing,
      faults.length === 0 &&
        empty(
          "No fault is armed",
          el(
            "p",
            {},
            "Every call is answered as the rulebook has it. Arm a fault to see how a client takes errors, delays and lost answers.",
          ),
        ),
    );
  }

  #card(fault) {
    const hits = fault.times === null ? plural(fault.hits, "hit") : `${fault.hits} of ${plural(fault.times, "hit")}`;
    const disarm = button("Disarm", () => this.#disarm(fault), { "aria-label": `Disarm fault ${fault.id}` });
    return el(
      "article",
      { class: "fault", dataset: { fault: fault.id, state: fault.spent ? "spent" : "armed" } },
      el("p", { class: "says" }, inWords(fault)),
      el(
        "p",
        { class: "marks" },
        el("span", { class: "state" }, fault.spent ? "spent" : "armed"),
        el("span", {}, `${hits}, ${number(fault.seen)} seen`),
        el("span", { class: "muted" }, `#${fault.id}`),
        disarm,
      ),
    );
  }

  async #disarm(fault) {
    await this.app.attempt(() => this.app.api.delete(`/faults/${fault.id}`), "Disarmed.");
    await this.#load();
  }

  async #disarmAll() {
    const question = { title: "Disarm all faults?", text: "Those that tests have armed, too.", confirm: "Disarm all" };
    if (!(await confirmed(question))) return;
    await this.app.attempt(() => this.app.api.delete("/faults"), "Disarmed all.");
    await this.#load();
  }
}
