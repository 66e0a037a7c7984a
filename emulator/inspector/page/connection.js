/** Whether what is shown is what is: live, lost, or not to be had. */

import { button, el, fill } from "./dom.js";

const WORDS = { connecting: "Connecting", live: "Live", lost: "Reconnecting", refused: "Refused", asleep: "Asleep" };

export class Connection {
  #was = "connecting";

  /**
   * @param {HTMLElement} mark a place in the header
   * @param {HTMLElement} banner a live region below it
   * @param {function(): void} retry
   */
  constructor(mark, banner, retry) {
    this.mark = mark;
    this.banner = banner;
    this.retry = retry;
    this.show("connecting", {});
  }

  /** Show a state of the event stream. */
  show(state, { message }) {
    this.mark.dataset.state = state;
    this.mark.textContent = WORDS[state];
    if (state === this.#was) return;
    if (state === "lost" && this.#was !== "asleep") {
      this.#say(
        "lost",
        "The emulator does not answer. What is shown may be old; trying again until it does.",
        button("Try now", this.retry),
      );
    } else if (state === "refused") {
      this.#say("refused", message, button("Try again", this.retry));
    } else if (state === "live") {
      if (this.#was === "lost") this.#back();
      else fill(this.banner);
    }
    this.#was = state;
  }

  #back() {
    this.#say("back", "Connected again, and everything read anew.");
    setTimeout(() => this.banner.firstElementChild?.dataset.kind === "back" && fill(this.banner), 8000);
  }

  #say(kind, text, ...rest) {
    fill(this.banner, el("p", { class: "banner", dataset: { kind } }, el("span", {}, text), ...rest));
  }
}
