/** The dialog that adds credentials: made ones, or those of a fixture. */

import { AccountChoice } from "./accounts.js";
import { button, el, field, select } from "./dom.js";
import { number, plural } from "./format.js";
import { modal } from "./notices.js";

const PROGRESS = 300;

/** Ask what to add, and add it. `place` is the account and team that are chosen already. */
export async function seedDialog(app, place) {
  const [{ accounts }, fixtures] = await Promise.all([app.api.get("/accounts"), fixtureNames(app.api)]);
  const account = new AccountChoice("Into", "Every account there is and will be");
  account.offer(accounts);
  if (place.account) account.select.value = `account:${place.account}`;
  const source = select([["", "Made credentials"], ...fixtures.map((name) => [name, `Fixture: ${name}`])], {
    on: { change: show },
  });
  const count = el("input", { type: "number", min: "1", max: "1000000", step: "1", value: "25", required: true });
  const seed = el("input", { type: "number", min: "0", step: "1", value: "0", required: true });
  const team = el("input", { type: "text", value: place.team, autocomplete: "off", spellcheck: "false" });
  const made = el(
    "div",
    { class: "columns-2" },
    field("How many", count),
    field("Seed", seed, { hint: "The same seed gives the same credentials." }),
    field("Team", team, { hint: "Empty: the account itself." }),
  );
  const problem = el("p", { class: "problem", role: "alert" });
  const progress = el("p", { class: "muted", role: "status" });
  const submit = el("button", { class: "button primary" }, "Add");
  const form = el(
    "form",
    { on: { submit: (event) => (event.preventDefault(), send()) } },
    field("What", source),
    made,
    account.element,
    problem,
    progress,
    el(
      "div",
      { class: "actions" },
      button("Cancel", () => dialog.close()),
      submit,
    ),
  );
  const dialog = modal("Add credentials", form);
  dialog.showModal();

  function show() {
    made.hidden = source.value !== "";
    count.required = seed.required = !made.hidden;
  }

  async function send() {
    const what = source.value
      ? { fixture: source.value }
      : { count: count.valueAsNumber, seed: seed.valueAsNumber, ...(team.value && { team: team.value }) };
    submit.disabled = true;
    problem.textContent = "";
    const watching = setInterval(() => watch(app.api, progress), PROGRESS);
    try {
      const { added } = await app.api.post("/seed", { ...what, ...account.body });
      app.notices.say(
        `Added ${plural(added, "credential")}${account.words ? ` to ${account.words}` : " to every account"}.`,
      );
      dialog.close();
    } catch (error) {
      problem.textContent = error.message;
    } finally {
      clearInterval(watching);
      account.clear();
      progress.textContent = "";
      submit.disabled = false;
    }
  }
}

/** Show how far a seeding is. */
async function watch(api, progress) {
  const state = await api.get("/ready").then(
    () => null,
    (error) => error.told ?? null,
  );
  progress.textContent = state && state.of ? `${number(state.seeded)} of ${number(state.of)} made` : "";
}

async function fixtureNames(api) {
  const { components } = await api.get("/openapi.json");
  return components.schemas.SeedFixture.properties.fixture.enum;
}
