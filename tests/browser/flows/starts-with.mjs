// An emulator that starts with a fixture and that nobody has used yet is not taken for an empty one.
import assert from "node:assert/strict";
import { open, shows } from "../api.mjs";

export default async function ({ page, url, api }) {
  await open(page, url, "credentials");
  const note = page.locator(".template");
  await shows(note, /^Every account starts with [0-9]+ credentials on its first use\.$/);
  const said = Number((await note.innerText()).match(/[0-9]+/)[0]);

  await api.list();

  await shows(page.locator(".count"), `${said} credentials`);
  await shows(note, "Every other account starts with");
  assert.ok(said > 100);
}
