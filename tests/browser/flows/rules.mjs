// The rulebook: searched, documented and assumed told apart, with how often each decided an answer.
import assert from "node:assert/strict";
import { open, shows, until } from "../api.mjs";

export default async function ({ page, url, api }) {
  await open(page, url, "rules");
  const entries = page.locator(".entry");
  const { rules } = await api.control("GET", "/rules");
  await until(async () => (await entries.count()) === rules.length, "all rules");
  assert.ok(rules.length <= 500);

  // A word and an icon besides the colour.
  const looks = {};
  for (const basis of new Set(rules.map((rule) => rule.basis))) {
    const mark = page.locator(`.entry .basis[data-basis="${basis}"]`).first();
    looks[basis] = [await mark.innerText(), await mark.locator("use").getAttribute("href")].join(" ");
    assert.ok(looks[basis].includes(basis));
  }
  assert.equal(new Set(Object.values(looks)).size, Object.keys(looks).length);

  await page.getByLabel("Basis").selectOption("assumed");
  await until(
    async () => (await entries.count()) === rules.filter((rule) => rule.basis === "assumed").length,
    "the assumed ones",
  );
  await page.getByLabel("Basis").selectOption("");
  await page.getByLabel("Search", { exact: true }).fill("provider required");
  await shows(entries, "New credentials need a provider.");
  assert.ok((await entries.count()) < 10);
  const entry = page.locator("[id='rule-add.provider.required']");
  await entry.getByText("Source").click();
  await shows(entry.locator("blockquote"), "provider string required");

  await api.add({ name: "Example" });
  await shows(entry.locator(".decided"), "decided 1");
  await api.add({ name: "Example" });
  await shows(entry.locator(".decided"), "decided 2");
  await shows(page.locator(".tally"), "Counted in the 2 calls");

  await page.getByLabel("Search", { exact: true }).fill("");
  await page.getByLabel("Order").selectOption("decided");
  const first = await entries.first().innerText();
  assert.match(first, /decided 2/);

  // A switched rule says what it is now.
  await page.goto(`${url}/_emulator/#/rules/common.constraint-status`);
  const status = page.locator("[id='rule-common.constraint-status'][data-opened]");
  await status.getByRole("link", { name: "constraint-status = 400" }).waitFor();
  await api.control("PUT", "/assumptions", { "constraint-status": "422" });
  await shows(status.getByRole("heading"), "422");
  await status.getByRole("link", { name: "constraint-status = 422" }).click();
  await shows(page.getByRole("group", { name: "constraint-status" }), "switched");

  // A rule that a profile settles says where and when that was seen.
  const seen = { "add.duplicate-name": { choice: "suffix", date: "2026-11-24" } };
  await api.control("PUT", "/profile", {
    profile: { format: 1, target: "api.example.com", date: "2026-11-24", rules: seen },
  });
  await open(page, url, "rules");
  const settled = page.locator("[id='rule-add.duplicate-name']");
  await settled.getByText("live-verified").waitFor();
  await settled.getByText("Source").click();
  await shows(settled, "Seen on api.example.com, 2026-11-24: suffix");
}
