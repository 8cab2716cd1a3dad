// The rows of a job that were not added, each with its reason, and the files that tell of every row.

import { ask, told } from "./api.js";
import { choice, fill, make, note, setText } from "./dom.js";
import { number, NOT_ADDED, OUTCOMES } from "./words.js";

const STEP = 10;
const MORE = 40;
const CELLS = 6;
const TITLES = { undo: "Leads kept", requests: "Requests not done" };
const COUNTER = { duplicate: "duplicates", dnc: "dnc", refused: "refused", failed: "failed" };

/** `show(job)` loads the rows again when there are more of them. */
export function refusalTable(signal) {
  const filter = make("select", { "aria-label": "Which rows", on: { change: () => load() } });
  const title = make("h2", {});
  const place = make("div", { class: "refusals" });
  const more = make("button", { class: "quiet", type: "button", on: { click: () => load(shown + MORE) } }, "Show more");
  const downloads = make("p", { class: "actions downloads" });
  const head = make("div", { class: "row-between" }, title, filter);
  const element = make("section", { class: "card", hidden: true }, head, downloads, place, more);
  let job = null;
  let counted = "";
  let shown = STEP;
  let loading = null;

  async function load(limit = STEP) {
    loading?.abort();
    loading = new AbortController();
    signal.addEventListener("abort", () => loading.abort());
    try {
      const found = await firstRows(job, filter.value, limit + 1, loading.signal);
      shown = limit;
      more.hidden = found.length <= limit;
      fill(place, found.length ? table(found.slice(0, limit), job.kind) : make("p", { class: "empty" }, "None."));
    } catch (error) {
      if (error.name !== "AbortError") fill(place, note("bad", told(error)));
    }
  }

  function show(now) {
    job = now;
    setText(title, TITLES[now.kind] || "Rows not added");
    const counts = Object.values(COUNTER).map((name) => now.counters[name] || 0);
    element.hidden = !counts.some(Boolean);
    if (element.hidden || counted === counts.join()) return;
    counted = counts.join();
    const chosen = filter.value;
    const kinds = Object.keys(COUNTER).filter((outcome) => now.counters[COUNTER[outcome]]);
    const all = counts.reduce((sum, count) => sum + count, 0);
    const options = kinds.map((outcome) => [outcome, `${OUTCOMES[outcome]} (${number(now.counters[COUNTER[outcome]])})`]);
    fill(filter, [[NOT_ADDED, `All (${number(all)})`], ...options].map(([value, words]) => choice(value, words, value === chosen)));
    fill(downloads, download(now, NOT_ADDED, now.kind === "requests" ? "Download those not done" : "Download rows not added", "primary"), download(now, "", "Download all outcomes", "quiet"));
    load(shown);
  }

  return { element, show };
}

function download(job, outcome, words, look) {
  const href = `${job.results}?format=csv${outcome ? `&outcome=${outcome}` : ""}`;
  return make("a", { class: `button ${look}`, href, download: true }, words);
}

/** The first rows with these outcomes; the rest of the answer, which may be long, is left unread. */
async function firstRows(job, outcome, limit, signal) {
  const answer = await ask("GET", job.results, { query: { format: "ndjson", outcome }, signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    text += value || "";
    const lines = text.split("\n");
    if (done || lines.length > limit) {
      reader.cancel();
      return lines.filter(Boolean).slice(0, limit).map((line) => asRow(JSON.parse(line)));
    }
  }
}

/** What became of a request, told as that of a row is. */
function asRow(one) {
  return one.position ? { ...one, line: one.position, row: { function: one.function } } : one;
}

function table(found, kind) {
  const place = kind === "requests" ? "Position" : "Line";
  const heads = [place, "Outcome", "Reason", kind === "requests" ? "Request" : "Row"].map((words) => make("th", { scope: "col" }, words));
  const body = make("tbody", {}, found.map((one) => row(one, place)));
  return make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Rows not added" }, make("table", { class: "rows cards" }, make("thead", {}, make("tr", {}, heads)), body));
}

function row(one, place) {
  const cells = Object.entries(one.row || {}).filter(([, cell]) => cell !== "");
  const left = cells.length > CELLS ? make("span", { class: "hint" }, `and ${cells.length - CELLS} more`) : null;
  const badge = make("span", { class: `mark ${one.outcome}` }, OUTCOMES[one.outcome] || one.outcome);
  const again = one.retryable ? make("span", { class: "hint" }, "Can be sent again unchanged") : null;
  return make(
    "tr",
    {},
    make("td", { class: "count" }, make("span", { class: "phone-only" }, `${place} `), number(one.line)),
    make("td", {}, badge),
    make("td", { title: one.reply }, reason(one), again),
    make("td", { class: "cells" }, cells.slice(0, CELLS).map(([name, cell]) => make("span", { class: "cell" }, make("b", {}, name), " ", cell)), left),
  );
}

function reason(one) {
  const words = one.meaning || one.reply;
  return words.charAt(0).toUpperCase() + words.slice(1);
}
