// The emulator as its clients use it, and what flows wait with.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

const REGISTRIES = "/v1/integrations/registries";

export class Api {
  constructor(url, adminToken) {
    this.url = url;
    this.adminToken = adminToken;
  }

  /** Send a request to the emulated API; headers and body as they are given. */
  async call(method, path, { body, token = "my-token", headers = {} } = {}) {
    const sent = {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    };
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(this.url + path, { method, headers: sent, body: text }).catch(() => null);
    return response && { status: response.status, json: await response.json().catch(() => null) };
  }

  add(body, options) {
    return this.call("POST", REGISTRIES, { body, ...options });
  }

  list(options) {
    return this.call("GET", REGISTRIES, options);
  }

  /** Ask a control route, which has to answer 200. */
  async control(method, path, body) {
    const answer = await this.call(method, `/_emulator${path}`, { body, token: this.adminToken ?? "any" });
    assert.equal(answer.status, 200, JSON.stringify(answer.json));
    return answer.json;
  }
}

/** Wait until `condition` gives something true, and return that. */
export async function until(condition, what, milliseconds = 8000) {
  const end = Date.now() + milliseconds;
  let last;
  do {
    last = await condition();
    if (last) return last;
    await sleep(20);
  } while (Date.now() < end);
  assert.fail(`it never came: ${what}`);
}

/** Open the page and wait until it is live. */
export async function open(page, url, view = "requests") {
  await page.goto(`${url}/_emulator/#/${view}`);
  await page.locator("#connection[data-state=live]").waitFor();
  await page.locator("main h1").first().waitFor();
}

/** Wait until an element has this text in it. */
export function shows(locator, text) {
  return locator.filter({ hasText: text }).first().waitFor();
}

/** Wait until nothing is there any more. */
export function gone(locator) {
  return locator.waitFor({ state: "detached" });
}
