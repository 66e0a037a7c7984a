/** Makes elements. Whatever goes into them is text: nothing here reads markup, so nothing that is shown becomes any. */

const SVG = "http://www.w3.org/2000/svg";
/** Attributes that would run or load what they are given. */
const REFUSED = /^(on.*|style|srcdoc|src|action|formaction)$/i;

/**
 * Return a new element.
 *
 * @param {string} name of the tag
 * @param {Object<string, *>} [attributes] by name; `on` has listeners, `dataset` data attributes; true is an attribute
 *   without a value; null, undefined and false are left out
 * @param {...(Node|string|number|null|undefined|false)} children strings become text
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") {
      for (const [event, listener] of Object.entries(value)) made.addEventListener(event, listener);
    } else if (key === "dataset") {
      Object.assign(made.dataset, value);
    } else if (value !== null && value !== undefined && value !== false) {
      set(made, key, value);
    }
  }
  add(made, ...children);
  return made;
}

function set(element, key, value) {
  if (REFUSED.test(key)) throw new TypeError(`the attribute ${key} is not for this page`);
  if (key === "href" && !/^(#|\.\.?\/)/.test(value)) throw new TypeError("a link leads to a place of this page");
  element.setAttribute(key, value === true ? "" : String(value));
}

/** Add children as `el` does. */
export function add(parent, ...children) {
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) {
      parent.append(child instanceof Node ? child : String(child));
    }
  }
}

/** Put these children in place of all that an element has. */
export function fill(parent, ...children) {
  parent.replaceChildren();
  add(parent, ...children);
}

/** Return an icon of index.html; it says nothing to a screen reader. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.append(use);
  return svg;
}

/** Return text that only a screen reader says. */
export function spoken(text) {
  return el("span", { class: "spoken" }, text);
}

/** Return a button that never submits; `on` is called at a click. */
export function button(label, on, attributes = {}) {
  const { class: kind = "button", icon: named, ...rest } = attributes;
  return el("button", { type: "button", class: kind, ...rest, on: { click: on } }, named && icon(named), label);
}

let fields = 0;

/** Return a labelled field: the control gets an id, and a hint if there is one. */
export function field(label, control, { hint, class: kind = "field" } = {}) {
  const id = `field-${(fields += 1)}`;
  control.id = id;
  const explained = hint && el("small", { id: `${id}-hint`, class: "muted" }, hint);
  if (explained) control.setAttribute("aria-describedby", explained.id);
  return el("div", { class: kind }, el("label", { for: id }, label), control, explained);
}

/** Return a select; options are `[value, words]` or words that are their own value. */
export function select(options, attributes = {}) {
  const made = el("select", attributes);
  setOptions(made, options);
  return made;
}

/** Replace the options of a select and keep what is chosen, if it is still there. */
export function setOptions(made, options) {
  const chosen = made.value;
  const pairs = options.map((option) => (Array.isArray(option) ? option : [option, option]));
  fill(made, ...pairs.map(([value, words]) => el("option", { value }, words)));
  if (pairs.some(([value]) => value === chosen)) made.value = chosen;
}

/** Call `change` once, at the next frame, however often the returned function is called before. */
export function nextFrame(change) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      change();
    });
  };
}

/** Call `change` at most every `pause` milliseconds, at once the first time, and once more at the end. */
export function atMostEvery(pause, change) {
  let timer = null;
  let again = false;
  const run = () => {
    again = false;
    timer = setTimeout(() => {
      timer = null;
      if (again) run();
    }, pause);
    change();
  };
  return () => {
    if (timer === null) run();
    else again = true;
  };
}
