// What every page begins with, and the keys.

import { all, byId, facts, made, told } from "./asking.js";
import { currentFrame, openFrame } from "./frames.js";
import { filterKinds, keepRefreshing } from "./list.js";

const KEYS = facts.page === "list"
  ? { "j k": "to the next, to the one before", Enter: "open it", "/": "filter", x: "let go of it", "?": "these keys" }
  : facts.page ? { l: "the list of failures", "?": "these keys" }
  : { "j k": "to the next frame, to the one before", Enter: "open it, or close it", c: "to its console", "/": "filter its locals", e: "show or fold the frames of piped", l: "the list of failures", "?": "these keys",
    "in the console": "", "Enter ": "evaluate; in a block, a new line", "Ctrl Enter": "evaluate in any case", "Shift Enter": "a new line", Tab: "complete", "↑ ↓": "what was evaluated before", "Ctrl l": "clear", Escape: "back to the frame" };

function showKeys() {
  const list = made("dl");
  for (const [keys, does] of Object.entries(KEYS)) {
    list.append(does ? made("dt", {}, ...keys.trim().split(" ").flatMap((key) => [made("kbd", { textContent: key }), " "])) : made("dt", { textContent: keys }), made("dd", { textContent: does }));
  }
  const close = made("button", { type: "button", textContent: "Close" });
  const dialog = made("dialog", { ariaLabel: "Keys" }, made("h2", { textContent: "Keys" }), list, close);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

const stops = () => all("main summary:not(.value), .one a").filter((each) => each.checkVisibility());
function move(step) {
  const where = stops();
  const here = document.activeElement.closest("details[data-frame], .one")?.querySelector("summary, a");
  const at = where.indexOf(here ?? document.activeElement);
  const next = where[at < 0 ? (step > 0 ? 0 : where.length - 1) : Math.min(Math.max(at + step, 0), where.length - 1)];
  next?.focus();
}

const DOES = {
  j: () => move(1),
  k: () => move(-1),
  c: () => currentFrame()?.area.focus(),
  e: () => { const folds = all(".fold > details"), open = folds.some((each) => !each.open); folds.forEach((each) => { each.open = open; }); },
  l: () => { location.href = `${facts.base}/`; },
  x: () => document.activeElement.closest(".one")?.querySelector("button").click(),
  "/": () => (byId("filter") ?? currentFrame()?.filter)?.focus(),
  "?": showKeys,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input, textarea")) {
    if (event.key !== "Escape" && event.key !== "Enter") return;
    // What is filtered stays so.
    event.preventDefault();
    (event.target.closest("details")?.querySelector("summary") ?? stops()[0])?.focus();
    return;
  }
  const onFrame = event.target.matches("summary:not(.value), .one a");
  const key = onFrame ? { ArrowDown: "j", ArrowUp: "k" }[event.key] ?? event.key : event.key;
  if (!Object.hasOwn(DOES, key)) return;
  event.preventDefault();
  DOES[key]();
});

function showWithin(part, box) {
  const [inner, outer] = [part.getBoundingClientRect(), box.getBoundingClientRect()];
  if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 60;
}

for (const failed of all("figure .failed")) showWithin(failed, failed.closest(".scroll"));
for (const button of all("[data-does=keys]")) button.addEventListener("click", showKeys);
for (const time of all(".asked time")) time.textContent = new Date(time.dateTime).toLocaleTimeString();
for (const details of all("details[data-frame]")) {
  details.addEventListener("toggle", () => { if (details.open) told(openFrame(details)); });
  if (details.open) {
    told(openFrame(details));
    details.querySelector("summary").focus({ preventScroll: true });
  }
}
if (facts.page === "list") {
  byId("filter").addEventListener("input", filterKinds);
  keepRefreshing();
}
