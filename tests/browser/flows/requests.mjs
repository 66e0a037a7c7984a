// Calls as they happen: told apart, narrowed, opened, explained, and forgotten.
import assert from "node:assert/strict";
import { gone, open, shows, until } from "../api.mjs";

const RULE = "add.provider.required";

export default async function ({ page, context, url, api }) {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await api.list();
  await open(page, url);
  const rows = page.locator(".requests .row");
  const count = () => rows.count();
  await until(async () => (await count()) === 1, "the call of before");

  // Live.
  const secret = { username: "robot", password: "hush-hush", scope: { pull: true } };
  await api.add({ name: "Example", credentials: secret }, { headers: { "X-Api-Key": "hush-hush" } });
  await api.add({ name: "Example", provider: "ecr" }, { token: "other" });
  await api.call("GET", "/v1/no/such/route");
  await until(async () => (await count()) === 4, "three more calls");
  assert.match(await rows.first().innerText(), /404/, "newest first");

  // Narrowed.
  const choose = async (label, value, left) => {
    await page.getByLabel(label, { exact: true }).selectOption(value);
    await until(async () => (await count()) === left, `${label} ${value}`);
  };
  for (const [label, value, left] of [
    ["Status", "4", 2],
    ["Status", "2", 2],
    ["Status", "rule", 2],
    ["Status", "fault", 0],
    ["Status", "", 4],
    ["Method", "POST", 2],
    ["Method", "", 4],
    ["Operation", "list-registries", 1],
    ["Operation", "(no route)", 1],
    ["Operation", "", 4],
  ]) {
    await choose(label, value, left);
  }
  const accounts = await page.getByLabel("Account", { exact: true }).locator("option").allInnerTexts();
  assert.equal(accounts.length, 3, "any, and two accounts");
  await page.getByLabel("Path", { exact: true }).fill("such");
  await until(async () => (await count()) === 1, "one path");
  await page.getByLabel("Path", { exact: true }).fill("nothing like it");
  await page.getByRole("button", { name: "Show all calls" }).click();
  await until(async () => (await count()) === 4, "all again");

  // Paused: what comes waits.
  await page.getByRole("button", { name: "Pause" }).click();
  await api.list();
  await page.getByRole("button", { name: "Resume (1 new)" }).waitFor();
  assert.equal(await count(), 4);
  await page.getByRole("button", { name: "Resume" }).click();
  await until(async () => (await count()) === 5, "what waited");

  // Opened: the rule, its basis and its source, the assumption beside it, the field marked.
  await rows.filter({ hasText: RULE }).click();
  const detail = page.getByRole("region", { name: "Opened call" });
  await detail.getByRole("heading", { name: /400 POST/ }).waitFor();
  const refused = detail.locator(".why[data-kind=refused]");
  await shows(refused, "New credentials need a provider.");
  await shows(refused.locator(".basis"), "documented");
  await shows(refused.locator("blockquote"), "provider string required");
  await shows(refused.locator("cite"), "Add registry");
  const assumed = detail.locator(".why[data-kind=assumed]");
  await shows(assumed.locator(".basis"), "assumed");
  await shows(assumed, "common.constraint-status");
  const marked = detail.locator("mark");
  assert.equal(await marked.count(), 1);
  assert.match(await marked.innerText(), /"provider": missing\s+refused:\s+add\.provider\.required/);
  assert.match(await detail.innerText(), /"password": redacted/);

  // To be sent again, without its secrets.
  await detail.getByRole("button", { name: "Copy as curl" }).click();
  await shows(page.locator("#notices"), "Copied.");
  const line = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(line, /^curl --request POST .*--header 'authorization: Bearer YOUR_TOKEN'/);
  assert.ok(line.includes(`"username":"USERNAME","password":"PASSWORD"`), line);
  assert.ok(line.includes("x-api-key: REDACTED"), line);
  assert.ok(line.endsWith(` ${url}/v1/integrations/registries`), line);
  assert.ok(!(await page.content()).includes("hush"));

  // The rule is a place of its own, and the way back leads here.
  await refused.getByRole("link", { name: RULE }).click();
  await shows(page.locator(".entry[data-opened]"), RULE);
  await page.goBack();
  await detail.getByRole("heading", { name: /400 POST/ }).waitFor();

  // Forgotten, when it is meant.
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
  assert.equal((await api.control("GET", "/requests")).count, 5);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Forget" }).click();
  await gone(rows.first());
  assert.equal((await api.control("GET", "/requests")).count, 0);
  await shows(page.locator("main"), "Nothing has been asked yet");
}
