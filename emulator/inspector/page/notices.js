/** What is said once: results and problems, for eyes and for a screen reader; and questions that need an answer. */

import { button, el, fill } from "./dom.js";

const LASTS = 6000;

export class Notices {
  #timer = null;

  /** @param {HTMLElement} place a live region: what it holds is said */
  constructor(place) {
    this.place = place;
  }

  /** Say that something is done. */
  say(text) {
    this.#show(text, "done");
  }

  /** Say that something could not be done; stays until it is closed. */
  complain(error) {
    if (error.name === "AbortError") return;
    if (error.status === undefined) reportError(error);
    this.#show(error.message, "problem");
  }

  #show(text, kind) {
    clearTimeout(this.#timer);
    const close = button("", () => fill(this.place), { class: "plain", icon: "close", "aria-label": "Close" });
    fill(this.place, el("p", { class: "notice", dataset: { kind } }, text, close));
    if (kind === "done") this.#timer = setTimeout(() => fill(this.place), LASTS);
  }
}

/**
 * Ask before something is done that cannot be undone.
 *
 * @param {{title: string, text: string, confirm: string}} question
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, confirm }) {
  return new Promise((resolve) => {
    const cancel = button("Cancel", () => dialog.close(""));
    const yes = button(confirm, () => dialog.close("yes"), { class: "button danger" });
    const dialog = modal(title, el("p", {}, text), el("div", { class: "actions" }, cancel, yes));
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"));
    dialog.showModal();
    cancel.focus();
  });
}

/** Return a dialog with a title, which goes away when it is closed. */
export function modal(title, ...children) {
  const dialog = el("dialog", { "aria-labelledby": "dialog-title" });
  dialog.append(el("h2", { id: "dialog-title" }, title), ...children);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog;
}

/** Show that the admin token is wanted, until one is given. */
export function askToken(triedBefore) {
  return new Promise((resolve) => {
    const input = el("input", { type: "password", id: "admin-token", autocomplete: "off", required: true });
    const wrong = triedBefore && el("p", { class: "problem", role: "alert" }, "That is not the admin token.");
    const form = el(
      "form",
      { on: { submit: (event) => (event.preventDefault(), input.value && dialog.close(input.value)) } },
      el(
        "p",
        {},
        "Control of this emulator needs the token that it was started with (--admin-token). It stays in this page's memory.",
      ),
      wrong,
      el("div", { class: "field" }, el("label", { for: "admin-token" }, "Admin token"), input),
      el("div", { class: "actions" }, el("button", { class: "button primary" }, "Unlock")),
    );
    const dialog = modal("This emulator is locked", form);
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("close", () => resolve(dialog.returnValue));
    dialog.showModal();
    input.focus();
  });
}
