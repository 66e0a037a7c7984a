// Runs flows, each in a page of its own, in one browser: `node run.mjs BROWSER`.
//
// Each line of standard input is a flow to run, as JSON; the browser ends with the input. Each line printed is JSON too:
// {"ready": ...} once; {"do": ...} asks the test for what only the test can do, and waits for a line; {"passed": ...}
// ends a flow.
import assert from "node:assert/strict";
import process from "node:process";
import readline from "node:readline";
import { chromium } from "playwright-core";
import { Api } from "./api.mjs";

const FLAGS = [
  "--no-sandbox", // CI runs as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const say = (told) => process.stdout.write(`${JSON.stringify(told)}\n`);

async function run(browser, { flow, url, screenshots, settings }) {
  const { default: steps, allowed = [], colorScheme = "light" } = await import(`./flows/${flow}.mjs`);
  const viewport = { width: 1280, height: 800 };
  const context = await browser.newContext({
    viewport,
    colorScheme,
    locale: "en-GB",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(8000);
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(`${error.stack}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("dialog", (dialog) => (problems.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
  const ask = async (what) => {
    say({ do: what });
    await read();
  };
  try {
    await steps({ page, context, url, api: new Api(url, settings.admin_token), ask, screenshots, settings });
    const left = problems.filter((problem) => !allowed.some((pattern) => pattern.test(problem)));
    assert.deepEqual(left, [], "the page complained");
    return { passed: true };
  } catch (error) {
    await page.screenshot({ path: `${screenshots}/failed-${flow}.png` }).catch(() => {});
    return { passed: false, error: `${error.stack}\nat ${page.url()}\nThe page complained: ${problems.join("\n")}` };
  } finally {
    await context.close();
  }
}

const browser = await chromium.launch({ executablePath: process.argv[2], args: FLAGS });
say({ ready: browser.version() });
for (let line = await read(); line !== undefined; line = await read()) say(await run(browser, JSON.parse(line)));
await browser.close();
