// How much waits in the queues, and how many workers there are: in the head of the page.

import { get, Refused } from "./api.js";
import { byId, fill, make, setText } from "./dom.js";
import { duration, number } from "./words.js";
import { poll } from "./polling.js";

const PAUSE = 3000;
const NAMES = { requests: "Single requests", imports: "Imports", maintenance: "Large sweeps" };

export function watchQueues(signal) {
  return poll(async () => {
    try {
      show((await get("/v1/queues", { signal })).queues);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (error.status < 500) return null;
      tell("bad", error.code === "queue-unavailable" ? "Queue away" : "Database away");
    }
    return PAUSE;
  }, signal);
}

function show(queues) {
  const idle = queues.filter((queue) => !queue.workers);
  const workers = queues.reduce((sum, queue) => Math.max(sum, queue.workers), 0);
  const waiting = queues.reduce((sum, queue) => sum + queue.waiting, 0);
  if (idle.length) tell("bad", `No worker for ${idle.map((queue) => NAMES[queue.name].toLowerCase()).join(", ")}`);
  else tell("good", `${number(waiting)} waiting`, ` · ${number(workers)} ${workers === 1 ? "worker" : "workers"}`);
  fill(byId("queues-rows"), queues.map(row));
}

function tell(kind, words, more = "") {
  byId("queues-dot").className = `dot ${kind}`;
  setText(byId("queues-words"), words);
  setText(byId("queues-more"), more);
}

function row(queue) {
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, NAMES[queue.name] || queue.name),
    make("td", {}, number(queue.waiting)),
    make("td", {}, queue.waiting ? duration(queue.age) : "–"),
    make("td", {}, number(queue.workers)),
  );
}
