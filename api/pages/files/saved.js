// Settings of imports that come again, kept on the server under a name.

import { ask, get, told } from "./api.js";
import { word } from "./confirm.js";
import { announce, choice, field, fill, make, note, select } from "./dom.js";

/** A list of saved settings to take, and a button that saves the present ones.
 *  `take(options)` is called with those chosen; `present()` tells the options to save, mapping as an object. */
export async function savedSettings(take, present) {
  let known = (await get("/v1/import-templates")).templates;
  const chooser = select("", [], "", { on: { change: () => chosen() } });
  const forget = make("button", { type: "button", class: "quiet", hidden: true, on: { click: () => drop() } }, "Forget");
  const list = make("div", { class: "saved" }, field("Saved settings", chooser), forget);
  const problem = make("div", { role: "alert" });
  const save = make("button", { type: "button", class: "quiet", on: { click: () => keep() } }, "Save settings…");

  function show(name = "") {
    list.hidden = !known.length;
    fill(chooser, choice("", "None"), known.map((one) => choice(one.name, one.name, one.name === name)));
    forget.hidden = !name;
  }

  function chosen() {
    const found = known.find((one) => one.name === chooser.value);
    forget.hidden = !found;
    if (found) take(found.options);
  }

  /** Do something that may be refused, and say so. */
  async function tried(work) {
    fill(problem);
    try {
      await work();
    } catch (error) {
      fill(problem, note("bad", told(error)));
    }
  }

  const path = (name) => `/v1/import-templates/${encodeURIComponent(name)}`;

  function drop() {
    return tried(async () => {
      await ask("DELETE", path(chooser.value));
      known = known.filter((one) => one.name !== chooser.value);
      show();
      announce("Settings forgotten");
    });
  }

  async function keep() {
    const name = await word("Save these settings", "Name", "Save");
    if (!name) return;
    await tried(async () => {
      const body = JSON.stringify(present());
      const kept = await (await ask("PUT", path(name), { body, headers: { "Content-Type": "application/json" } })).json();
      known = [...known.filter((one) => one.name !== kept.name), kept].sort((one, other) => one.name.localeCompare(other.name));
      show(kept.name);
      announce(`Settings saved as ${kept.name}`);
    });
  }

  show();
  return { list, save, problem };
}
