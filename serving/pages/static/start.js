// Begins every page: looks after the list and the entries this phone keeps for whoever is signed in.

import { guide } from "./found.js";
import { Cards, callable, node, searchable } from "./list.js";
import { send, settle, who } from "./queue.js";
import { verified } from "./signed.js";
import { openDevice, openKept } from "./store.js";
import { fillIn, say, words } from "./words.js";

const page = document.body.dataset;
const list = document.getElementById("list");
const able = window.isSecureContext && "indexedDB" in window && "subtle" in crypto;

let device;
let kept;
let cards;
let ready = Promise.resolve();

// The list on this phone, if it is as the server signed it and not too old.
async function keptList() {
  const stored = await kept.list();
  if (!stored) return { why: words.nobody };
  const content = await verified(stored, await device.get("key"));
  if (!content || content.account !== kept.account) return { why: words.forged };
  if (new Date().toISOString().slice(0, 10) > content.readable_until) {
    await kept.dropList();
    return { why: words.over };
  }
  return { content, digest: stored.digest };
}

// Fetches the signed list where it differs from the one on this phone.
async function keepList(changed) {
  if (!page.key) return false;
  const stored = await kept.list();
  if (!changed && stored?.digest === page.document) return true;
  const answer = await fetch("/pages/list.json", { cache: "no-store" });
  if (!answer.ok) return false;
  const fresh = await answer.json();
  if (!(await verified(fresh, await device.get("key")))) {
    say(words.otherKey);
    return false;
  }
  await kept.keepList(fresh);
  return true;
}

async function banner(result) {
  const place = document.getElementById("queue");
  if (!place) return;
  const entries = await kept.entries();
  const waiting = entries.filter((entry) => entry.state === "waiting").length;
  const said = [];
  if (waiting && result === "expired") said.push(words.expired, " ", node("a", { href: "/login" }, words.signIn));
  else if (waiting) {
    const button = node("button", { type: "button" }, words.send);
    button.addEventListener("click", () => sendNow());
    said.push(fillIn(words.waiting, { n: waiting }), " ", button);
  }
  // What the server refused of an earlier list is not lost from sight when a new list comes.
  const needs = entries.filter((entry) => entry.state === "refused" || entry.state === "conflict");
  const elsewhere = new Set(needs.map((entry) => entry.content.list_id).filter((id) => id !== list?.dataset.list));
  for (const id of elsewhere) said.push(node("p", {}, words.elsewhere, " ", node("a", { href: `/lists/${id}` }, id)));
  place.hidden = !said.length;
  place.replaceChildren(...said);
}

async function sendNow() {
  if (!kept) return;
  const place = document.getElementById("queue");
  if (place && !place.hidden) place.replaceChildren(words.sending);
  const result = await send(kept);
  await cards?.paint();
  await banner(result);
  return result;
}

async function changed(what, entry, keep) {
  if (what === "settle") {
    if (await settle(kept, entry, keep)) location.reload();
    else await cards.paint();
    return;
  }
  await banner();
  if ((await sendNow()) === "sent") await keepList(true).catch(() => false);
}

function dress() {
  searchable(list);
  callable(list);
  if (!kept) return;
  cards = new Cards(list, kept, changed);
  return cards.paint();
}

// Whoever signs in here next finds nothing of whoever was here before, but what was not sent waits for its owner.
async function takeOver(account) {
  const before = await device.get("account");
  if (before && before !== account) await (await openKept(before)).clear();
  if ((await device.get("leaving")) === account) {
    await device.set({ leaving: "" });
    document.getElementById("leave").submit();
  }
  kept = await openKept(account);
  if (page.key) {
    const pinned = await device.get("key");
    const fresh = before !== account || (await device.get("session")) !== page.session;
    if (fresh || !pinned) await device.set({ key: page.key, session: page.session });
    else if (pinned !== page.key) {
      say(words.otherKey);
      delete page.key;
    }
  }
  await device.set({ account });
}

