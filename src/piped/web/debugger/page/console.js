// The console of a frame: evaluating, what was evaluated before, and completing.

import { all, call, facts, made, told } from "./asking.js";
import { showLocals } from "./values.js";

export function said(frame, { code, output }) {
  const prompted = code.split("\n").map((line, at) => `${at ? "... " : ">>> "}${line}`).join("\n");
  const item = made("li", {}, made("pre", { className: "in", textContent: prompted }));
  for (const { stream, text } of output) {
    const className = stream === "value" ? "value-out" : stream;
    item.append(made("pre", { className, textContent: text.replace(/\n$/, "") }));
  }
  frame.transcript.append(item);
  frame.transcript.scrollTop = frame.transcript.scrollHeight;
}

export const fit = (area) => { area.rows = area.value.split("\n").length; };
function insert(area, text, from = area.selectionStart) {
  area.setRangeText(text, from, area.selectionEnd, "end");
  fit(area);
}

async function execute(frame, unlessIncomplete) {
  const { area } = frame, code = area.value;
  if (!code.trim() || frame.busy) return;
  frame.busy = true;
  frame.prompt.classList.add("busy");
  try {
    const answer = await call("execute", { failure: facts.failure, frame: frame.number, code, unless_incomplete: unlessIncomplete });
    if (answer.incomplete) { newLine(area); return; }
    frame.history.push(code);
    frame.at = frame.history.length;
    area.value = "";
    fit(area);
    said(frame, answer);
    showLocals(frame, await call("frame", { failure: facts.failure, frame: frame.number }));
  } finally {
    frame.busy = false;
    frame.prompt.classList.remove("busy");
  }
}

function newLine(area) {
  const line = area.value.slice(0, area.selectionStart).split("\n").pop();
  const indent = line.match(/^\s*/)[0];
  insert(area, `\n${indent}${/:\s*(#.*)?$/.test(line) ? "    " : ""}`);
}

function recall(frame, step) {
  const { area, history } = frame;
  const at = Math.min(Math.max(frame.at + step, 0), history.length);
  if (at === frame.at) return;
  if (frame.at === history.length) frame.draft = area.value;
  frame.at = at;
  area.value = at === history.length ? frame.draft : history[at];
  area.setSelectionRange(area.value.length, area.value.length);
  fit(area);
}

function showCandidates(frame, start, candidates) {
  const { area, list } = frame;
  closeCandidates(frame);
  if (!candidates.length) return;
  const typed = area.value.slice(start, area.selectionStart);
  let common = candidates[0].text;
  for (const { text } of candidates) while (!text.startsWith(common)) common = common.slice(0, -1);
  if (common.length > typed.length) insert(area, common, start);
  if (candidates.length === 1) return;
  list.replaceChildren(...candidates.map(({ text, kind }, at) => {
    const item = made("li", { id: `candidate-${frame.number}-${at}`, role: "option", ariaSelected: "false" }, text, made("span", { textContent: kind }));
    item.addEventListener("pointerdown", (event) => { event.preventDefault(); frame.chosen = at; accept(frame); });
    return item;
  }));
  list.hidden = false;
  area.setAttribute("aria-expanded", "true");
  Object.assign(frame, { chosen: -1, start, candidates });
}

export function closeCandidates(frame) {
  frame.list.hidden = true;
  frame.candidates = [];
  frame.area.setAttribute("aria-expanded", "false");
  frame.area.removeAttribute("aria-activedescendant");
}

function choose(frame, step) {
  const count = frame.candidates.length;
  frame.chosen = (frame.chosen + step + count + (frame.chosen < 0 && step < 0 ? 1 : 0)) % count;
  all("li", frame.list).forEach((item, at) => {
    item.ariaSelected = String(at === frame.chosen);
    if (at === frame.chosen) {
      item.scrollIntoView({ block: "nearest" });
      frame.area.setAttribute("aria-activedescendant", item.id);
    }
  });
}

function accept(frame) {
  insert(frame.area, frame.candidates[Math.max(frame.chosen, 0)].text, frame.start);
  closeCandidates(frame);
}

async function completeAt(frame) {
  const before = frame.area.value.slice(0, frame.area.selectionStart);
  const answer = await call("complete", { failure: facts.failure, frame: frame.number, before });
  if (before === frame.area.value.slice(0, frame.area.selectionStart)) showCandidates(frame, answer.start, answer.candidates);
}

export function consoleKey(frame, event) {
  const { area } = frame, { key } = event;
  const before = area.value.slice(0, area.selectionStart), after = area.value.slice(area.selectionEnd);
  const open = frame.candidates.length > 0;
  const does = () => {
    if (key === "Escape") return open ? closeCandidates(frame) : frame.summary.focus();
    if (open && (key === "Tab" || key === "ArrowDown" || key === "ArrowUp")) return choose(frame, event.shiftKey || key === "ArrowUp" ? -1 : 1);
    if (open && key === "Enter") return accept(frame);
    if (key === "Enter" && !event.shiftKey) return told(execute(frame, !event.ctrlKey && !event.metaKey));
    if (key === "Enter") return newLine(area);
    if (key === "ArrowUp" && !before.includes("\n")) return recall(frame, -1);
    if (key === "ArrowDown" && !after.includes("\n")) return recall(frame, 1);
    if (key === "l" && event.ctrlKey) return frame.transcript.replaceChildren();
    if (key === "Tab" && !event.shiftKey && /\S$/.test(before.split("\n").pop())) return told(completeAt(frame));
    if (key === "Tab" && !event.shiftKey && before.includes("\n")) return insert(area, "    ");
    return false;
  };
  if (does() !== false) event.preventDefault();
  event.stopPropagation();
}
