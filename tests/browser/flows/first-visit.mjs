// An empty emulator says what to do; the line that it shows does what it promises.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gone, open, shows } from "../api.mjs";

export default async function ({ page, context, url }) {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, url);
  await shows(page.locator("main"), "Nothing has been asked yet");

  const line = await page.locator(".snippet code").innerText();
  assert.match(line.replaceAll("\n", " "), new RegExp(`^curl ${url}/v1/integrations/registries `));
  await page.getByRole("button", { name: "Copy" }).click();
  await shows(page.locator("#notices"), "Copied.");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied.replaceAll(/\s+/g, " "), line.replaceAll(/\s+/g, " "));

  const { stdout } = await promisify(execFile)("sh", ["-c", `${copied} --silent`]);
  assert.equal(JSON.parse(stdout).data.id, "my-registry");

  // It appears by itself.
  const row = page.locator(".requests .row");
  await row.waitFor();
  assert.match(await row.innerText(), /200\s+POST\s+\/v1\/integrations\/registries\s+add-registry\s+account-/);
  await gone(page.getByText("Nothing has been asked yet"));

  await page.getByRole("link", { name: "Credentials" }).click();
  await shows(page.locator(".credentials .row"), "my-registry");
}
