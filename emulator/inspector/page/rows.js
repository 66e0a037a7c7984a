/** A list of links, one a row: kept in step with what it shows, and walked through with the arrow keys. */

import { el } from "./dom.js";

const STEPS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

export class Rows {
  #known = new Map();
  #current = null;
  #chosen = null;

  /**
   * @param {Object} options
   * @param {string} options.label
   * @param {function(*): string} options.key of an item
   * @param {function(*): string} options.version another one when an item's row has to be made anew
   * @param {function(*): HTMLElement} options.row makes the link of an item
   * @param {function(string): void} [options.walked] is told the key of a row that an arrow key has led to
   */
  constructor({ label, key, version, row, walked = () => {} }) {
    this.key = key;
    this.version = version;
    this.row = row;
    this.walked = walked;
    this.element = el("ul", {
      class: "rows",
      role: "list",
      "aria-label": label,
      on: { keydown: (event) => this.#walk(event) },
    });
    this.element.addEventListener("focusin", (event) => this.#stopAt(event.target.closest("li")));
  }

  /** Show these items in their order; rows that are there already stay as they are. */
  show(items) {
    const focused = this.element.contains(document.activeElement);
    const versions = new Map(items.map((item) => [this.key(item), this.version(item)]));
    for (const [key, line] of this.#known) {
      if (versions.get(key) !== line.dataset.version) {
        line.remove();
        this.#known.delete(key);
      }
    }
    let next = this.element.firstElementChild;
    for (const item of items) {
      const line = this.#line(item);
      if (line === next) next = next.nextElementSibling;
      else this.element.insertBefore(line, next);
    }
    if (!this.#current?.isConnected) {
      this.#stopAt(this.#known.get(this.#current?.dataset.key) ?? this.element.firstElementChild);
      if (focused) this.focus();
    }
  }

  /** Mark the row that is opened; null for none. */
  choose(key) {
    this.#mark(this.#chosen, null);
    this.#chosen = key;
    this.#mark(key, "true");
    const line = this.#known.get(key);
    if (line) this.#stopAt(line);
  }

  /** Put the focus on the row that was opened last, or on the first. */
  focus() {
    (this.#current ?? this.element.firstElementChild)?.firstElementChild.focus();
  }

  #line(item) {
    const key = this.key(item);
    let line = this.#known.get(key);
    if (line === undefined) {
      const link = this.row(item);
      link.tabIndex = -1;
      line = el("li", { dataset: { key, version: this.version(item) } }, link);
      this.#known.set(key, line);
      if (key === this.#chosen) this.#mark(key, "true");
    }
    return line;
  }

  #mark(key, value) {
    const link = this.#known.get(key)?.firstElementChild;
    if (value === null) link?.removeAttribute("aria-current");
    else link?.setAttribute("aria-current", value);
  }

  /** One row can be reached with the tabulator; the arrow keys lead to the others. */
  #stopAt(line) {
    if (!line) {
      this.#current = null;
      return;
    }
    if (this.#current) this.#current.firstElementChild.tabIndex = -1;
    this.#current = line;
    line.firstElementChild.tabIndex = 0;
  }

  #walk(event) {
    const step = STEPS[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const lines = [...this.element.children];
    const from = Math.max(lines.indexOf(this.#current), 0);
    const line = lines[Math.min(Math.max(from + step, 0), lines.length - 1)];
    line?.firstElementChild.focus();
    if (line) this.walked(line.dataset.key);
  }
}
