/** The choice of an account: all, one that is in use, or that of a token. */

import { el, field, select, setOptions } from "./dom.js";

const BY_TOKEN = "by-token";
const MOST = 500;

export class AccountChoice {
  /**
   * @param {string} label
   * @param {string} all what the choice of all is called
   */
  constructor(label, all, changed = () => {}) {
    this.all = all;
    this.select = select([["", all]], { on: { change: () => this.#show(changed) } });
    this.token = el("input", { type: "password", autocomplete: "off", spellcheck: "false", on: { input: changed } });
    this.byToken = field("Bearer token", this.token, { hint: "Names the account; it is sent for that and not kept." });
    this.byToken.hidden = true;
    this.element = el("div", { class: "account-choice" }, field(label, this.select), this.byToken);
  }

  /** Offer the accounts in use, as GET accounts tells them. */
  offer(accounts) {
    const names = accounts.slice(-MOST).map(({ name }) => [`account:${name}`, name]);
    setOptions(this.select, [["", this.all], ...names, [BY_TOKEN, "The account of a token…"]]);
  }

  /** What to send: `{}`, `{account}` or `{token}`. */
  get body() {
    if (this.select.value === "") return {};
    if (this.select.value === BY_TOKEN) return { token: this.token.value };
    return { account: this.select.value.replace(/^account:/, "") };
  }

  /** In words, for a sentence. */
  get words() {
    if (this.select.value === "") return null;
    return this.select.value === BY_TOKEN ? "the account of that token" : this.body.account;
  }

  clear() {
    this.token.value = "";
  }

  #show(changed) {
    this.byToken.hidden = this.select.value !== BY_TOKEN;
    this.token.required = !this.byToken.hidden;
    changed();
  }
}
