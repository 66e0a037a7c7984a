// The emulator goes and comes back: the page says so both times, and shows what is, not what was.
import assert from "node:assert/strict";
import { open, shows, until } from "../api.mjs";

export const allowed = [/Failed to load resource/, /ERR_INCOMPLETE_CHUNKED_ENCODING/, /ERR_CONNECTION/];

export default async function ({ page, url, api, ask }) {
  await open(page, url);
  for (let number = 0; number < 3; number += 1) await api.list();
  const rows = page.locator(".row");
  await until(async () => (await rows.count()) === 3, "three calls");

  await ask("stop");
  const said = page.locator("#lost");
  await shows(said, "The emulator does not answer.");
  await page.locator("#connection[data-state=lost]").waitFor();
  assert.equal(await rows.count(), 3, "what was known stays");
  assert.equal(await said.getAttribute("role"), "status");

  await ask("start");
  await api.call("GET", "/v1/login");
  // It may be back by itself before the button is pressed.
  await said
    .getByRole("button", { name: "Try now" })
    .click({ timeout: 1000 })
    .catch(() => {});
  await shows(said, "Connected again");
  await until(async () => (await rows.count()) === 1, "only the call since");
  assert.match(await rows.first().innerText(), /login/);
  await api.list();
  await until(async () => (await rows.count()) === 2, "live again");
}
