// A page that nobody sees lets go of the stream after a while, and takes it up when it is seen again.
import assert from "node:assert/strict";
import { shows, until } from "../api.mjs";

export default async function ({ page, url, api }) {
  await page.clock.install();
  await page.goto(`${url}/_emulator/`);
  const connection = page.locator("#connection");
  await shows(connection, "Live");
  const see = (hidden) =>
    page.evaluate((value) => {
      Object.defineProperty(document, "hidden", { configurable: true, value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);

  await see(true);
  await page.clock.fastForward(50_000);
  await shows(connection, "Live");
  await page.clock.fastForward(15_000);
  await shows(connection, "Asleep");
  await api.list();
  assert.equal(await page.locator("#lost").innerText(), "", "that is no reason to complain");

  await see(false);
  await shows(connection, "Live");
  await until(async () => (await page.locator(".row").count()) === 1, "what was missed");
}
