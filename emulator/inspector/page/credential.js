/** One set of credentials: as a row of the list, and opened. */

import { el } from "./dom.js";
import { snippet } from "./curl.js";
import { moment, shellWord } from "./format.js";
import { jsonView } from "./json.js";
import { address } from "./router.js";

/** Return where an entry of GET credentials is opened. */
export function addressOf({ account, team, credential }) {
  return address("credentials", credential.id, team === null ? { account } : { account, team });
}

/** Return the titles of the columns of a wide list. */
export function columns() {
  const names = ["Name", "Id", "Provider", "Account", "Created"];
  const titles = names.map((name) => el("span", { class: name.toLowerCase() }, name));
  return el("div", { class: "columns", "aria-hidden": "true" }, ...titles);
}

/** Return an entry of GET credentials as a row. */
export function credentialRow(entry) {
  const { account, team, credential } = entry;
  const whose = team === null ? account : `${account} / ${team}`;
  const created = { class: "created", datetime: credential.createdAt, title: credential.createdAt };
  return el(
    "a",
    { href: addressOf(entry), class: "row" },
    el("span", { class: "name" }, credential.name),
    el("span", { class: "id" }, credential.id),
    el("span", { class: "provider" }, credential.provider),
    el("span", { class: "account", title: whose }, whose),
    el("time", created, moment(credential.createdAt)),
  );
}

/**
 * Return what the detail pane shows of a credential.
 *
 * @param {object} credential without its secrets
 * @param {{id: string, account: string, team: string|undefined}} place
 * @param {{api: import("./api.js").Api, notices: import("./notices.js").Notices}} app
 */
export function opened(credential, { id, account, team }, { api, notices }) {
  const path = `${team ? `/v1/teams/${encodeURIComponent(team)}` : "/v1"}/integrations/registries/${id}`;
  const line = `curl --header 'Authorization: Bearer YOUR_TOKEN' ${shellWord(api.url + path)}`;
  const facts = [
    ["Account", account],
    ["Team", team],
    ["Id", id],
    ["Provider", credential.provider],
    ["Created", moment(credential.createdAt)],
    ["Updated", moment(credential.updatedAt)],
  ];
  const told = facts
    .filter(([, value]) => value)
    .map(([term, value]) => el("div", {}, el("dt", {}, term), el("dd", {}, value)));
  return [
    el(
      "header",
      { class: "opened" },
      el("h2", { tabindex: "-1" }, credential.name),
      el("dl", { class: "facts" }, ...told),
    ),
    el(
      "section",
      {},
      el("h3", {}, "As JSON"),
      jsonView(credential),
      el("p", { class: "muted" }, "Secrets are not shown. Who has the token of the account reads them:"),
      snippet(line, notices, { label: "Copy as curl" }),
    ),
  ];
}
