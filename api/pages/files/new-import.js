// A new import: choose a file, look at it, say where it goes, start.

import { get, post, told } from "./api.js";
import { columnTable, firstRows, formatWords } from "./columns.js";
import { secretOf } from "./dialling.js";
import { announce, byId, fill, make, note, setText } from "./dom.js";
import { optionsForm, optionsOf, setOptions } from "./options.js";
import { savedSettings } from "./saved.js";
import { follow, Upload } from "./upload.js";
import { rows, size } from "./words.js";

const BEGINNING = 65_536; // bytes: all that a preview reads of text
const ZIP = [0x50, 0x4b, 0x03, 0x04]; // an Excel file is one, and read as a whole
const NEWLINE = 0x0a;
const LOOK = 400;

let user = "";
let prepared = false;

export function prepareNewImport(session) {
  user = session.user;
  byId("drop").hidden = !session.may_import;
  if (!session.may_import) {
    fill(byId("new-import"), note("warn", "Your user may look at imports, but not load leads.", make("p", {}, "It lacks the API right to add_lead, or the right to modify leads.")));
  }
  if (prepared || !session.may_import) return;
  prepared = true;
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => event.target.files[0] && choose(event.target.files[0]));
  // Anywhere on the page: a file that misses its place must not be opened in place of the page.
  addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget || drop.classList.remove("over"));
  addEventListener("drop", (event) => {
    const file = event.dataTransfer.files[0];
    if (!file) return;
    event.preventDefault();
    drop.classList.remove("over");
    if (!byId("view-home").hidden) choose(file);
  });
}

async function choose(file) {
  const place = byId("new-import");
  byId("file").value = ""; // the same file may be chosen again
  fill(place, make("p", { class: "empty" }, `Reading ${file.name}…`));
  try {
    const [{ lists }, preview] = await Promise.all([get("/v1/lists"), previewOf(file, {})]);
    await new NewImport(place, file, lists, preview).show();
  } catch (error) {
    fill(place, note("bad", `${file.name}: ${told(error)}`));
  }
}

async function previewOf(file, options, signal, secret = "") {
  const first = new Uint8Array(await file.slice(0, ZIP.length).arrayBuffer());
  const body = ZIP.every((byte, position) => first[position] === byte) ? file : file.slice(0, BEGINNING);
  const sent = { "Content-Type": "application/octet-stream", ...(secret ? { "Webhook-Secret": secret } : {}) };
  return post("/v1/imports/preview", { query: { ...options, filename: file.name }, body, headers: sent, signal });
}

class NewImport {
  #told = {}; // the fields that the person chose, by column
  #looking = null;
  #looked = null;
  #stale = false; // whether the last look has failed

