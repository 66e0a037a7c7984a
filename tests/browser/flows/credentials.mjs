// What is stored: made, searched, paged, opened without secrets, deleted.
import assert from "node:assert/strict";
import { gone, open, shows, until } from "../api.mjs";

export const allowed = [/the server responded with a status of (404|409|503)/]; // 503: how far a seeding is

export default async function ({ page, url, api }) {
  await open(page, url, "credentials");
  await shows(page.locator("main"), "Nothing is stored yet");
  const rows = page.locator(".credentials .row");
  const count = page.locator(".count");

  // Made ones, for the account of a token.
  await page.getByRole("button", { name: "Add credentials…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("How many").fill("230");
  await dialog.getByLabel("Seed").fill("7");
  await dialog.getByLabel("Into").selectOption("The account of a token…");
  await dialog.getByLabel("Bearer token").fill("my-token");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await shows(page.locator("#notices"), "Added 230 credentials to the account of that token.");
  await shows(count, "230 credentials");
  assert.equal((await api.list()).json.pagination.count, 50);

  // A fixture, which has teams.
  await page.getByRole("button", { name: "Add…" }).click();
  await dialog.getByLabel("What").selectOption("teams");
  await dialog.getByLabel("Into").selectOption({ index: 1 });
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await gone(dialog);
  const places = page.getByLabel("Account and team");
  await until(async () => (await places.locator("option").count()) > 2, "a team");

  // What cannot be added says why, and leaves the dialog open.
  await page.getByRole("button", { name: "Add…" }).click();
  await dialog.getByLabel("What").selectOption("teams");
  await dialog.getByRole("button", { name: "Add", exact: true }).click();
  await shows(dialog.getByRole("alert"), "exists; choose another name");
  await page.keyboard.press("Escape");
  await gone(dialog);

  // Paged.
  const first = await rows.first().innerText();
  await page.getByRole("button", { name: "Next" }).click();
  await shows(page.locator(".pager"), "101 to 200 of");
  assert.notEqual(await rows.first().innerText(), first);
  assert.ok((await rows.count()) <= 500);
  await page.getByRole("button", { name: "Last" }).click();
  await shows(page.locator(".pager"), "201 to");
  assert.ok(await page.getByRole("button", { name: "Next" }).isDisabled());
  await page.getByRole("button", { name: "First" }).click();
  await shows(page.locator(".pager"), "1 to 100 of");

  // By team.
  await places.selectOption({ index: 2 });
  await until(
    async () => (await rows.locator(".account").allInnerTexts()).every((text) => text.includes(" / ")),
    "only of the team",
  );
  await places.selectOption("");

  // Live, searched and opened.
  await api.add({
    name: "Needle in it",
    provider: "ecr",
    credentials: { username: "robot", password: "hush-hush", scope: {} },
  });
  await page.getByLabel("Search", { exact: true }).fill("NEEDLE");
  await shows(count, /^1 credential$/);
  await rows.first().click();
  const detail = page.getByRole("region", { name: "Opened credential" });
  await detail.getByRole("heading", { name: "Needle in it" }).waitFor();
  assert.match(await detail.innerText(), /"password": redacted/);
  assert.ok(!(await page.content()).includes("hush"));

  // Deleted, when it is meant; the journal has no such call.
  await detail.getByRole("button", { name: "Delete…" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await detail.getByRole("button", { name: "Delete…" }).click();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await shows(page.locator("main"), "No credential matches");
  await detail.waitFor({ state: "hidden" });
  assert.equal((await api.call("GET", "/v1/integrations/registries/needle-in-it")).status, 404);
  const { requests } = await api.control("GET", "/requests");
  assert.ok(requests.every((call) => call.method !== "DELETE"));

  // What has gone meanwhile says so.
  await page.goto(`${url}/_emulator/#/credentials/needle-in-it?account=nobody`);
  await shows(detail, "This credential is not there");
}
