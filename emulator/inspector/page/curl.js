/** Lines for a shell, and how they are copied. */

import { button, el } from "./dom.js";
import { REDACTED, shellWord } from "./format.js";

/** What curl sends by itself, or what belongs to the connection and not to the request. */
const BY_ITSELF = new Set([
  "host",
  "content-length",
  "accept-encoding",
  "connection",
  "user-agent",
  "transfer-encoding",
  "keep-alive",
  "expect",
]);
/** Words in place of what is not shown, for whoever runs the line to replace. */
const PLACEHOLDERS = new Map([
  ["authorization", "Bearer YOUR_TOKEN"],
  ["username", "USERNAME"],
  ["password", "PASSWORD"],
]);

/** Return a line that sends a call again; what was redacted is a word in capitals. */
export function curlOf(call, url) {
  const words = ["curl"];
  if (call.method !== "GET" || call.body !== null) words.push("--request", call.method);
  for (const [name, value] of Object.entries(call.headers)) {
    if (BY_ITSELF.has(name) || (name === "accept" && value === "*/*")) continue;
    words.push("--header", shellWord(`${name}: ${value === REDACTED ? placeholder(name) : value}`));
  }
  if (call.body !== null) words.push("--data-raw", shellWord(bodyOf(call.body)));
  const query = Object.entries(call.query).map(([name, value]) => {
    const shown = value === REDACTED ? "REDACTED" : value;
    return name === REDACTED ? "REDACTED" : `${encodeURIComponent(name)}=${encodeURIComponent(shown)}`;
  });
  words.push(shellWord(url + call.path + (query.length ? `?${query.join("&")}` : "")));
  return words.join(" ");
}

function bodyOf(body) {
  if (typeof body === "string" && /^\[\d+ bytes/.test(body)) return "BODY";
  return JSON.stringify(revealed(body, null));
}

function placeholder(name) {
  return PLACEHOLDERS.get(name) ?? "REDACTED";
}

function revealed(value, name) {
  if (value === REDACTED) return placeholder(name);
  if (Array.isArray(value)) return value.map((item) => revealed(item, name));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner, key)]));
}

/** Return a line that adds a first credential. */
export function firstCurl(url) {
  const body = JSON.stringify({ name: "My Registry", provider: "dockerhub" });
  const headers = "-H 'Authorization: Bearer my-token' -H 'Content-Type: application/json'";
  return `curl ${shellWord(`${url}/v1/integrations/registries`)} ${headers} -d '${body}'`;
}

/** Where a long line is best broken to be read: before options and before an address. */
const BREAKS = / (?=-{1,2}[A-Za-z]|https?:)/;

/**
 * Return a line with a button that copies it.
 *
 * @param {string} text
 * @param {import("./notices.js").Notices} notices is told that it is copied
 */
export function snippet(text, notices, { label = "Copy" } = {}) {
  const code = el(
    "code",
    {},
    ...text.split(BREAKS).flatMap((word, place) => [place > 0 && " ", el("span", { class: "word" }, word)]),
  );
  const copying = button(label, () => copy(text, code).then(() => notices.say("Copied.")), { icon: "copy" });
  return el("div", { class: "snippet" }, el("pre", {}, code), copying);
}

async function copy(text, element) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Not allowed: the old way below needs nobody's leave.
    }
  }
  getSelection().selectAllChildren(element);
  document.execCommand("copy");
}