  constructor(place, file, lists, preview) {
    this.file = file;
    this.lists = lists;
    this.preview = preview;
    this.form = make("form", { class: "card new", novalidate: true, "aria-label": `Import of ${file.name}` });
    this.options = optionsForm(lists, () => this.#lookAgain());
    this.format = make("span", {});
    this.columns = make("div", {});
    this.first = make("div", {});
    this.problems = make("div", { role: "alert" });
    this.start = make("button", { class: "primary", type: "submit" }, "Start import");
    this.place = place;
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.#begin()));
    this.form.addEventListener("input", () => fill(this.problems));
  }

  async show() {
    const saved = await savedSettings((options) => this.#take(options), () => this.#kept);
    const heading = make("h2", { tabindex: -1, class: "file-name" }, this.file.name);
    const about = make("p", { class: "quiet-text" }, size(this.file.size), " · ", this.format);
    const remove = make("button", { type: "button", class: "quiet", on: { click: () => this.#drop() } }, "Remove");
    fill(
      this.form,
      make("div", { class: "row-between" }, make("div", {}, heading, about), remove),
      saved.list,
      make("h3", {}, "Columns"),
      this.columns,
      make("details", { open: innerWidth > 700 }, make("summary", {}, "First rows"), this.first),
      make("h3", {}, "Where to, and what to check"),
      this.options.element,
      this.problems,
      make("div", { class: "actions" }, this.start, saved.save, saved.problem),
    );
    fill(this.place, this.form);
    byId("drop").classList.add("small");
    this.#show();
    heading.focus();
    announce(`${this.file.name}: ${this.preview.columns.length} columns found`);
  }

  /** Set everything as saved settings say; columns that this file does not have are left aside. */
  #take({ mapping, ...options }) {
    const names = this.preview.columns.map((column) => column.column);
    this.#told = Object.fromEntries(Object.entries(mapping || {}).filter(([name]) => names.includes(name)));
    setOptions(this.form, options);
    this.#lookAgain();
  }

  /** What is worth saving: not that it was a trial. */
  get #kept() {
    const { dry_run: _, ...options } = optionsOf(this.form, this.lists);
    return { ...options, mapping: this.#told };
  }

  get #chosen() {
    const mapping = Object.keys(this.#told).length ? { mapping: JSON.stringify(this.#told) } : {};
    return { ...optionsOf(this.form, this.lists), ...mapping };
  }

  #drop() {
    this.#looking?.abort();
    byId("drop").classList.remove("small");
    fill(byId("new-import"));
    byId("file").focus();
  }

  #map(column, field) {
    // A field is given by one column: who had it by choice before gives it up.
    for (const [other, had] of Object.entries(this.#told)) if (field && had === field) this.#told[other] = null;
    this.#told[column] = field;
    this.#lookAgain();
  }

  #lookAgain() {
    this.#looked = this.#look();
  }

  /** Ask anew what the file would be read as, when nothing else has changed for a moment. */
  async #look() {
    this.#looking?.abort();
    const looking = (this.#looking = new AbortController());
    try {
      await new Promise((done) => setTimeout(done, LOOK));
      if (looking.signal.aborted) return;
      this.#stale = true;
      this.preview = await previewOf(this.file, this.#chosen, looking.signal, secretOf(this.form));
      this.#stale = false;
      this.#show();
    } catch (error) {
      if (error.name !== "AbortError") fill(this.problems, note("bad", told(error)));
    }
  }

  #show() {
    const focused = document.activeElement?.getAttribute("aria-label");
    setText(this.format, formatWords(this.preview));
    fill(this.columns, columnTable(this.preview, this.#told, (column, field) => this.#map(column, field)));
    fill(this.first, firstRows(this.preview));
    // The chooser that was just used is a new one now.
    if (focused && !this.columns.contains(document.activeElement)) this.columns.querySelector(`[aria-label="${CSS.escape(focused)}"]`)?.focus();
    this.options.sheet.hidden = this.preview.format !== "xlsx";
    this.options.custom.hidden = !this.preview.custom_fields.length;
    const byRow = this.preview.columns.some((column) => column.field === "list_id");
    setText(this.options.list.options[0], byRow ? "The list that each row names" : "Choose a list…");
    this.options.list.required = !byRow;
    fill(this.problems, [...this.#amiss(), ...this.preview.warnings].map((words) => note("warn", words)));
  }

  /** What an import would be refused for. That no list is chosen yet is told at the end only. */
  #amiss() {
    const chosen = this.#chosen.list_id;
    return this.preview.problems.filter(({ code }) => chosen || code !== "unknown-list").map(({ title }) => title);
  }

  async #begin() {
    await this.#looked;
    if (this.#stale) await this.#look();
    if (this.#stale) return;
    const wrong = [...this.form.elements].find((control) => !control.closest("[hidden]") && !control.checkValidity());
    const amiss = this.#amiss();
    if (wrong) {
      wrong.closest("details")?.setAttribute("open", "");
      wrong.focus();
      return fill(this.problems, note("bad", wrong === this.options.list ? "Choose the list that the leads go into." : `${wrong.labels[0]?.textContent}: ${wrong.validationMessage}`));
    }
    if (amiss.length) return fill(this.problems, amiss.map((words) => note("bad", words)));
    await this.#send(new Upload(user, this.file, this.#chosen, secretOf(this.form), await this.#rowsExpected()));
  }

  /** About how many rows the file has, by the lines at its beginning; 0 where lines do not tell. */
  async #rowsExpected() {
    if (this.preview.compression || !["csv", "ndjson"].includes(this.preview.format)) return 0;
    const beginning = new Uint8Array(await this.file.slice(0, BEGINNING).arrayBuffer());
    const lines = beginning.reduce((count, byte) => count + (byte === NEWLINE), 0);
    return Math.round((lines * this.file.size) / Math.max(1, beginning.length));
  }

  async #send(upload) {
    const changed = () => setText(this.start, `Sending… ${Math.floor(100 * upload.portion)} %`);
    upload.addEventListener("change", changed);
    this.start.disabled = true;
    try {
      upload.start();
      const job = await follow(upload);
      if (!this.form.isConnected) return;
      this.#drop();
      announce(`${job.filename}: ${rows(job.counters.received)} received`);
      location.hash = `#/imports/${job.id}`;
    } catch (error) {
      fill(this.problems, note("bad", told(error)));
      setText(this.start, upload.state === "broken" ? "Send it again" : "Start import");
    } finally {
      upload.removeEventListener("change", changed);
      this.start.disabled = false;
    }
  }
}
