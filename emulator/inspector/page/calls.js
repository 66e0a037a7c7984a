/** The calls that are shown: the last ones of the journal, kept up with events, and told of once a frame. */

import { nextFrame } from "./dom.js";

/** As many as the journal keeps unless told otherwise. */
export const MOST = 1000;

export class Calls {
  #listeners = new Set();
  #held = [];
  #fresh = null;
  #tell = nextFrame(() => this.#listeners.forEach((listener) => listener()));

  /** Newest last. */
  all = [];
  paused = false;

  /** How many have come since the pause. */
  get waiting() {
    return this.#held.length;
  }

  /**
   * @param {function(): void} listener is called, at most once a frame, when the calls are others
   */
  subscribe(listener) {
    this.#listeners.add(listener);
  }

  find(id) {
    return this.all.find((call) => call.id === id) ?? this.#held.find((call) => call.id === id);
  }

  /** Begin to collect what comes while the journal is read; `replace` puts both together. */
  begin() {
    this.#fresh = [];
  }

  add(call) {
    this.#fresh?.push(call);
    if (this.paused) {
      this.#held.push(call);
      if (this.#held.length > MOST) this.#held.shift();
    } else {
      this.#append([call]);
    }
    this.#tell();
  }

  /** Put the calls of the journal in place of all, with those that came since `begin`. */
  replace(calls) {
    const known = new Set(calls.map((call) => call.id));
    this.all = [...calls, ...(this.#fresh ?? []).filter((call) => !known.has(call.id))].slice(-MOST);
    this.#fresh = null;
    this.#held = [];
    this.#tell();
  }

  /** Forget all, or those of one account, as the journal did. */
  forget(account) {
    const kept = (call) => account !== null && call.account !== account;
    this.all = this.all.filter(kept);
    this.#held = this.#held.filter(kept);
    this.#fresh = this.#fresh?.filter(kept) ?? null;
    this.#tell();
  }

  pause() {
    this.paused = true;
    this.#tell();
  }

  resume() {
    this.paused = false;
    this.#append(this.#held);
    this.#held = [];
    this.#tell();
  }

  #append(calls) {
    this.all.push(...calls);
    if (this.all.length > MOST) this.all.splice(0, this.all.length - MOST);
  }
}
