// The list of what is held, asked for every few seconds.

import { all, byId, call, facts, made, told } from "./asking.js";

const ago = (seconds) => seconds < 5 ? "just now" : seconds < 60 ? `${Math.floor(seconds)} s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : `${Math.floor(seconds / 3600)} h ago`;

function one(each, now) {
  const forget = made("button", { type: "button", className: "plain", textContent: "let go", ariaLabel: `Let go of ${each.method} ${each.uri}` });
  forget.addEventListener("click", () => told(call("forget", { failure: each.id }).then(refresh)));
  const when = made("time", { dateTime: new Date(each.time * 1000).toISOString(), textContent: ago(Math.max(now - each.time, 0)), title: new Date(each.time * 1000).toLocaleString() });
  return made("li", { className: "one" }, when,
    made("a", { href: `${facts.base}/${each.id}`, textContent: `${each.method} ${each.uri}` }),
    made("span", { className: "from", textContent: each.client }), forget);
}

function card(kind, now) {
  const steps = kind.steps.map(({ pipeline, step }) => made("li", {}, `${pipeline} › `, made("b", { textContent: step })));
  const head = made("div", { className: "kind-head" },
    made("h2", { textContent: kind.kind }),
    made("span", { className: "times", textContent: kind.count === 1 ? "once" : `${kind.count} times` }),
    made("p", { className: "message", textContent: kind.message }),
    made("p", { className: "where", textContent: kind.where }));
  if (steps.length) head.append(made("ul", { className: "steps" }, ...steps));
  const item = made("li", { className: "kind-card" }, head, made("ol", {}, ...kind.items.map((each) => one(each, now))));
  item.dataset.text = head.textContent.toLowerCase() + kind.items.map((each) => ` ${each.method} ${each.uri} ${each.client}`).join("").toLowerCase();
  return item;
}

export function filterKinds() {
  const wanted = byId("filter").value.toLowerCase().split(/\s+/);
  const cards = all(".kind-card");
  for (const item of cards) item.hidden = !wanted.every((word) => item.dataset.text.includes(word));
  const shown = cards.filter((item) => !item.hidden).length;
  byId("count").textContent = shown === cards.length ? `${cards.length} ${cards.length === 1 ? "kind" : "kinds"}` : `${shown} of ${cards.length} kinds`;
}

let shownList = "";
async function refresh() {
  const answer = await call("list");
  const list = byId("kinds"), text = JSON.stringify(answer.kinds);
  const rows = () => all(".one a").filter((each) => each.checkVisibility());
  const focused = rows().indexOf(document.activeElement.closest(".one")?.querySelector("a"));
  const href = rows()[focused]?.getAttribute("href");
  if (text === shownList && list.children.length) {
    const times = answer.kinds.flatMap((kind) => kind.items.map((each) => each.time));
    all(".one time").forEach((each, at) => { each.textContent = ago(Math.max(answer.now - times[at], 0)); });
    return;
  }
  shownList = text;
  list.replaceChildren(...answer.kinds.map((kind) => card(kind, answer.now)));
  if (!answer.kinds.length) list.append(made("li", { className: "empty", textContent: "Nothing is held. A failure appears here when a request of yours fails." }));
  filterKinds();
  if (focused >= 0) (rows().find((each) => each.getAttribute("href") === href) ?? rows().at(Math.min(focused, rows().length - 1)))?.focus();
}

export async function keepRefreshing() {
  if (!document.hidden) await told(refresh());
  setTimeout(keepRefreshing, 3000);
}
