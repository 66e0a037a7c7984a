// Every view at three sizes: a picture for people, and nothing for axe to find.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { open, until } from "./api.mjs";

const SIZES = [
  [360, 740],
  [768, 1024],
  [1280, 800],
];
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function arrange(api) {
  await api.control("POST", "/seed", { count: 60, seed: 3, account: "acme" });
  await api.control("POST", "/seed", { count: 5, seed: 4, account: "acme", team: "platform" });
  await makeCalls(api);
  await api.control("POST", "/faults", { operation: "list-registries", times: 1 });
  await api.list();
  await api.control("POST", "/faults", {
    operation: "add-registry",
    effect: "reset",
    phase: "after",
    times: 2,
    skip: 3,
  });
  await api.add({ name: "Example Docker Credentials", restrictions: { projects: ["web", 7] } });
  await api.control("POST", "/requests/verify", { request: { operation: "add-registry", body: { provider: "gar" } } });
  await api.control("PUT", "/assumptions", { "duplicate-name": "suffix" });
}

async function makeCalls(api) {
  const secrets = { username: "AWS", password: "hush", scope: { pull: true, push: false } };
  const images = {
    name: "Production Images",
    provider: "ecr",
    registryUrl: "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
    aws: { region: "eu-west-1" },
    credentials: secrets,
    restrictions: { restricted: true, projects: ["web", "api"] },
  };
  await api.list({ token: "ci" });
  await api.add(images);
  await api.add(images);
  await api.call("PATCH", "/v1/integrations/registries/production-images", {
    body: { restrictions: { restricted: false } },
  });
  await api.call("GET", "/v1/integrations/registry");
  await api.add({ name: "Example Docker Credentials" }); // the documentation's own example
  await api.add({ name: "Old Images", provider: "gitlab" }, { token: "ci" });
  await api.call("DELETE", "/v1/integrations/registries/old-images", { token: "ci" });
}

const VIEWS = {
  empty: { at: "#/requests", ready: ".empty .snippet" },
  requests: { at: "#/requests", ready: ".requests .row" },
  exchange: { at: "#/requests/10", ready: ".detail mark" },
  "near-misses": { at: "#/requests/near-misses", ready: ".differences" },
  credentials: { at: "#/credentials", ready: ".credentials .row" },
  credential: { at: null, ready: ".detail .json" },
  add: { at: "#/credentials", ready: ".credentials .row", click: "Add…" },
  faults: { at: "#/faults", ready: ".fault" },
  settings: { at: "#/settings", ready: ".switch" },
  rules: { at: "#/rules", ready: ".entry" },
};

/** Look at all views in the theme of the context; in light, take the picture for README.md (docs/inspector.png) too. */
export async function look({ page, url, api, screenshots }, theme) {
  await open(page, url);
  await see(page, url, "empty", theme, screenshots);
  await arrange(api);
  const [{ account }] = (await api.control("GET", "/credentials?search=production-images")).credentials;
  VIEWS.credential.at = `#/credentials/production-images?account=${account}`;
  for (const name of Object.keys(VIEWS).slice(1)) await see(page, url, name, theme, screenshots);

  if (theme === "dark") return;
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(`${url}/_emulator/#/requests`);
  await api.control("POST", "/reset", {});
  await page.locator(".row").first().waitFor({ state: "detached" });
  await makeCalls(api);
  await page.locator(".row", { hasText: "add.provider.required" }).click();
  await page.locator(".detail mark").waitFor();
  await page.screenshot({ path: `${screenshots}/readme.png` });
}

async function see(page, url, name, theme, screenshots) {
  const { at, ready, click } = VIEWS[name];
  await page.goto(`${url}/_emulator/${at}`);
  await page.locator(ready).first().waitFor();
  if (click) {
    await page.getByRole("button", { name: click }).click();
    await page.getByRole("dialog").waitFor();
  }
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await until(
      () => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `${name} fits into ${width} px`,
    );
    await page.screenshot({ path: `${screenshots}/${name}-${width}-${theme}.png` });
    // Colours differ by theme, and the rest by width.
    if (width === 1280 || (width === 360 && theme === "light"))
      await accessible(page, `${name} at ${width} px, ${theme}`);
  }
  if (click) await page.keyboard.press("Escape");
}

async function accessible(page, where) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"], preload: false }),
  );
  const found = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.html.slice(0, 160)} ${node.failureSummary}`).join(" | ")}`,
  );
  assert.deepEqual(found, [], where);
}
