// Everything can be done without a mouse, and the focus is never lost.
import assert from "node:assert/strict";
import { open, shows, until } from "../api.mjs";

export default async function ({ page, url, api }) {
  for (const name of ["a", "b", "c"]) await api.add({ name });
  await open(page, url);
  await until(async () => (await page.locator(".row").count()) === 3, "three calls");
  const focused = () =>
    page.evaluate(
      () =>
        document.activeElement.innerText ||
        document.activeElement.getAttribute("aria-label") ||
        document.activeElement.tagName,
    );
  const press = (...keys) =>
    keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
  const tabTo = async (text, most = 40) => {
    for (let tries = 0; tries < most; tries += 1) {
      await press("Tab");
      if ((await focused()).includes(text)) return;
    }
    assert.fail(`the tabulator never led to ${text}`);
  };

  await press("Tab");
  assert.equal(await focused(), "Skip to the content");
  await press("Enter", "Tab");
  assert.equal(await focused(), "Pause", "past the navigation");

  // One stop for all rows; arrow keys lead to the others.
  await tabTo("400");
  const numbers = () => page.evaluate(() => document.activeElement.getAttribute("href"));
  assert.equal(await numbers(), "#/requests/3");
  await press("ArrowDown");
  assert.equal(await numbers(), "#/requests/2");
  await press("End");
  assert.equal(await numbers(), "#/requests/1");
  await press("Home", "ArrowDown", "Enter");
  await page.locator(".detail h2").waitFor();
  await until(async () => (await focused()).includes("POST"), "the heading of what is opened");
  assert.ok(page.url().endsWith("#/requests/2"));

  // Back to the row, by Escape.
  await press("Escape");
  await until(async () => (await numbers()) === "#/requests/2", "the row again");
  assert.ok(await page.locator(".detail").isHidden());
  // With something opened, the arrow keys open what they lead to.
  await press("Enter");
  await page.locator(".detail h2").waitFor();
  await page.locator(".row[aria-current]").focus();
  await press("ArrowDown");
  await shows(page.locator(".detail"), "#1");
  assert.equal(await numbers(), "#/requests/1");

  // A view, a dialog, and back to where it was asked.
  await page.locator("body").evaluate(() => document.activeElement.blur());
  await page.locator(".skip").focus();
  await tabTo("Faults");
  await press("Enter");
  await until(async () => (await focused()) === "Faults", "its heading");
  await api.control("POST", "/faults", { operation: "login" });
  await page.locator(".fault").waitFor();
  await tabTo("Disarm all");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  assert.equal(await focused(), "Cancel", "what does no harm comes first");
  await press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.equal(await focused(), "Disarm all");
  await tabTo("Disarm");
  await press("Enter");
  await shows(page.locator("main"), "No fault is armed");
  assert.notEqual(await focused(), "BODY", "the focus is somewhere");

  // The theme.
  await page.getByRole("button", { name: "Use the dark theme" }).focus();
  await press("Enter");
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(17, 21, 27)");
  await page.getByRole("button", { name: "Use the light theme" }).waitFor();
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
}
