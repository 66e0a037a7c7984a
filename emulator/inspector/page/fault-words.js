/** Faults in words. */

import { number, plural, statusName } from "./format.js";

/** What each effect is called in the form, in the order of the contract. */
export const EFFECTS = {
  error: "An error status",
  "rate-limit": "429, the hour is used up",
  reset: "The connection is reset",
  empty: "The connection closes without an answer",
  truncate: "Half of the body, then nothing",
  malformed: "Broken JSON",
  delay: "The usual answer, but late",
};

const DOES = {
  error: ({ status }) => [status, statusName(status)].filter(Boolean).join(" "),
  "rate-limit": () => "429, nothing left of the hour",
  reset: () => "the connection is reset",
  empty: () => "no answer, the connection closes",
  truncate: () => "half of the body, then nothing",
  malformed: () => "broken JSON",
  delay: () => "the usual answer",
};

/** Return what a fault does: which calls, and what becomes of them. */
export function inWords(fault) {
  const done = fault.phase === "after" && fault.effect !== "delay" ? " What is asked for is done all the same." : "";
  return `${calls(fault)}: ${DOES[fault.effect](fault)}${late(fault)}.${done}`;
}

function calls({ operation, account, skip, times, probability }) {
  const what = operation === "*" ? "any operation" : operation;
  const share = probability < 1 && `${Number((probability * 100).toFixed(2))}% of the calls of ${what}`;
  const next =
    times === null ? `Every call of ${what}` : `The next ${times === 1 ? "call" : plural(times, "call")} of ${what}`;
  const parts = [
    share || next,
    account !== null && `by ${account}`,
    share && times !== null && `${number(times)} at most`,
    skip > 0 && `after ${plural(skip, "call")}`,
  ];
  return parts.filter(Boolean).join(", ");
}

function late({ delayMs, jitterMs }) {
  if (!delayMs && !jitterMs) return "";
  return jitterMs ? `, ${number(delayMs)} to ${number(delayMs + jitterMs)} ms late` : `, ${number(delayMs)} ms late`;
}
