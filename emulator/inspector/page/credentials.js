/** The view of what is stored, by account and team. */

import { atMostEvery, button, el, field, fill, select, setOptions } from "./dom.js";
import { firstCurl, snippet } from "./curl.js";
import { addressOf, columns, credentialRow, opened } from "./credential.js";
import { number, plural } from "./format.js";
import { confirmed } from "./notices.js";
import { Panes, empty } from "./panes.js";
import { address } from "./router.js";
import { Rows } from "./rows.js";
import { seedDialog } from "./seeding.js";

const PAGE = 100;
const MOST_PLACES = 500;
const PATIENCE = 250;

export class Credentials {
  title = "Credentials";
  #offset = 0;
  #opened = null;
  #shown = false;
  #asked = 0;
  #accounts = new Set();
  #refresh = atMostEvery(500, () => this.#load());

  constructor(app) {
    this.app = app;
    this.place = select([["", "All accounts"]], { on: { change: () => this.#narrow() } });
    this.search = el("input", {
      type: "search",
      placeholder: "Name, id or provider…",
      autocomplete: "off",
      spellcheck: "false",
      on: { input: () => this.#typed() },
    });
    this.rows = new Rows({
      label: "Credentials, oldest first",
      key: addressOf,
      version: ({ credential }) => `${credential.name} ${credential.provider} ${credential.createdAt}`,
      row: credentialRow,
    });
    this.count = el("p", { class: "muted count" });
    this.note = el("p", { class: "muted template" });
    this.nothing = el("div");
    this.pager = el("nav", { class: "pager", "aria-label": "Pages of credentials" });
    const list = [columns(), this.rows.element, this.nothing, this.pager, this.note];
    this.panes = new Panes({
      list,
      label: "Opened credential",
      home: address("credentials"),
      back: () => this.rows.focus(),
    });
    this.element = el(
      "div",
      { class: "view credentials" },
      el(
        "div",
        { class: "bar" },
        el("h1", { tabindex: "-1" }, "Credentials"),
        this.count,
        el(
          "div",
          { class: "actions" },
          button("Add…", () => this.#seed(), { icon: "plus" }),
        ),
      ),
      el(
        "div",
        { class: "filters open", role: "search", "aria-label": "Find credentials" },
        field("Search", this.search, { class: "field grow" }),
        field("Account and team", this.place, { class: "field" }),
      ),
      this.panes.element,
    );
  }

  async show({ opened, query }, { focus }) {
    this.#shown = true;
    this.#opened = opened === null ? null : { id: opened, account: query.account, team: query.team };
    this.rows.choose(opened === null ? null : address("credentials", opened, query));
    const loading = this.#load();
    if (opened === null) this.panes.shut();
    else await this.#open(focus);
    await loading;
  }

  hide() {
    this.#shown = false;
  }

  /** Whether an account was in use when this was last read; its first call brings it into use. */
  knows(account) {
    return account === null || this.#accounts.has(account);
  }

  /** Something that is stored may have changed. */
  changed() {
    if (this.#shown) this.#refresh();
  }

  #narrow() {
    this.#offset = 0;
    return this.#load();
  }

  #typed() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.#narrow(), PATIENCE);
  }

  async #load() {
    const asked = (this.#asked += 1);
    await this.app.attempt(async () => {
      const [account, team] = this.place.value ? JSON.parse(this.place.value) : [];
      const query = { account, team, search: this.search.value, limit: PAGE };
      const [held, found] = await Promise.all([this.app.api.get("/accounts"), this.#page(query)]);
      if (asked !== this.#asked) return; // a later one is under way
      this.#offer(held.accounts);
      this.#render(held, found);
    });
  }

  /** Return a page; the last one there is, where others have gone meanwhile. */
  async #page(query) {
    const found = await this.app.api.get("/credentials", { ...query, offset: this.#offset });
    if (found.credentials.length || !found.total) return found;
    this.#offset = Math.floor((found.total - 1) / PAGE) * PAGE;
    return this.app.api.get("/credentials", { ...query, offset: this.#offset });
  }

  #offer(accounts) {
    this.#accounts = new Set(accounts.map(({ name }) => name));
    const places = accounts
      .slice(-MOST_PLACES)
      .flatMap(({ name, credentials, teams }) => [
        [JSON.stringify([name]), `${name} (${number(credentials)})`],
        ...Object.entries(teams).map(([team, size]) => [
          JSON.stringify([name, team]),
          `${name} / ${team} (${number(size)})`,
        ]),
      ]);
    if (this.place.value && !places.some(([value]) => value === this.place.value)) {
      const [account, team] = JSON.parse(this.place.value);
      places.push([this.place.value, `${team ? `${account} / ${team}` : account} (0)`]);
    }
    setOptions(this.place, [["", "All accounts"], ...places]);
  }

  #render({ accounts, template }, { credentials, total }) {
    this.rows.show(credentials);
    const searched = this.search.value !== "" || this.place.value !== "";
    this.count.textContent = plural(total, "credential");
    this.element.classList.toggle("without", total === 0);
    const starts = template.credentials + Object.values(template.teams).reduce((sum, size) => sum + size, 0);
    this.note.textContent = starts
      ? `Every ${accounts.length ? "other " : ""}account starts with ${plural(starts, "credential")} on its first use.`
      : "";
    fill(
      this.nothing,
      total === 0 &&
        (searched
          ? empty("No credential matches", el("p", {}, "Search by name, id or provider, in another account or in all."))
          : this.#first()),
    );
    const turn = (to) => () => ((this.#offset = to), this.#load());
    const last = Math.floor(Math.max(total - 1, 0) / PAGE) * PAGE;
    fill(
      this.pager,
      ...(total > PAGE
        ? [
            button("First", turn(0), { disabled: this.#offset === 0 }),
            button("Previous", turn(Math.max(this.#offset - PAGE, 0)), { disabled: this.#offset === 0 }),
            el(
              "span",
              { class: "muted" },
              `${number(this.#offset + 1)} to ${number(this.#offset + credentials.length)} of ${number(total)}`,
            ),
            button("Next", turn(this.#offset + PAGE), { disabled: this.#offset >= last }),
            button("Last", turn(last), { disabled: this.#offset >= last }),
          ]
        : []),
    );
  }

  #first() {
    const { api, notices } = this.app;
    return empty(
      "Nothing is stored yet",
      el("p", {}, "Run this in a terminal, or let the emulator make some credentials."),
      snippet(firstCurl(api.url), notices),
      button("Add credentials…", () => this.#seed(), { icon: "plus", class: "button primary" }),
    );
  }

  async #open(focus) {
    const wanted = this.#opened;
    const { account, team } = wanted;
    try {
      const { credential } = await this.app.api.get(`/credentials/${encodeURIComponent(wanted.id)}`, { account, team });
      if (this.#opened === wanted) this.panes.open(this.#content(credential, wanted), { focus });
    } catch (error) {
      if (error.status !== 404 && error.status !== 400) throw error;
      this.panes.open([empty("This credential is not there", el("p", {}, error.message))], { focus });
    }
  }

  #content(credential, place) {
    const remove = button("Delete…", () => this.#delete(credential.name, place), {
      class: "button danger",
      icon: "trash",
    });
    return [...opened(credential, place, this.app), el("section", {}, remove)];
  }

  async #delete(name, { id, account, team }) {
    const where = team ? `the team ${team} of ${account}` : account;
    if (!(await confirmed({ title: `Delete “${name}”?`, text: `It is taken out of ${where}.`, confirm: "Delete" })))
      return;
    const gone = await this.app.attempt(
      () => this.app.api.delete(`/credentials/${encodeURIComponent(id)}`, { account, team }),
      `Deleted ${name}.`,
    );
    if (gone) this.panes.close();
  }

  async #seed() {
    const [account = "", team = ""] = this.place.value ? JSON.parse(this.place.value) : [];
    await this.app.attempt(() => seedDialog(this.app, { account, team }));
  }
}
