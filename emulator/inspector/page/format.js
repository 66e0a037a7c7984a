/** How values are written for people. */

const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const MOMENT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" });
const NUMBER = new Intl.NumberFormat("en");
/** What stands in place of a value that is not shown. */
export const REDACTED = "[redacted]";

/** Return the time of day with milliseconds, on the reader's clock. */
export function timeOfDay(text) {
  const at = new Date(text);
  return `${TIME.format(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** Return date and time on the reader's clock. */
export function moment(text) {
  return MOMENT.format(new Date(text));
}

/** Return date and time with milliseconds, on the reader's clock. */
export function exactMoment(text) {
  return `${moment(text)}.${String(new Date(text).getMilliseconds()).padStart(3, "0")}`;
}

/** Return a number with its thousands apart. */
export function number(value) {
  return NUMBER.format(value);
}

/** Return `1 call` or `3 calls`. */
export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Return milliseconds, as exact as they matter. */
export function duration(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 2 : 0)} ms`;
}

/** Return a word of a shell that stands for this text, whatever is in it. */
export function shellWord(text) {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Return the path of a field without the places in lists: `restrictions.projects[3]` is `restrictions.projects`. */
export function withoutPlaces(path) {
  return path.replace(/\[\d+\]/g, "");
}

/** Return how a JSON value is written on one line, cut where it is long. */
export function brief(value, most = 80) {
  const text = value === null || value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

const STATUS = {
  200: "OK",
  308: "Permanent Redirect",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Payload Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

/** Return what a status is called; nothing for one without a usual name. */
export function statusName(status) {
  return STATUS[status] ?? "";
}
