// A verification that failed is told of, with the calls that came closest, beside the list and in each of them.
import assert from "node:assert/strict";
import { gone, open, shows, until } from "../api.mjs";

export default async function ({ page, url, api }) {
  await open(page, url);
  await api.add({ name: "Example", provider: "ecr" });
  await api.control("POST", "/requests/verify", { request: { operation: "add-registry", body: { provider: "gar" } } });

  const banner = page.locator(".banner[data-kind=miss]");
  await shows(banner, "A verification failed.");
  await banner.getByRole("link", { name: "See what came closest" }).click();
  const detail = page.getByRole("region", { name: "Opened call" });
  await detail.getByRole("heading", { name: "A verification failed" }).waitFor();
  assert.match(await detail.locator(".json").first().innerText(), /"provider": "gar"/);
  const row = detail.locator("tbody tr");
  assert.deepEqual(await row.locator("th, td").allInnerTexts(), ["body.provider", '"gar"', '"ecr"']);

  await detail.getByRole("link", { name: "POST /v1/integrations/registries" }).click();
  await shows(detail, "A near miss of the last failed verification");
  assert.deepEqual(await row.locator("th, td").allInnerTexts(), ["body.provider", '"gar"', '"ecr"']);

  // A test that waits asks until the call has come; then there is nothing to tell.
  await api.add({ name: "Other", provider: "gar" });
  await api.control("POST", "/requests/verify", { request: { operation: "add-registry", body: { provider: "gar" } } });
  await gone(banner);
  await until(async () => (await page.locator(".requests .row").count()) === 2, "both calls");
}
