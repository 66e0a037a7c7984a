// Faults: armed from the form, told in words, counted as they hit, disarmed.
import assert from "node:assert/strict";
import { gone, open, shows } from "../api.mjs";

export default async function ({ page, url, api }) {
  await open(page, url, "faults");
  await shows(page.locator("main"), "No fault is armed");
  const form = page.getByRole("form", { name: "Arm a fault" });
  await form.getByLabel("Operation").locator("option", { hasText: "delete-registry" }).waitFor({ state: "attached" });

  await form.getByLabel("Operation").selectOption("add-registry");
  await form.getByLabel("What happens").selectOption("reset");
  await form.getByLabel("Status").waitFor({ state: "hidden" });
  await form.getByLabel("How many calls").fill("2");
  await form.getByLabel("Do what was asked, then lose the answer").check();
  const preview = "The next 2 calls of add-registry: the connection is reset. What is asked for is done all the same.";
  assert.equal(await form.locator(".preview").innerText(), preview);
  await form.getByText("The same with curl").click();
  const line = (await form.locator(".snippet code").innerText()).replaceAll(/\s+/g, " ");
  assert.ok(line.includes(`"effect":"reset"`) && line.endsWith(`${url}/_emulator/faults`), line);
  await form.getByRole("button", { name: "Arm" }).click();

  const card = page.locator(".fault");
  await shows(card, preview);
  await shows(card, "0 of 2 hits");
  await shows(page.locator("[data-view=faults] .badge"), "1");
  assert.equal(await api.add({ name: "Example", provider: "ecr" }), null, "the answer is lost");
  await shows(card, "1 of 2 hits");
  await api.add({ name: "Other", provider: "ecr" });
  await shows(card.locator(".state"), "spent");
  assert.equal((await api.list()).json.data.credentials.length, 2);

  // With all that can be chosen, for one account.
  await form.getByLabel("Operation").selectOption("*");
  await form.getByLabel("What happens").selectOption("error");
  await form.getByLabel("Status").fill("500");
  await form.getByLabel("How many calls").fill("");
  await form.getByLabel("Let pass before").fill("1");
  await form.getByLabel("Do what was asked").uncheck();
  await form.getByText("Delay, chance, account").click();
  await form.getByLabel("Delay (ms)").fill("5");
  await form.getByLabel("Jitter (ms)").fill("10");
  await form.getByLabel("Share of calls (%)").fill("50");
  await form.getByLabel("Whose calls").selectOption("The account of a token…");
  await form.getByLabel("Bearer token").fill("my-token");
  await form.getByRole("button", { name: "Arm" }).click();
  await shows(
    card,
    /^50% of the calls of any operation, by account-[0-9a-f]+, after 1 call: 500 Internal Server Error, 5 to 15 ms late\./,
  );
  const { faults } = await api.control("GET", "/faults");
  const { effect, status, delayMs, jitterMs, probability, times, skip, phase } = faults[1];
  assert.deepEqual(
    { effect, status, delayMs, jitterMs, probability, times, skip, phase },
    { effect: "error", status: 500, delayMs: 5, jitterMs: 10, probability: 0.5, times: null, skip: 1, phase: "before" },
  );

  await page.getByRole("button", { name: "Disarm fault 1" }).click();
  await gone(page.locator("[data-fault='1']"));

  // Armed and disarmed by others.
  await api.control("POST", "/faults", { operation: "login" });
  await shows(card, "Every call of login: 503 Service Unavailable.");
  await page.getByRole("button", { name: "Disarm all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Disarm all" }).click();
  await shows(page.locator("main"), "No fault is armed");
  await shows(page.locator("#notices"), "Disarmed all.");
  assert.deepEqual((await api.control("GET", "/faults")).faults, []);
}
