// One import: how far it is, what became of its rows, and what can be done about it.

import { ask, Away, Refused, told } from "./api.js";
import { announce, fill, make, note, setText } from "./dom.js";
import { poll } from "./polling.js";
import { counterTiles, done, pace, progressBar } from "./progress.js";
import { refusalTable } from "./refusals.js";
import { showRelatives, showSteps } from "./steps.js";
import { uploads } from "./upload.js";
import { fieldName, KINDS, nameOf, number, rows, size, stateOf, time } from "./words.js";

const BREATH = 250;
const LONG_POLL = 20;

/** Show a job in `place` until the signal is given. */
export async function showJob(place, id, signal) {
  fill(place, make("p", { class: "empty" }, "Loading…"));
  let view = null;
  let tag = "";
  const show = (job) => {
    view ??= jobView(place, job, signal, show);
    view.show(job);
  };
  try {
    await poll(async () => {
      const query = tag ? { wait: LONG_POLL } : {};
      const answer = await ask("GET", `/v1/imports/${id}`, { query, headers: tag ? { "If-None-Match": tag } : {}, signal });
      tag = answer.headers.get("ETag");
      if (answer.status === 304) return BREATH;
      const job = await answer.json();
      show(job);
      return job.finished && uploads.get(id)?.state !== "sending" ? null : BREATH;
    }, signal);
  } catch (error) {
    if (!(error instanceof Refused) || error.status === 401) return;
    fill(place, back(), note("bad", told(error)));
  }
}

function back() {
  return make("a", { class: "back", href: "#/" }, "← All imports");
}

function jobView(place, first, signal, again) {
  const upload = uploads.get(first.id);
  const name = nameOf(first);
  const badge = make("span", { class: "badge" });
  const notes = make("div", { role: "alert" });
  const sending = make("div", { class: "sending" });
  const bar = progressBar(`Progress of ${name}`);
  const words = make("p", { class: "pace" });
  const tiles = counterTiles(first);
  const links = make("p", { class: "links" });
  const actions = make("div", { class: "actions" });
  const refusals = refusalTable(signal);
  const about = [first.list_id ? `List ${first.list_id}` : "", time(first.created), `by ${first.user}`].filter(Boolean).join(" · ");
  const amount = make("span", {});
  fill(
    place,
    back(),
    make("div", { class: "row-between" }, make("h1", { class: "file-name" }, name), badge),
    make("p", { class: "quiet-text" }, about, amount),
    links,
    notes,
    make("section", { class: "card", "aria-label": "Progress" }, sending, bar.element, words, tiles.element, actions),
    refusals.element,
    details(first),
  );
  const announced = announcer(name);
  let job = first;

  function show(now) {
    job = now;
    const expected = now.state === "receiving" ? upload?.rows : 0;
    const percent = bar.show(now, expected);
    document.title = `${now.finished ? stateOf(now) : `${percent} %`} · ${name} – Leadmill`;
    setText(badge, stateOf(now));
    badge.className = `badge ${KINDS[now.state] || "off"}`;
    setText(amount, now.size ? ` · ${size(now.size)}` : "");
    setText(words, pace(now, expected));
    tiles.show(now);
    refusals.show(now);
    showNotes(notes, now);
    showSteps(actions, now, again);
    showRelatives(links, now);
    announced(now, percent);
  }

  if (upload) {
    const resume = () => (upload.start(), showJob(place, first.id, signal));
    const changed = () => (showSending(sending, upload, resume), show(job));
    upload.addEventListener("change", changed, { signal });
    showSending(sending, upload, resume);
  }
  return { show };
}

function showNotes(place, job) {
  const found = [...job.warnings.map((words) => ["warn", words])];
  if (job.options.dry_run) found.unshift(["info", "A trial: everything is checked, nothing is stored."]);
  if (job.problem) found.push([job.state === "failed" ? "bad" : "warn", job.problem.title]);
  if (place.dataset.said === JSON.stringify(found)) return;
  place.dataset.said = JSON.stringify(found);
  fill(place, found.map(([kind, words]) => note(kind, words)));
}

function showSending(place, upload, resume) {
  place.hidden = upload.state === "received" || upload.state === "stopped";
  if (upload.state !== "sending") delete place.dataset.live;
  if (upload.state === "sending") {
    if (!place.dataset.live) fill(place, make("progress", { max: 1, "aria-label": "Upload" }), make("p", { class: "quiet-text" }));
    place.dataset.live = "yes";
    place.firstChild.value = upload.portion;
    const words = upload.portion < 1 ? `Uploading: ${size(upload.sent)} of ${size(upload.file.size)}.` : "On its way to the server.";
    setText(place.lastChild, `${words} Keep this page open until all has arrived.`);
  } else if (upload.state === "broken") {
    const where = upload.error instanceof Away ? "The upload broke off." : told(upload.error);
    const again = make("button", { type: "button", class: "primary", on: { click: resume } }, "Send it again");
    fill(place, note("warn", where, make("p", {}, "What has arrived is kept: sent again, it goes on where it stopped."), again));
  } else if (upload.state === "refused") {
    fill(place, note("bad", told(upload.error)));
  }
}

/** Tells screen readers each change of state, and every tenth part of the way. */
function announcer(name) {
  let said = "";
  return (job, percent) => {
    const state = stateOf(job);
    const now = job.finished ? state : `${state} ${Math.floor(percent / 10)}`;
    if (now === said) return;
    said = now;
    announce(job.finished ? `${name}: ${state}. ${summary(job)}` : `${name}: ${state}, ${percent} percent`);
  };
}

function summary({ counters, kind }) {
  if (kind === "undo") return `${number(counters.deleted)} leads deleted, ${number(done(counters) - counters.deleted)} not`;
  const well = counters.added + counters.updated;
  return `${rows(well)} loaded, ${rows(done(counters) - well)} not`;
}

function details(job) {
  const used = job.columns.map(({ column, field, custom_field }) => [column, custom_field && !field ? `Custom field ${custom_field}` : field ? fieldName(field) : "Left out"]);
  const options = Object.entries(job.options).filter(([name]) => name !== "mapping").map(([name, value]) => [name, String(value)]);
  const both = [["Columns", used], ["Options", options], ["Job", [["id", job.id]]]].filter(([, pairs]) => pairs.length);
  const list = (pairs) => make("dl", { class: "pairs" }, pairs.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))));
  return make("details", { class: "card" }, make("summary", {}, "How it was loaded"), both.map(([title, pairs]) => [make("h3", {}, title), list(pairs)]).flat());
}
