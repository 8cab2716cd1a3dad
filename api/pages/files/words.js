// What things are called on the page, and how numbers and times are written.

const STATES = {
  receiving: "Receiving",
  queued: "Queued",
  running: "Running",
  paused: "Paused",
  done: "Done",
  done_with_refusals: "Done, some refused",
  failed: "Failed",
  cancelled: "Cancelled",
  interrupted: "Interrupted",
};

/** The state of a job. */
export function stateOf(job) {
  if (job.kind === "undo" && job.state === "done_with_refusals") return "Done, some kept";
  return STATES[job.state] || job.state;
}

/** How a state looks: still going on, good, with something to see to, bad. */
export const KINDS = {
  receiving: "live",
  queued: "live",
  running: "live",
  paused: "warn",
  done: "good",
  done_with_refusals: "warn",
  failed: "bad",
  cancelled: "off",
  interrupted: "warn",
};

/** The counters of a job that say what became of its rows, in the order of the bar. */
export const COUNTERS = [
  ["added", "Added"],
  ["updated", "Updated"],
  ["deleted", "Deleted"],
  ["done", "Done"],
  ["duplicates", "Duplicates"],
  ["dnc", "Do not call"],
  ["refused", "Refused"],
  ["failed", "Failed"],
];

export const OUTCOMES = {
  added: "Added",
  updated: "Updated",
  done: "Done",
  duplicate: "Duplicate",
  dnc: "Do not call",
  refused: "Refused",
  failed: "Failed",
};

export const NOT_ADDED = "duplicate,dnc,refused,failed";

const LANGUAGE = document.documentElement.lang;
const plain = new Intl.NumberFormat(LANGUAGE);
const short = new Intl.NumberFormat(LANGUAGE, { maximumFractionDigits: 1 });
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function number(value) {
  return plain.format(value);
}

export function rows(count) {
  return `${number(count)} ${count === 1 ? "row" : "rows"}`;
}

const WHAT = { undo: ["lead", "leads"], requests: ["request", "requests"] };

/** So many of what a job does: rows, leads, requests. */
export function things({ kind }, count) {
  const [one, more] = WHAT[kind] || ["row", "rows"];
  return `${number(count)} ${count === 1 ? one : more}`;
}

/** How many went well, and what was done with them. */
export function wellOf({ counters, kind, options }) {
  if (kind === "undo") return { well: counters.deleted, verb: "deleted" };
  if (kind === "requests") return { well: counters.done, verb: "done" };
  return { well: counters.added + counters.updated, verb: options.dry_run ? "would be loaded" : "loaded" };
}

/** A job as the API tells it, with what only imports have filled in: a job of requests goes by fewer words. */
export function whole(job) {
  const missing = { kind: "requests", filename: "", list_id: "", size: 0, options: {}, columns: [], warnings: [], problem: null };
  return { ...missing, ...job };
}

/** The address of a job on this page. */
export function linkTo(job) {
  return `#/${job.kind === "requests" ? "requests" : "imports"}/${job.id}`;
}

export function size(bytes) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let power = 0;
  while (bytes >= 1000 && power < units.length - 1) {
    bytes /= 1000;
    power += 1;
  }
  return `${power ? short.format(bytes) : number(bytes)} ${units[power]}`;
}

export function time(text) {
  return text ? moment.format(new Date(text)) : "";
}

/** What a job is called: after the file, and after what it does with it. */
export function nameOf(job) {
  if (job.kind === "requests") {
    const functions = Object.keys(job.functions);
    const named = `${things(job, job.counters.received)}: ${functions.slice(0, 3).join(", ")}${functions.length > 3 ? ", …" : ""}`;
    return job.source ? `${named}, again` : named;
  }
  const file = job.filename || `Import ${job.id}`;
  if (job.kind === "undo") return `Undo of ${file}`;
  return job.source ? `${file}, again` : file;
}

/** Seconds as people say them: 45 s, 3 min, 2 h 10 min. */
export function duration(seconds) {
  const rest = Math.max(0, Math.round(seconds));
  if (rest < 90) return `${rest} s`;
  const minutes = Math.round(rest / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A field of a lead as a person would call it. */
export function fieldName(name) {
  const known = { vendor_lead_code: "Vendor lead code", gmt_offset_now: "Time zone offset", alt_phone: "Alternate phone", email: "E-mail" };
  if (known[name]) return known[name];
  const spaced = name.replaceAll("_", " ").replace(/(\d+)$/, " $1");
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
