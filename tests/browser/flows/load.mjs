// Fifty requests a second and ten thousand stored credentials: nothing is missed, few rows are there, frames go on.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { open, shows, until } from "../api.mjs";

const SECONDS = 4;
const RATE = 50;

export default async function ({ page, url, api }) {
  await api.control("POST", "/seed", { count: 10_000, token: "my-token" });
  await open(page, url);
  await page.evaluate(() => {
    window.gaps = [];
    let last = performance.now();
    const frame = (now) => {
      window.gaps.push(now - last);
      last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });

  const began = Date.now();
  const under = [];
  for (let sent = 0; sent < SECONDS * RATE; sent += 1) {
    under.push(sent % 4 ? api.list() : api.add({ name: `Load ${sent}` }));
    await sleep(Math.max(began + (sent * 1000) / RATE - Date.now(), 0));
  }
  await Promise.all(under);

  await shows(page.locator(".count"), `${SECONDS * RATE} calls`);
  const gaps = (await page.evaluate(() => window.gaps)).sort((one, other) => one - other);
  const typical = gaps[Math.floor(gaps.length / 2)];
  const late = gaps[Math.floor(gaps.length * 0.95)];
  assert.ok(typical < 50, `half of the frames came after ${typical} ms`);
  assert.ok(late < 150, `one frame in twenty came after ${late} ms`);

  // More calls than are shown at once.
  await api.control("DELETE", "/requests");
  for (let round = 0; round < 12; round += 1)
    await Promise.all(Array.from({ length: 100 }, () => api.call("GET", "/v1/")));
  await shows(page.locator(".count"), "1,000 calls");
  const rows = page.locator(".row");
  assert.ok((await rows.count()) <= 500);
  await page.getByRole("button", { name: "Older" }).click();
  await shows(page.locator(".pager"), "201 to 400 of 1,000");
  assert.ok((await page.locator("body *").count()) < 6000);

  await page.getByRole("link", { name: "Credentials" }).click();
  await shows(page.locator(".count"), "10,000 credentials");
  const took = await page.evaluate(async () => {
    const start = performance.now();
    const search = document.querySelector("input[type=search]");
    search.value = "an";
    search.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((resolve) => {
      const count = document.querySelector(".count");
      const seen = new MutationObserver(
        () => !count.textContent.startsWith("10,000") && (seen.disconnect(), resolve()),
      );
      seen.observe(count, { childList: true, characterData: true, subtree: true });
    });
    return performance.now() - start;
  });
  assert.ok(took < 2000, `a search took ${took} ms`);
  assert.ok((await rows.count()) <= 500);
  await until(async () => (await rows.count()) === 100, "a page of what was found");
}
