// An emulator that wants its admin token: asked for once, kept in memory, and nowhere else.
import assert from "node:assert/strict";
import { shows } from "../api.mjs";

export const allowed = [/the server responded with a status of 401/];

export default async function ({ page, context, url, api, settings }) {
  await api.add({ name: "Example", provider: "ecr" });
  await page.goto(`${url}/_emulator/`);
  const dialog = page.getByRole("dialog", { name: "This emulator is locked" });
  await dialog.waitFor();
  assert.equal(await page.locator(".row").count(), 0);
  assert.ok(await dialog.getByLabel("Admin token").evaluate((input) => input === document.activeElement));

  await page.keyboard.type("wrong");
  await page.keyboard.press("Enter");
  await shows(dialog.getByRole("alert"), "That is not the admin token.");
  await dialog.getByLabel("Admin token").fill(settings.admin_token);
  await dialog.getByRole("button", { name: "Unlock" }).click();
  await page.locator(".row").first().waitFor();
  await page.locator("#connection[data-state=live]").waitFor();
  await api.list();
  await shows(page.locator(".row"), "list-registries");

  for (const view of ["Credentials", "Faults", "Settings", "Rules"]) {
    await page.getByRole("link", { name: view }).click();
    await page.getByRole("heading", { level: 1, name: view }).waitFor();
  }
  await page.locator(".entry").first().waitFor();
  const kept = await page.evaluate(() =>
    JSON.stringify([localStorage, sessionStorage, document.cookie, location.href, history.state, window.name]),
  );
  assert.ok(!kept.includes(settings.admin_token), kept);
  assert.ok(!(await page.content()).includes(settings.admin_token));
  assert.deepEqual(await context.cookies(), []);

  await page.reload();
  await dialog.waitFor();
}
