/** The view of the calls, live. */

import { button, el, fill, nextFrame, spoken } from "./dom.js";
import { firstCurl, snippet } from "./curl.js";
import { exchange, statusMark } from "./exchange.js";
import { Filters } from "./filters.js";
import { duration, number, plural, timeOfDay } from "./format.js";
import { nearMisses } from "./misses.js";
import { confirmed } from "./notices.js";
import { Panes, empty } from "./panes.js";
import { address, note } from "./router.js";
import { Rows } from "./rows.js";

const PAGE = 200;
const MISSES = "near-misses";

export class Requests {
  title = "Requests";
  #page = 0;
  #opened = null;
  #shown = false;
  #draw = nextFrame(() => this.#render());

  constructor(app) {
    this.app = app;
    this.filters = new Filters(() => this.#narrow());
    this.rows = new Rows({
      label: "Calls, newest first",
      key: (call) => String(call.id),
      version: (call) => `${call.at} ${call.status}`, // after a restart they are counted from 1 again
      row: callRow,
      walked: (key) => this.#opened !== null && this.#walked(key),
    });
    this.count = el("p", { class: "muted count" });
    this.pause = button("Pause", () => this.#pause(), { icon: "pause" });
    this.clear = button("Clear", () => this.#clear(), { icon: "clear" });
    this.notice = el("div");
    this.nothing = el("div");
    this.pager = el("nav", { class: "pager", "aria-label": "Pages of calls" });
    const list = [this.notice, columns(), this.rows.element, this.nothing, this.pager];
    this.panes = new Panes({ list, label: "Opened call", home: address("requests"), back: () => this.rows.focus() });
    this.element = el(
      "div",
      { class: "view requests" },
      el(
        "div",
        { class: "bar" },
        el("h1", { tabindex: "-1" }, "Requests"),
        this.count,
        el("div", { class: "actions" }, this.pause, this.clear),
      ),
      this.filters.element,
      this.panes.element,
    );
    app.calls.subscribe(() => this.#shown && this.#draw());
  }

  /** Show the view, and a call or the near misses opened in it. */
  async show({ opened }, { focus }) {
    this.#shown = true;
    this.#opened = opened;
    this.#render();
    this.rows.choose(opened);
    if (opened === null) this.panes.shut();
    else await this.#open(opened, focus);
  }

  hide() {
    this.#shown = false;
  }

  /** Show that the last failed verification is another one. */
  verified() {
    this.#draw();
    if (this.#opened === MISSES) this.#open(MISSES, false);
  }

  /** What is opened follows who walks through the list. */
  #walked(key) {
    note(address("requests", key));
    this.show({ opened: key }, { focus: false });
  }

  #narrow() {
    this.#page = 0;
    this.#render();
  }

  #render() {
    const { calls, verification } = this.app;
    this.filters.offer(calls.all);
    const found = calls.all.filter((call) => this.filters.matches(call)).reverse();
    this.#page = Math.min(this.#page, Math.max(Math.ceil(found.length / PAGE) - 1, 0));
    this.rows.show(found.slice(this.#page * PAGE, (this.#page + 1) * PAGE));
    this.count.textContent =
      found.length === calls.all.length
        ? plural(found.length, "call")
        : `${number(found.length)} of ${plural(calls.all.length, "call")}`;
    this.element.classList.toggle("without", calls.all.length === 0);
    this.#showPause();
    this.#showNothing(found.length);
    this.#showPager(found.length);
    fill(this.notice, verification.last && missNotice(verification.last));
  }

  #showPause() {
    const { paused, waiting } = this.app.calls;
    const label = paused ? (waiting ? `Resume (${number(waiting)} new)` : "Resume") : "Pause";
    if (this.pause.lastChild.textContent !== label) this.pause.lastChild.textContent = label;
    this.pause.classList.toggle("primary", paused);
  }

  #showNothing(found) {
    const { app } = this;
    const state = found ? "" : app.calls.all.length ? "filtered" : app.ready ? "none" : "loading";
    if (this.nothing.dataset.state === state) return;
    this.nothing.dataset.state = state;
    fill(this.nothing, state && this.#nothingSaid(state));
  }

  #nothingSaid(state) {
    if (state === "loading") return el("p", { class: "muted loading" }, "Reading the journal…");
    if (state === "filtered") {
      const again = () => (this.filters.clear(), this.#narrow());
      return empty("No call matches", el("p", {}, "Other calls are there."), button("Show all calls", again));
    }
    const { api, notices } = this.app;
    return empty(
      "Nothing has been asked yet",
      el("p", {}, "Run this in a terminal. The call appears here by itself, with the reason for its answer."),
      snippet(firstCurl(api.url), notices, { label: "Copy" }),
      el(
        "p",
        { class: "muted" },
        "Any client works: its base URL is ",
        el("code", {}, api.url),
        ", and any bearer token is an account of its own.",
      ),
    );
  }

  #showPager(found) {
    const pages = Math.ceil(found / PAGE);
    const state = pages > 1 ? `${this.#page} ${found}` : "";
    if (this.pager.dataset.state === state) return;
    this.pager.dataset.state = state;
    const turn = (by) => () => ((this.#page += by), this.#render(), (this.panes.list.scrollTop = 0));
    const first = this.#page * PAGE + 1;
    fill(
      this.pager,
      state && button("Newer", turn(-1), { disabled: this.#page === 0 }),
      state &&
        el(
          "span",
          { class: "muted" },
          `${number(first)} to ${number(Math.min(first + PAGE - 1, found))} of ${number(found)}`,
        ),
      state && button("Older", turn(1), { disabled: this.#page === pages - 1 }),
    );
  }

  async #open(opened, focus) {
    const { app } = this;
    await app.rulebook.load();
    if (this.#opened !== opened) return;
    const { last } = app.verification;
    if (opened === MISSES) {
      this.panes.open(nearMisses(last), { focus });
      return;
    }
    const id = Number(opened);
    const miss = last?.nearMisses?.find((entry) => entry.request.id === id) ?? null;
    const call = app.calls.find(id) ?? miss?.request;
    const content = call
      ? exchange(call, { book: app.rulebook, url: app.api.url, notices: app.notices, miss })
      : [empty("This call is no longer kept", el("p", {}, "The journal has dropped or forgotten it."))];
    this.panes.open(content, { focus });
  }

  #pause() {
    const { calls } = this.app;
    if (calls.paused) calls.resume();
    else calls.pause();
  }

  async #clear() {
    const account = this.filters.chosenAccount;
    const whose = account === null ? "all calls" : `the calls of ${account}`;
    const question = {
      title: `Forget ${whose}?`,
      text: "The journal is emptied for everybody: a test that is running will not find its calls there.",
      confirm: "Forget",
    };
    if (!(await confirmed(question))) return;
    await this.app.attempt(() => this.app.api.delete("/requests", { account }), `Forgot ${whose}.`);
  }
}

function columns() {
  const names = ["Status", "Method", "Path", "Operation", "Account", "Took", "At"];
  return el(
    "div",
    { class: "columns", "aria-hidden": "true" },
    ...names.map((name) => el("span", { class: name.toLowerCase() }, name)),
  );
}

function callRow(call) {
  const why = call.fault === null ? call.rules.join(", ") : `fault: ${call.fault}`;
  return el(
    "a",
    {
      href: address("requests", String(call.id)),
      class: "row",
      dataset: { fault: call.fault === null ? "" : "fault" },
    },
    statusMark(call.status),
    el("span", { class: "method" }, call.method),
    el("span", { class: "path" }, call.path),
    el("span", { class: "operation" }, call.operation ?? "no route"),
    el("span", { class: "account", title: call.account }, call.account ?? "no account"),
    el("span", { class: "took" }, duration(call.durationMs)),
    el("time", { class: "at", datetime: call.at, title: call.at }, timeOfDay(call.at)),
    why && el("span", { class: "reason" }, spoken("because of "), why),
  );
}

function missNotice(last) {
  return el(
    "p",
    { class: "banner", dataset: { kind: "miss" } },
    el("strong", {}, `A verification ${last.verdict === "failed" ? "failed" : "is incomplete"}. `),
    `${last.message} `,
    el(
      "a",
      { href: address("requests", MISSES) },
      last.nearMisses?.length ? "See what came closest" : "See what was asked for",
    ),
  );
}
