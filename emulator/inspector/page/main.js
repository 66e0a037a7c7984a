/** Puts the page together: the views, what they share, and who is told of what happens. */

import { Api, ApiError } from "./api.js";
import { Calls, MOST } from "./calls.js";
import { Connection } from "./connection.js";
import { Credentials } from "./credentials.js";
import { atMostEvery, el, fill } from "./dom.js";
import { Events } from "./events.js";
import { Faults } from "./faults.js";
import { number } from "./format.js";
import { Notices, askToken } from "./notices.js";
import { Requests } from "./requests.js";
import { parse } from "./router.js";
import { Rulebook } from "./rulebook.js";
import { Rules } from "./rules.js";
import { Settings } from "./settings.js";
import { toggle } from "./theme.js";

/** Operations that change what is stored, when they are answered 200. */
const WRITES = /^(add|update|modify|delete)-/;
const BADGES = { faults: "armed", settings: "switched" };

class App {
  /** Whether the journal has been read once. */
  ready = false;
  /** The last verification that did not pass, as the control route tells it. */
  verification = { last: null };
  #view = null;
  #frozen = false;
  #switched = 0;
  #recount = atMostEvery(500, () => this.#count());

  constructor() {
    this.notices = new Notices(document.getElementById("notices"));
    this.api = new Api(new URL("..", location.href.split(/[?#]/)[0]), askToken);
    this.calls = new Calls();
    this.rulebook = new Rulebook(this.api);
    this.main = document.getElementById("main");
    this.views = {
      requests: new Requests(this),
      credentials: new Credentials(this),
      faults: new Faults(this),
      settings: new Settings(this),
      rules: new Rules(this),
    };
    this.connection = new Connection(document.getElementById("connection"), document.getElementById("lost"), () =>
      this.events.retry(),
    );
    this.events = new Events(this.api, {
      opened: () => this.#resync(),
      event: (kind, data) => this.#heard(kind, data),
      state: (state, told) => this.connection.show(state, told),
    });
  }

  start() {
    toggle(document.getElementById("theme"));
    addEventListener("hashchange", () => this.#route(true));
    document.querySelector(".skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.main.focus();
    });
    this.#route(false);
    this.events.start();
  }

  /**
   * Do something that may fail, and say so if it does.
   *
   * @param {function(): Promise<*>} action
   * @param {string} [done] said when it is done
   * @returns {Promise<boolean>} whether it was
   */
  async attempt(action, done) {
    try {
      await action();
    } catch (error) {
      // That nobody answers is told by the connection already.
      if (!(error instanceof ApiError && error.status === 0 && !done)) this.notices.complain(error);
      return false;
    }
    if (done) this.notices.say(done);
    return true;
  }

  /** Show in the navigation how many faults are armed. */
  armed(count) {
    this.#badge("faults", count ? number(count) : "");
  }

  /** Show in the navigation how many assumptions are switched, and whether the clock stands still. */
  switched(count) {
    this.#switched = count;
    this.#showSwitched();
  }

  clockSeen(frozen) {
    this.#frozen = frozen;
    this.#showSwitched();
  }

  #showSwitched() {
    const count = this.#switched + (this.#frozen ? 1 : 0);
    this.#badge("settings", count ? number(count) : "");
  }

  #badge(view, text) {
    const badge = document.querySelector(`[data-view="${view}"] .badge`);
    fill(badge, text && el("span", {}, text), text && el("span", { class: "spoken" }, ` ${BADGES[view]}`));
  }

  #route(moved) {
    const { view: name, ...place } = parse(location.hash, Object.keys(this.views));
    const view = this.views[name];
    const changed = view !== this.#view;
    if (changed) {
      this.#view?.hide();
      this.#view = view;
      fill(this.main, view.element);
      document.title = `${view.title} · Northflank emulator`;
      for (const link of document.querySelectorAll("[data-view]")) {
        if (link.dataset.view === name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      if (moved) scrollTo(0, 0);
    }
    if (changed && moved && place.opened === null) view.element.querySelector("h1").focus({ preventScroll: true });
    this.attempt(() => view.show(place, { focus: moved }));
  }

  /** Read everything anew: what happened while nobody listened is unknown. */
  async #resync() {
    this.calls.begin();
    this.rulebook.forget();
    await this.attempt(async () => {
      const [journal, verification, faults, assumptions, clock] = await Promise.all([
        this.api.get("/requests", { limit: MOST }),
        this.api.get("/requests/verify"),
        this.api.get("/faults"),
        this.api.get("/assumptions"),
        this.api.get("/clock"),
      ]);
      this.ready = true;
      this.verification = verification;
      this.calls.replace(journal.requests);
      this.armed(faults.faults.filter((fault) => !fault.spent).length);
      this.switched(Object.values(assumptions).filter(({ value, default: usual }) => value !== usual).length);
      this.clockSeen(clock.frozen);
    });
    for (const view of Object.values(this.views)) view.changed?.();
    this.views.requests.verified();
  }

  #heard(kind, data) {
    if (kind === "request") this.#called(data);
    if (kind === "change") this.#changed(data);
    if (kind === "missed") this.#resync();
  }

  #called(call) {
    const { views } = this;
    this.calls.add(call);
    const written = call.status === 200 && WRITES.test(call.operation ?? "");
    if (written || !views.credentials.knows(call.account)) views.credentials.changed();
    if (call.account !== null || call.fault !== null) views.faults.changed();
    if (call.fault !== null) this.#recount(); // it may be spent now
    views.rules.changed();
  }

  #changed({ what, account = null }) {
    const { views } = this;
    switch (what) {
      case "requests-forgotten":
        this.calls.forget(account);
        views.rules.changed();
        this.#verify();
        break;
      case "reset":
        this.#resync();
        break;
      case "verification":
        this.#verify();
        break;
      case "clock":
      case "assumptions":
      case "profile":
        this.rulebook.forget();
        views.settings.changed();
        views.rules.changed();
        if (what !== "clock") this.#recount();
        break;
      case "fault-armed":
      case "fault-disarmed":
      case "faults-disarmed":
        views.faults.changed();
        this.#recount();
        break;
      default:
        views.credentials.changed();
    }
  }

  async #verify() {
    await this.attempt(async () => {
      this.verification = await this.api.get("/requests/verify");
    });
    this.views.requests.verified();
  }

  /** Keep the numbers in the navigation. */
  async #count() {
    await this.attempt(async () => {
      const [{ faults }, assumptions] = await Promise.all([this.api.get("/faults"), this.api.get("/assumptions")]);
      this.armed(faults.filter((fault) => !fault.spent).length);
      this.switched(Object.values(assumptions).filter(({ value, default: usual }) => value !== usual).length);
    });
  }
}

new App().start();