function leaving() {
  const form = document.getElementById("leave");
  form?.addEventListener("submit", async (event) => {
    if (!kept) return;
    event.preventDefault();
    await ready;
    const unsent = (await kept.entries()).some((entry) => entry.state !== "sent");
    const go = async () => {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch("/logout", { method: "POST", body }).catch(() => null);
      await device.set({ account: "", leaving: answer?.ok ? "" : kept.account });
      await kept.clear();
      if (answer?.ok) location.assign("/login");
      else left();
    };
    if (!unsent) return go();
    const anyway = node("button", { type: "button" }, words.leaveAnyway);
    anyway.addEventListener("click", go);
    const stay = node("button", { type: "button" }, words.stay);
    const ask = node("div", { className: "conflict" }, node("p", {}, words.leave), stay, anyway);
    ask.setAttribute("role", "alert");
    stay.addEventListener("click", () => ask.remove());
    form.after(ask);
    stay.focus();
  });
}

function left() {
  list?.replaceChildren();
  document.getElementById("queue")?.replaceChildren();
  document.getElementById("leave").hidden = true;
  kept = cards = undefined;
  say(words.left);
}

// A page with a network: whoever is signed in.
async function online() {
  device = await openDevice();
  await takeOver(page.account);
  const entries = await kept.entries();
  const known = entries.filter((entry) => entry.state === "sent");
  // The server has these and shows them itself, with the means to decide.
  if (page.key) await kept.drop(entries.filter((entry) => entry.state === "conflict").map((entry) => entry.outcome_id));
  if (list) await dress();
  await banner();
  await keepShell();
  const waited = (await kept.entries()).some((entry) => entry.state === "waiting");
  if ((await sendNow()) !== "sent" || !(await keepList(waited))) return;
  // The page was made after these were sent, so it shows them itself.
  await kept.drop(known.map((entry) => entry.outcome_id));
}

// The page the phone keeps for where there is no network, in the language of this page.
async function keepShell() {
  if (!("caches" in window) || !page.cache) return;
  const cache = await caches.open(page.cache);
  const there = await cache.match("/offline");
  if (there && there.headers.get("Content-Language") === document.documentElement.lang) return;
  const shell = await fetch("/offline").catch(() => null);
  if (shell?.ok) await cache.put("/offline", shell);
}

// The page without a network: whoever was signed in here last.
async function offline() {
  say(navigator.onLine ? words.slow : words.offline);
  device = await openDevice();
  const account = await device.get("account");
  if (!account) return say(words.nobody);
  kept = await openKept(account);
  const found = await keptList();
  if (found.why) return say(found.why);
  document.title = `${found.content.title} · exitwatch`;
  document.documentElement.lang = found.content.language;
  Object.assign(list.dataset, { list: found.content.list_id, check: found.content.check });
  document.getElementById("nothing").hidden = true;
  list.innerHTML = found.content.html;
  document.getElementById("leave").hidden = false;
  await dress();
  await banner();
}

// The network is back: send, then show the page as the server has it, unless somebody is writing.
async function back() {
  await ready;
  const result = await sendNow();
  if (page.shell === undefined && result === "sent") say("");
  if (page.shell === undefined || result === "expired" || cards?.busy) return;
  const me = await who().catch(() => undefined);
  if (me) location.reload();
}

// A phone that thinks it has a network may have none that leads anywhere; so it tries again by itself now and then.
const AGAIN = 30_000;

function begin() {
  document.querySelectorAll("main > form.found").forEach(guide);
  if (able && "serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js").catch(() => {});
  if (page.shell === undefined && !page.account) return;
  leaving();
  window.addEventListener("online", back);
  setInterval(() => navigator.onLine && kept && !document.hidden && back(), AGAIN);
  window.addEventListener("offline", () => page.account && say(words.offline));
  if (!able) {
    if (list) dress();
    return;
  }
  const work = page.shell === undefined ? online() : offline();
  ready = work.catch(() => {
    kept = undefined;
    say(words.noStore);
    if (list && page.shell === undefined) dress();
  });
}

begin();
ready.finally(() => (page.ready = "yes"));
