/** A list, and beside it what is opened of it; on a narrow screen one in place of the other. */

import { button, el, fill } from "./dom.js";

export class Panes {
  /**
   * @param {{list: Node[], label: string, home: string, back: function(): void}} options; `home` is the address of the
   *   list alone, `back` puts the focus where it was
   */
  constructor({ list, label, home, back }) {
    this.home = home;
    this.back = back;
    this.content = el("div", { class: "content" });
    const close = button("Close", () => this.close(), { class: "button quiet close", icon: "close" });
    this.detail = el("section", { class: "pane detail", "aria-label": label, hidden: true }, close, this.content);
    this.list = el("div", { class: "pane list" }, ...list);
    this.element = el("div", { class: "panes" }, this.list, this.detail);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !this.detail.hidden && !event.target.closest("dialog")) this.close();
    });
  }

  /** Show something opened; `focus` leads there, for who asked for it. */
  open(children, { focus }) {
    fill(this.content, ...children);
    this.detail.hidden = false;
    this.element.dataset.open = "";
    this.detail.scrollTop = 0;
    if (focus) {
      this.content.querySelector("h2")?.focus({ preventScroll: true });
      if (getComputedStyle(this.list).display === "none") scrollTo(0, 0);
    }
  }

  /** Show the list alone. */
  shut() {
    const focused = this.detail.contains(document.activeElement);
    this.detail.hidden = true;
    delete this.element.dataset.open;
    this.content.replaceChildren();
    if (focused) this.back();
  }

  close() {
    location.hash = this.home;
  }
}

/** Return a title and words for when there is nothing to show. */
export function empty(title, ...children) {
  return el("div", { class: "empty" }, el("h2", {}, title), ...children);
}
