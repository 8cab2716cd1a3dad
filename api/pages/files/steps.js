// What can be done about a job: cancel, pause, resume, try again, undo; and what has been done.

import { post, told } from "./api.js";
import { confirmed } from "./confirm.js";
import { fill, make, note } from "./dom.js";
import { follow, Upload, uploads } from "./upload.js";
import { linkTo, number, things, whole } from "./words.js";

const CANCEL = {
  import: {
    words: "Cancel import",
    question: "Cancel this import?",
    effect: "Rows that have been loaded stay. The others are left out, and can be tried again later.",
  },
  undo: { words: "Cancel undo", question: "Cancel this undo?", effect: "Leads that have been deleted stay deleted. The others stay." },
  requests: {
    words: "Cancel requests",
    question: "Cancel these requests?",
    effect: "What has been done stays. The others are left out, and can be tried again later.",
  },
};

const RELATIVES = {
  import: ["Tries the failed rows of an earlier import again", "Its failed rows were tried again"],
  undo: ["Undoes an import", "The rest was tried again"],
  requests: ["Tries the failed requests of an earlier job again", "Its failed requests were tried again"],
};

function pathOf(job) {
  return job.results.replace(/\/results$/, "");
}

/** Buttons for what the job allows now. `changed(job)` is called with the job after a step. */
export function showSteps(place, job, changed) {
  const steps = stepsOf(job);
  const said = JSON.stringify(steps.map(({ words }) => words));
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.hidden = !steps.length;
  const problem = make("div", { role: "alert" });
  const button = ({ words, look, take }) => make("button", { type: "button", class: look, on: { click: (event) => run(event.target, problem, take, changed) } }, words);
  fill(place, steps.map(button), problem);
}

async function run(button, problem, take, changed) {
  button.disabled = true;
  fill(problem);
  try {
    const job = await take();
    if (job) changed(job);
  } catch (error) {
    fill(problem, note("bad", told(error)));
  } finally {
    button.disabled = false;
  }
}

function stepsOf(job) {
  if (!job.finished) return job.state === "cancelled" ? [] : underWay(job);
  const kept = job.results_until && new Date(job.results_until) > new Date();
  const steps = [];
  if (job.options.dry_run && uploads.has(job.id)) steps.push({ words: "Load it now", look: "primary", take: () => loadForReal(job) });
  if (kept && job.retryable && !job.retried_by) {
    steps.push({ words: `Try ${things(job, job.retryable)} again`, look: "primary", take: () => another(job, "retry") });
  }
  if (kept && job.kind === "import" && job.counters.added && !job.undone_by && !job.options.dry_run) {
    steps.push({ words: "Undo import", look: "quiet danger-text", take: () => undo(job) });
  }
  return steps;
}

function underWay(job) {
  const held = job.state === "paused";
  const step = async (name) => whole(await post(`${pathOf(job)}/${name}`));
  return [
    held ? { words: "Resume", look: "primary", take: () => step("resume") } : { words: "Pause", look: "quiet", take: () => step("pause") },
    { words: CANCEL[job.kind].words, look: "quiet danger-text", take: () => cancel(job) },
  ];
}

async function cancel(job) {
  const { words, question, effect } = CANCEL[job.kind];
  if (!(await confirmed(question, effect, words, "Go on"))) return null;
  const after = whole(await post(`${pathOf(job)}/cancel`));
  uploads.get(job.id)?.stop();
  return after;
}

async function undo(job) {
  const words =
    `Deletes the ${number(job.counters.added)} leads that this import added, with their callbacks and what else belongs to them. ` +
    "Leads that have been called or changed since are kept.";
  return (await confirmed("Undo this import?", words, "Delete the leads")) ? another(job, "undo") : null;
}

async function another(job, step) {
  location.hash = linkTo(whole(await post(`${pathOf(job)}/${step}`)));
  return null;
}

/** A trial that went well: the same file once more, and this time for good. */
async function loadForReal(job) {
  const { user, file, options, secret } = uploads.get(job.id);
  const { dry_run: _, ...rest } = options;
  const upload = new Upload(user, file, rest, secret, job.counters.received);
  upload.start();
  const made = await follow(upload);
  location.hash = `#/imports/${made.id}`;
  return null;
}

/** Where this job came from and what came of it, as links. */
export function showRelatives(place, job) {
  const [source, again] = RELATIVES[job.kind];
  const known = [[job.source, source], [job.retried_by, again], [job.undone_by, "It was undone"]].filter(([id]) => id);
  if (place.dataset.said === JSON.stringify(known)) return;
  place.dataset.said = JSON.stringify(known);
  fill(place, known.map(([id, words]) => make("a", { href: linkTo({ ...job, id }) }, words)));
}
