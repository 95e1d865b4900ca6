// Frames: what is in one that is opened.

import { all, call, facts, made } from "./asking.js";
import { closeCandidates, consoleKey, fit, said } from "./console.js";
import { filterLocals, showLocals } from "./values.js";

const frames = new Map();

function furnish(details) {
  const summary = details.querySelector("summary");
  const name = details.querySelector(".function").textContent;
  const frame = { number: Number(details.dataset.frame), details, summary, history: [], at: 0, draft: "", candidates: [], chosen: -1 };
  const listId = `candidates-${frame.number}`;
  frame.rows = made("ul", { className: "rows" });
  frame.filter = made("input", { type: "search", placeholder: "filter", ariaLabel: `Filter the locals of ${name}`, spellcheck: false });
  frame.transcript = made("ol", { className: "transcript", role: "log", ariaLabel: "What was evaluated" });
  frame.area = made("textarea", { rows: 1, spellcheck: false, autocapitalize: "off", placeholder: "evaluate here: Tab completes, ↑ goes back" });
  for (const [attribute, value] of Object.entries({ "aria-label": `Python, evaluated in ${name}`, role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": listId })) frame.area.setAttribute(attribute, value);
  frame.list = made("ul", { id: listId, className: "candidates", role: "listbox", ariaLabel: "Completions", hidden: true });
  frame.prompt = made("div", { className: "prompt" }, made("span", { textContent: ">>>", ariaHidden: "true" }), frame.area);
  details.querySelector(".inside").append(
    made("div", { className: "values" }, made("header", {}, made("h3", { textContent: "Locals" }), frame.filter), frame.rows),
    made("div", { className: "console" }, frame.transcript, frame.list, frame.prompt));
  frame.area.addEventListener("keydown", (event) => consoleKey(frame, event));
  frame.area.addEventListener("input", () => { fit(frame.area); closeCandidates(frame); });
  frame.area.addEventListener("blur", () => closeCandidates(frame));
  frame.filter.addEventListener("input", () => filterLocals(frame));
  return frame;
}

export async function openFrame(details) {
  if (frames.has(details)) return;
  const frame = furnish(details);
  frames.set(details, frame);
  const answer = await call("frame", { failure: facts.failure, frame: frame.number });
  answer.transcript.forEach((each) => { said(frame, each); frame.history.push(each.code); });
  frame.at = frame.history.length;
  showLocals(frame, answer);
}

export function currentFrame() {
  const here = document.activeElement.closest("details[data-frame][open]");
  return frames.get(here || all("details[data-frame][open]").pop());
}
