// Clock and assumptions: seen, switched with their effect in words, and put back.
import assert from "node:assert/strict";
import { open, shows, until } from "../api.mjs";

export const allowed = [/the server responded with a status of 400/]; // asked for below

export default async function ({ page, url, api }) {
  await open(page, url, "settings");
  const clock = page.getByRole("region", { name: "Clock" });
  const badge = page.locator("[data-view=settings] .badge");

  await clock.getByLabel("Set it to").fill("2030-01-01T00:00:00Z");
  await clock.getByRole("button", { name: "Set", exact: true }).click();
  await shows(clock, "2030-01-01 00:00:0");
  await shows(clock, "not the time of this machine");
  await clock.getByRole("button", { name: "Freeze" }).click();
  await shows(clock, "It stands still");
  await shows(badge, "1");
  const before = Date.parse((await api.control("GET", "/clock")).now);
  await clock.getByRole("button", { name: "+1 h" }).click();
  await shows(clock, "2030-01-01 01:00:0");
  assert.equal(Date.parse((await api.control("GET", "/clock")).now) - before, 3_600_000);
  await clock.getByLabel("Set it to").fill("noon");
  await clock.getByRole("button", { name: "Set", exact: true }).click();
  await shows(page.locator("#notices .notice[data-kind=problem]"), "RFC 3339");
  await clock.getByRole("button", { name: "Let it run" }).click();
  await shows(clock, "It runs");
  // It goes on by itself.
  const seen = await clock.locator("time").innerText();
  await until(async () => (await clock.locator("time").innerText()) !== seen, "the next second");

  const duplicate = page.getByRole("group", { name: "duplicate-name" });
  await duplicate.getByLabel(/409/).and(page.locator(":checked")).waitFor();
  await duplicate.getByLabel(/-2, -3/).check();
  await shows(page.locator("#notices"), "duplicate-name is suffix now.");
  await shows(duplicate, "switched");
  await shows(badge, "1");
  await api.add({ name: "Same", provider: "ecr" });
  assert.equal((await api.add({ name: "Same", provider: "ecr" })).json.data.id, "same-2");
  assert.ok(
    await duplicate.getByLabel(/-2, -3/).evaluate((input) => input === document.activeElement),
    "the focus stays",
  );

  // Switched by others.
  await api.control("PUT", "/assumptions", { "constraint-status": "422" });
  await page
    .getByRole("group", { name: "constraint-status" })
    .getByLabel(/422/)
    .and(page.locator(":checked"))
    .waitFor();
  await shows(badge, "2");
  await page.getByRole("button", { name: "All to their defaults" }).click();
  await shows(page.locator("#notices"), "All assumptions are at their defaults.");
  await duplicate.getByLabel(/409/).and(page.locator(":checked")).waitFor();
  const assumptions = await api.control("GET", "/assumptions");
  assert.ok(Object.values(assumptions).every(({ value, default: usual }) => value === usual));
  assert.equal(await page.getByRole("group").count(), Object.keys(assumptions).length, "a switch each");

  await page.getByRole("button", { name: "Reset everything…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Reset", exact: true }).click();
  await shows(page.locator("#notices"), "Everything is as at the start.");
  assert.deepEqual((await api.control("GET", "/accounts")).accounts, []);
  await until(
    async () => (await clock.locator("time").innerText()).startsWith(new Date().toISOString().slice(0, 10)),
    "today",
  );
}
