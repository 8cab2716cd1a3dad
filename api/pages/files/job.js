// One import: how far it is, what became of its rows, and what can be done about it.

import { ask, Away, told } from "./api.js";
import { announce, fill, make, note, setText } from "./dom.js";
import { poll } from "./polling.js";
import { counterTiles, done, pace, progressBar } from "./progress.js";
import { refusalTable } from "./refusals.js";
import { showRelatives, showSteps } from "./steps.js";
import { uploads } from "./upload.js";
import { fieldName, KINDS, nameOf, number, size, stateOf, things, time, wellOf, whole } from "./words.js";

const BREATH = 250;
const LONG_POLL = 20;
const WEBHOOK_LOOK = 3000;

let showing = new AbortController();

/** Show a job in `place` until the signal is given; `path` is where the API tells of it. */
export async function showJob(place, path, until) {
  showing.abort();
  showing = new AbortController();
  const signal = AbortSignal.any([until, showing.signal]);
  fill(place, make("p", { class: "empty" }, "Loading…"));
  let view = null;
  let tag = "";
  let pause = BREATH;
  try {
    await poll(async () => {
      const query = tag ? { wait: LONG_POLL } : {};
      const answer = await ask("GET", path, { query, headers: tag ? { "If-None-Match": tag } : {}, signal });
      tag = answer.headers.get("ETag");
      if (answer.status === 304) return pause;
      const job = whole(await answer.json());
      view ??= new JobView(place, job, signal, () => showJob(place, path, until));
      view.show(job);
      if (!job.finished || uploads.get(job.id)?.state === "sending") pause = BREATH;
      else pause = job.webhook?.state === "waiting" ? WEBHOOK_LOOK : null;
      return pause;
    }, signal);
  } catch (error) {
    if (error.status !== 401) fill(place, back(), note("bad", told(error)));
  }
}

function back() {
  return make("a", { class: "back", href: "#/" }, "← All jobs");
}

class JobView {
  /** `again` shows the job anew. */
  constructor(place, job, signal, again) {
    this.name = nameOf(job);
    this.upload = uploads.get(job.id);
    this.badge = make("span", { class: "badge" });
    this.amount = make("span", {});
    this.links = make("p", { class: "links" });
    this.notes = make("div", { role: "alert" });
    this.sending = make("div", { class: "sending", hidden: true });
    this.bar = progressBar(`Progress of ${this.name}`);
    this.pace = make("p", { class: "pace" });
    this.tiles = counterTiles(job);
    this.actions = make("div", { class: "actions" });
    this.refusals = refusalTable(signal);
    this.details = make("div", {});
    this.announced = announcer(this.name);
    this.#build(place, job);
    this.upload?.addEventListener("change", () => (this.#showSending(again), this.show(this.job)), { signal });
    if (this.upload) this.#showSending(again);
  }

  #build(place, job) {
    const about = [job.list_id ? `List ${job.list_id}` : "", time(job.created), `by ${job.user}`].filter(Boolean).join(" · ");
    const progress = [this.sending, this.bar.element, this.pace, this.tiles.element, this.actions];
    fill(
      place,
      back(),
      make("div", { class: "row-between" }, make("h1", { class: "file-name" }, this.name), this.badge),
      make("p", { class: "quiet-text" }, about, this.amount),
      this.links,
      this.notes,
      make("section", { class: "card", "aria-label": "Progress" }, progress),
      this.refusals.element,
      make("details", { class: "card" }, make("summary", {}, job.kind === "requests" ? "What was asked" : "How it was loaded"), this.details),
    );
    this.job = job;
  }

  show(job) {
    this.job = job;
    const expected = job.state === "receiving" ? this.upload?.rows : 0;
    const percent = this.bar.show(job, expected);
    document.title = `${job.finished ? stateOf(job) : `${percent} %`} · ${this.name} – Leadmill`;
    setText(this.badge, stateOf(job));
    this.badge.className = `badge ${KINDS[job.state] || "off"}`;
    setText(this.amount, job.size ? ` · ${size(job.size)}` : "");
    setText(this.pace, pace(job, expected));
    this.tiles.show(job);
    this.refusals.show(job);
    showNotes(this.notes, job);
    showSteps(this.actions, job, (now) => this.show(now));
    showRelatives(this.links, job);
    showDetails(this.details, job);
    this.announced(job, percent);
  }

  #showSending(again) {
    showSending(this.sending, this.upload, () => (this.upload.start(), again()));
  }
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

function summary(job) {
  const { well, verb } = wellOf(job);
  return `${things(job, well)} ${verb}, ${things(job, done(job.counters) - well)} not`;
}

function webhookWords({ url, state, attempts, next_attempt, error }) {
  const tried = error ? `; attempt ${number(attempts)}: ${error}` : "";
  return `${url}, ${state === "delivered" ? "told" : state}${tried}${next_attempt ? `, next ${time(next_attempt)}` : ""}`;
}

function showDetails(place, job) {
  const used = job.columns.map(({ column, field, custom_field }) => [column, custom_field && !field ? `Custom field ${custom_field}` : field ? fieldName(field) : "Left out"]);
  const options = Object.entries(job.options).filter(([name]) => name !== "mapping").map(([name, value]) => [name, String(value)]);
  const functions = Object.entries(job.functions || {}).map(([name, count]) => [name, number(count)]);
  const webhook = job.webhook ? [["webhook", webhookWords(job.webhook)]] : [];
  const parts = [["Functions", functions], ["Columns", used], ["Options", options], ["Job", [["id", job.id], ...webhook]]].filter(([, pairs]) => pairs.length);
  if (place.dataset.said === JSON.stringify(parts)) return;
  place.dataset.said = JSON.stringify(parts);
  const list = (pairs) => make("dl", { class: "pairs" }, pairs.map(([term, value]) => make("div", {}, make("dt", {}, term), make("dd", {}, value))));
  fill(place, parts.map(([title, pairs]) => [make("h3", {}, title), list(pairs)]).flat());
}
