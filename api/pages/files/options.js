// The options of an import, as a form.

import { diallingOptions, revealAgain } from "./dialling.js";
import { checkbox, choice, field, fill, make, select } from "./dom.js";

const DUPLICATES = [
  ["", "Not looked for"],
  ["DUPLIST", "The same phone in the list"],
  ["DUPCAMP", "The same phone in the campaign's lists"],
  ["DUPSYS", "The same phone in any list"],
  ["DUPNAMEPHONELIST", "The same name and phone in the list"],
  ["DUPNAMEPHONECAMP", "The same name and phone in the campaign's lists"],
  ["DUPNAMEPHONESYS", "The same name and phone in any list"],
  ["DUPTITLEALTPHONELIST", "The same title and alternate phone in the list"],
  ["DUPTITLEALTPHONECAMP", "The same title and alternate phone in the campaign's lists"],
  ["DUPTITLEALTPHONESYS", "The same title and alternate phone in any list"],
];
const ON_DUPLICATE = [["", "Refused, and reported"], ["update", "Used to update the lead found"], ["skip", "Skipped, as if all were well"]];
const DATES = [["", "Month, day, year (1/31/80)"], ["dmy", "Day, month, year (31/1/80)"], ["ymd", "Year, month, day (80/1/31)"]];
const DELIMITERS = [["", "Find out"], ["comma", "Comma"], ["semicolon", "Semicolon"], ["tab", "Tab"], ["pipe", "Pipe"]];
const ENCODINGS = [["", "Find out"], ["utf-8", "UTF-8"], ["utf-16", "UTF-16"], ["latin-1", "Windows-1252 / Latin-1"]];
const ZONES = [["", "By area code"], ["POSTAL", "By postal code"], ["TZCODE", "By the column owner (zone code)"], ["NANPA", "By area code and prefix"]];

/** `changed()` when the file would be read otherwise. */
export function optionsForm(lists, changed) {
  const list = make("select", { name: "list_id", required: true, on: { change: changed } });
  fill(list, choice("", "Choose a list…"), listChoices(lists));
  const custom = checkbox("custom_fields", "Fill the list's custom fields", "from columns of the same name", { on: { change: changed } });
  const sheet = field("Sheet", make("input", { name: "sheet", placeholder: "The first one that holds anything", on: { change: changed } }));
  const duplicates = select("duplicate_check", DUPLICATES, "DUPLIST");
  const element = make(
    "div",
    { class: "options" },
    make("div", { class: "fields" }, field("List", list), field("Duplicates", duplicates), field("A duplicate is", select("on_duplicate", ON_DUPLICATE))),
    make(
      "fieldset",
      { class: "checks" },
      make("legend", {}, "Do not load"),
      checkbox("dnc_check", "phones of the do-not-call list"),
      checkbox("campaign_dnc_check", "phones of the campaign's do-not-call list", "", { on: { change: changed } }),
    ),
    sheet,
    custom,
    more(changed),
    checkbox("dry_run", "Trial", "Check everything, store nothing"),
  );
  return { element, list, sheet, custom };
}

function listChoices(lists) {
  const option = (one) => choice(one.list_id, `${one.name || "List"} (${one.list_id}${one.campaign_id ? `, ${one.campaign_id}` : ""})`);
  const group = (label, some) => (some.length ? make("optgroup", { label }, some.map(option)) : null);
  return [group("Active", lists.filter((one) => one.active)), group("Not active", lists.filter((one) => !one.active))];
}

function more(changed) {
  const phoneCode = make("input", { name: "phone_code", inputmode: "numeric", pattern: "[0-9]{1,10}", placeholder: "1", maxlength: 10 });
  return make(
    "details",
    {},
    make("summary", {}, "More options"),
    make(
      "div",
      { class: "fields" },
      field("Country code of the phones", phoneCode),
      field("Dates are written as", select("date_format", DATES)),
      field("Stop at refused rows", make("input", { name: "max_errors", pattern: "[0-9]{1,9}|[0-9]{1,3}([.][0-9]{1,3})?%", placeholder: "100 or 5%" })),
      field("Time zone", select("tz_method", ZONES)),
      field("Cells are separated by", select("delimiter", DELIMITERS, "", { on: { change: changed } })),
      field("Letters are written in", select("encoding", ENCODINGS, "", { on: { change: changed } })),
    ),
    make(
      "div",
      { class: "checks" },
      checkbox("usacan_areacode_check", "Refuse phones without an area code of the USA or Canada"),
      checkbox("usacan_prefix_check", "Refuse phones whose fourth digit is 0 or 1"),
      checkbox("nanpa_ac_prefix_check", "Refuse phones whose area code and prefix are not in use"),
      checkbox("lookup_state", "Find the state by the area code where it is empty"),
    ),
    make("h4", {}, "Afterwards"),
    diallingOptions(changed),
  );
}

/** The options as the API takes them; `lists` tell the campaign whose do-not-call list is meant. */
export function optionsOf(form, lists) {
  const given = {};
  for (const control of form.elements) {
    if (!control.name || control.closest("[hidden]")) continue;
    const value = control.type === "checkbox" ? (control.checked ? "Y" : "") : control.value.trim();
    if (value) given[control.name] = value;
  }
  if (given.dry_run) given.dry_run = "true";
  if (!given.duplicate_check) delete given.on_duplicate;
  if (given.callback) given.callback_datetime ||= "NOW";
  if (given.callback || given.campaign_dnc_check) given.campaign_id ||= lists.find((one) => one.list_id === given.list_id)?.campaign_id || "";
  return given;
}

/** Set the form to options that optionsOf once told. */
export function setOptions(form, options) {
  for (const control of form.elements) {
    if (!control.name) continue;
    const value = String(options[control.name] ?? "");
    if (control.type === "checkbox") control.checked = ["Y", "true"].includes(value);
    else control.value = value;
  }
  revealAgain(form);
}
