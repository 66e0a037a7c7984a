// Whatever comes from a request is text: no element comes of it, no script runs, no dialog opens.
import assert from "node:assert/strict";
import { open, shows } from "../api.mjs";

const MARKUP = `<img src=x onerror="alert(1)"><script>alert(2)</script><b class=planted>"'&amp;`;
const everywhere = (value) => ({
  name: value,
  provider: value,
  registryUrl: value,
  integrationId: value,
  [value]: value,
  aws: { region: value, [value]: value },
  credentials: { username: value, password: value, scope: { pull: value } },
  restrictions: { restricted: value, projects: [value] },
});

export default async function ({ page, url, api }) {
  const stored = {
    name: "Example",
    provider: "ecr",
    registryUrl: MARKUP,
    aws: { region: MARKUP },
    gcp: { projectId: MARKUP },
    azure: { resourceGroup: MARKUP },
  };
  const team = encodeURIComponent(MARKUP);
  const teams = `/v1/teams/${team}/integrations/registries`;
  assert.equal((await api.add(stored)).status, 200);
  assert.equal((await api.call("POST", teams, { body: stored })).status, 200);
  await api.add(everywhere(MARKUP));
  await api.add(MARKUP, { headers: { "X-Planted": MARKUP, "User-Agent": MARKUP, Prefer: MARKUP } });
  await api.call("GET", `/v1/${team}?${team}=${team}&page=${team}`, {
    headers: { Accept: MARKUP, traceparent: MARKUP },
  });
  await api.call("GET", `/v1/integrations/registries/${team}`);
  await api.control("POST", "/seed", {
    content: { credentials: [stored], teams: { [MARKUP]: [stored] } },
    account: MARKUP,
  });
  await api.control("POST", "/faults", { operation: "login", account: MARKUP });
  const pattern = {
    rule: MARKUP,
    path: MARKUP,
    body: everywhere(MARKUP),
    headers: { accept: MARKUP },
    query: { [MARKUP]: MARKUP },
    account: MARKUP,
  };
  await api.control("POST", "/requests/verify", { request: pattern });

  await page.addInitScript(() => {
    window.planted = [];
    addEventListener("securitypolicyviolation", (event) => window.planted.push(event.violatedDirective));
  });
  const clean = async (where) => {
    const found = await page.evaluate(() => [
      document.querySelectorAll("main img, main script, main iframe, main object, .planted, [onerror]").length,
      ...window.planted,
    ]);
    assert.deepEqual(found, [0], where);
  };

  await open(page, url);
  await page.locator(".requests .row").first().waitFor();
  const calls = await page.locator(".requests .row").count();
  assert.equal(calls, 6);
  for (let number = 0; number < calls; number += 1) {
    await page.locator(".requests .row").nth(number).click();
    await page.locator(".detail h2").waitFor();
    await page.locator(".detail summary").evaluateAll((all) => all.forEach((summary) => summary.click()));
    await clean(`call ${number}`);
  }
  await page.goto(`${url}/_emulator/#/requests/near-misses`);
  await shows(page.locator(".detail"), "A verification failed");
  await clean("near misses");

  await page.getByRole("link", { name: "Credentials", exact: true }).click();
  await page.locator(".credentials .row").first().waitFor();
  assert.match(await page.locator(".credentials").innerText(), /<script>alert\(2\)<\/script>/, "it is shown, as text");
  const credentials = await page.locator(".credentials .row").count();
  for (let number = 0; number < credentials; number += 1) {
    await page.locator(".credentials .row").nth(number).click();
    await page.locator(".detail h2").waitFor();
    await clean(`credential ${number}`);
  }
  await page.locator("[data-view=faults]").click();
  await shows(page.locator(".fault"), "<script>");
  await clean("faults");
  await page.goto(`${url}/_emulator/#/rules/${team}?${team}`);
  await page.locator(".entry").first().waitFor();
  await clean("rules");
  await page.goto(`${url}/_emulator/#/requests/${team}`);
  await shows(page.locator(".detail"), "This call is no longer kept");
  await clean("address");
}
