// Where control is off, the page says so, and what would switch it on.
import assert from "node:assert/strict";
import { shows } from "../api.mjs";

export const allowed = [/the server responded with a status of 403/];

export default async function ({ page, url }) {
  await page.goto(`${url}/_emulator/`);
  const banner = page.locator(".banner[data-kind=refused]");
  await shows(banner, "--admin-token");
  await page.locator("#connection[data-state=refused]").waitFor();
  await banner.getByRole("button", { name: "Try again" }).click();
  assert.equal(await page.locator(".row").count(), 0);
}
