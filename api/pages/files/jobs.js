// The list of imports, or of jobs of requests, a page at a time, newest first.

import { get, told } from "./api.js";
import { byId, fill, make, note, setText } from "./dom.js";
import { poll } from "./polling.js";
import { progressBar } from "./progress.js";
import { KINDS, linkTo, nameOf, number, stateOf, things, time, wellOf, whole } from "./words.js";

const PAGE = 10;
const WHILE_LIVE = 1500;
const OTHERWISE = 8000;
const NONE = {
  imports: "No imports yet. The first one begins with a file above.",
  requests: "No jobs of requests yet. Programs begin them with POST /v1/requests.",
};

let kind = "imports"; // which jobs are listed, as the API's path says it
let earlier = []; // the `before` of each page that was left towards older ones
let before = "";
let shown = new Map();

export async function showJobs(session, signal) {
  const look = async () => {
    const page = await get(`/v1/${kind}`, { query: { limit: PAGE, before }, signal });
    const jobs = page[kind].map(whole);
    show(jobs, session);
    byId("newer").disabled = !earlier.length;
    byId("older").disabled = !page.next;
    byId("pages").hidden = !earlier.length && !page.next;
    byId("older").dataset.before = jobs.at(-1)?.id || "";
    return jobs.some((job) => !job.finished) ? WHILE_LIVE : OTHERWISE;
  };
  const turn = async () => {
    byId("older").disabled = byId("newer").disabled = true;
    await look().catch((error) => error.name === "AbortError" || fill(byId("jobs"), note("bad", told(error))));
  };
  byId("older").onclick = () => {
    earlier.push(before);
    before = byId("older").dataset.before;
    turn();
  };
  byId("newer").onclick = () => {
    before = earlier.pop();
    turn();
  };
  for (const tab of byId("kinds").children) {
    tab.onclick = () => {
      for (const other of byId("kinds").children) other.setAttribute("aria-pressed", other === tab);
      kind = tab.value;
      before = "";
      earlier = [];
      turn();
    };
  }
  try {
    await poll(look, signal);
  } catch (error) {
    if (error.status !== 401) fill(byId("jobs"), note("bad", told(error)));
  }
}

function show(jobs, session) {
  const place = byId("jobs");
  const ids = [kind, ...jobs.map((job) => job.id)].join();
  if (place.dataset.ids !== ids || !jobs.length) {
    shown = new Map(jobs.map((job) => [job.id, entry(job, session)]));
    fill(place, jobs.length ? make("ul", { class: "job-list" }, jobs.map((job) => shown.get(job.id).element)) : nothing());
    place.dataset.ids = ids;
  }
  for (const job of jobs) shown.get(job.id).show(job);
}

function nothing() {
  return make("p", { class: "empty" }, earlier.length ? "No older ones." : NONE[kind]);
}

function entry(job, session) {
  const bar = progressBar(`Progress of ${nameOf(job)}`);
  const badge = make("span", { class: "badge" });
  const words = make("span", { class: "job-words" });
  const by = session.level >= 9 ? ` · ${job.user}` : "";
  const about = `${job.list_id ? `List ${job.list_id} · ` : ""}${time(job.created)}${by}`;
  const element = make(
    "li",
    {},
    make(
      "a",
      { class: "job-link", href: linkTo(job) },
      make("span", { class: "job-name" }, nameOf(job)),
      badge,
      make("span", { class: "quiet-text job-about" }, about),
      words,
      bar.element,
    ),
  );
  const show = (now) => {
    const percent = bar.show(now);
    setText(badge, now.state === "running" ? `${percent} %` : stateOf(now));
    badge.className = `badge ${KINDS[now.state] || "off"}`;
    setText(words, outcome(now));
  };
  return { element, show };
}

function outcome(job) {
  const { received, waiting } = job.counters;
  const { well, verb } = wellOf(job);
  const words = `${number(well)} of ${things(job, received)} ${verb}`;
  const rest = received - well - waiting;
  return rest ? `${words}, ${number(rest)} not` : words;
}
