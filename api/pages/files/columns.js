// The first rows of a file, and which field of a lead each column gives.

import { choice, make, select } from "./dom.js";
import { fieldName } from "./words.js";

const OFTEN = ["phone_number", "first_name", "last_name", "email", "alt_phone", "address1", "city", "state", "postal_code", "vendor_lead_code", "comments", "list_id"];
const SAMPLES = 3;
const ROWS = 8;

/** `changed(column, field)` when another field is chosen; null leaves the column out. */
export function columnTable(preview, told, changed) {
  const heads = ["Column of the file", "First values", "Becomes"].map((words) => make("th", { scope: "col" }, words));
  const seen = new Set();
  const body = preview.columns.map((column, position) => {
    const twice = seen.has(column.column);
    seen.add(column.column);
    return columnRow(preview, column, position, twice, told, changed);
  });
  return make("table", { class: "columns" }, make("thead", {}, make("tr", {}, heads)), make("tbody", {}, body));
}

function columnRow(preview, column, position, twice, told, changed) {
  const name = column.column || `Column ${position + 1}`;
  const values = preview.rows.map((row) => row.cells[position]).filter(Boolean);
  const samples = [...new Set(values)].slice(0, SAMPLES).map((value) => make("span", { class: "sample" }, value));
  const chooser = fieldChooser(preview.fields, column, `Field for ${name}`);
  // A mapping names columns, so it cannot tell two of the same name apart.
  chooser.disabled = twice || !column.column;
  chooser.addEventListener("change", () => changed(column.column, chooser.value || null));
  const hint = twice ? "Another column has the same name." : column.custom_field && !column.field ? `Fills the custom field ${column.custom_field}.` : "";
  const look = column.field === "phone_number" ? "phone" : column.field || column.custom_field ? "used" : "unused";
  return make(
    "tr",
    { class: `${look}${column.column in told ? " told" : ""}` },
    make("th", { scope: "row" }, name),
    make("td", {}, samples.length ? samples : make("span", { class: "hint" }, "empty")),
    make("td", {}, chooser, hint ? make("span", { class: "hint" }, hint) : null),
  );
}

function fieldChooser(fields, column, label) {
  const often = OFTEN.filter((name) => fields.includes(name));
  const others = fields.filter((name) => !often.includes(name));
  const group = (words, names) => make("optgroup", { label: words }, names.map((name) => choice(name, fieldName(name), name === column.field)));
  const chooser = select("", [["", "Leave out"]], column.field || "", { "aria-label": label });
  chooser.append(group("Often used", often), group("Others", others));
  return chooser;
}

export function firstRows(preview) {
  const heads = preview.columns.map((column, position) => make("th", { scope: "col" }, column.column || `Column ${position + 1}`));
  const line = make("th", { scope: "col" }, "Line");
  const body = preview.rows.slice(0, ROWS).map((row) => {
    const cells = row.code ? [make("td", { colspan: Math.max(1, heads.length) }, make("span", { class: "mark refused" }, row.says || row.code))] : row.cells.map((cell) => make("td", {}, cell));
    return make("tr", {}, make("td", { class: "count" }, String(row.line)), cells);
  });
  const table = make("table", { class: "rows" }, make("thead", {}, make("tr", {}, line, heads)), make("tbody", {}, body));
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "First rows of the file" }, table);
}

/** How the file is written: "CSV, separated by semicolon, UTF-8". */
export function formatWords(preview) {
  const names = { csv: preview.delimiter === "tab" ? "TSV" : "CSV", ndjson: "NDJSON", json: "JSON", xlsx: "Excel" };
  const separated = preview.delimiter && preview.delimiter !== "tab" ? `separated by ${preview.delimiter}` : "";
  const encoding = preview.format === "xlsx" ? "" : (preview.encoding || "").toUpperCase();
  return [names[preview.format] || preview.format, separated, encoding, preview.compression].filter(Boolean).join(", ");
}
