// The bar of a job and its counters.

import { make, setText } from "./dom.js";
import { COUNTERS, duration, number, things } from "./words.js";

const TILES = {
  undo: [["received", "Leads"], ["deleted", "Deleted"], ["refused", "Kept"], ["failed", "Failed"]],
  requests: [["received", "Requests"], ["done", "Done"], ["refused", "Refused"], ["failed", "Failed"]],
};

export function done(counters) {
  return counters.received - counters.waiting;
}

/** A bar of one coloured part for each outcome; `show(job, expected)` moves it and returns whole percent.
 *  It never goes back, though while a file comes in nobody knows how many rows there will be. */
export function progressBar(label) {
  const parts = COUNTERS.map(([name]) => [name, make("span", { class: `part ${name}` })]);
  const element = make("div", { class: "bar", role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 });
  element.append(...parts.map(([, part]) => part));
  let reached = 0;
  const show = (job, expected = 0) => {
    const all = Math.max(expected, job.counters.received, 1);
    reached = Math.max(reached, done(job.counters) / all);
    const whole = reached ? done(job.counters) / reached : all;
    for (const [name, part] of parts) part.style.width = `${(100 * (job.counters[name] || 0)) / whole}%`;
    const percent = job.finished ? 100 : Math.floor(100 * reached);
    element.setAttribute("aria-valuenow", percent);
    element.setAttribute("aria-valuetext", `${percent} %, ${things(job, done(job.counters))}`);
    return percent;
  };
  return { element, show };
}

/** The counters that hold something, and those that everybody looks for. */
export function counterTiles({ kind }) {
  const named = TILES[kind] || [["received", "Rows"], ...COUNTERS];
  const tiles = [...named, ["waiting", "Waiting"]].map(([name, words]) => {
    const value = make("dd", {}, "0");
    return { name, value, tile: make("div", { class: `tile ${name}` }, make("dt", {}, words), value) };
  });
  const element = make("dl", { class: "tiles" }, tiles.map(({ tile }) => tile));
  const always = new Set(TILES[kind] ? named.map(([name]) => name) : ["received", "added", "duplicates", "dnc", "refused", "failed"]);
  const show = ({ counters }) => {
    for (const { name, value, tile } of tiles) {
      setText(value, number(counters[name] || 0));
      tile.hidden = !counters[name] && !always.has(name);
      tile.classList.toggle("none", !counters[name]);
    }
  };
  return { element, show };
}

/** Rows done, speed and time left, in one line. `expected`: about how many rows there will be, while that is not known. */
export function pace(job, expected = 0) {
  const { received, waiting } = job.counters;
  const unit = things(job, 0).slice(2);
  if (job.finished) {
    const seconds = job.started ? (new Date(job.finished) - new Date(job.started)) / 1000 - job.held : 0;
    return job.rate && seconds > 1 ? `${things(job, received)} in ${duration(seconds)}, ${number(Math.round(job.rate))} ${unit}/s` : things(job, received);
  }
  const all = Math.max(expected, received);
  const parts = [`${number(received - waiting)} of ${expected ? "about " : ""}${things(job, all)}`];
  if (job.rate) parts.push(`${number(Math.round(job.rate))} ${unit}/s`);
  if (job.rate && job.state !== "paused") parts.push(`about ${duration((all - received + waiting) / job.rate)} left`);
  return parts.join(" · ");
}
