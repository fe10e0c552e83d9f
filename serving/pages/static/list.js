// The cards of a list: search, calls within the client's hours, what was entered, and the form under a card.

import { fieldsOf, fill, guide } from "./found.js";
import { entryFor } from "./queue.js";
import { fillIn, say, words } from "./words.js";

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().trim();

const node = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

export function searchable(list) {
  const field = list.querySelector("#search");
  if (!field) return;
  field.closest(".search").hidden = false;
  field.addEventListener("input", () => {
    const wanted = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const section of list.querySelectorAll(".meeting")) {
      let some = false;
      for (const card of section.querySelectorAll(".line")) {
        const text = plain(card.dataset.search);
        card.hidden = !wanted.every((word) => text.includes(word));
        if (!card.hidden) some = ++shown;
      }
      section.hidden = !some;
    }
    list.querySelector("#shown").textContent = wanted.length ? fillIn(words.found, { n: shown }) : "";
  });
}

// A page may lie open until the evening: whether it is time to call is asked again when somebody is about to.
export function callable(list) {
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a.tel");
    if (!link) return;
    const now = new Date();
    const clock = `${now.getHours()}`.padStart(2, "0") + ":" + `${now.getMinutes()}`.padStart(2, "0");
    const { first, last, days } = link.dataset;
    const today = `${now.getFullYear()}-${`${now.getMonth() + 1}`.padStart(2, "0")}-${`${now.getDate()}`.padStart(2, "0")}`;
    if (!days.split(" ").includes(today)) {
      event.preventDefault();
      link.replaceWith(words.notToday);
      return;
    }
    if (clock >= first && clock < last) return;
    event.preventDefault();
    link.replaceWith(fillIn(words.notNow, { first, last }));
  });
}

function day(text) {
  const { lang } = document.documentElement;
  const form = { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" };
  return new Intl.DateTimeFormat(lang === "en" ? "en-GB" : lang, form).format(new Date(`${text}T00:00:00Z`));
}

// One entry in words; the names of codes are those of the form.
function told(form, content, by) {
  const option = form.querySelector(`#code option[value="${CSS.escape(content.code)}"]`);
  const kind = form.querySelector(`[name=kind][value="${CSS.escape(content.kind || "none")}"]`);
  const parts = [
    kind && kind.closest("label").textContent.trim(),
    day(content.happened_on),
    content.promised_on && fillIn(words.promised, { day: day(content.promised_on) }),
    content.do_not_contact && words.peace,
    content.wrong && words.wrong,
  ].filter(Boolean);
  const name = option ? option.textContent.split(" · ").slice(1).join(" · ") : content.code;
  const text = node("span", {}, node("b", {}, name), ...parts.map((part) => ` · ${part}`));
  if (content.note) text.append(node("br"), node("q", {}, content.note));
  if (by) text.append(node("br"), node("small", {}, by));
  return node("div", { className: "told" }, node("span", { className: "letter", ariaHidden: "true" }, content.code), text);
}

// The newest of these is what this phone says of a line; the others ask for somebody's attention.
const taken = (entry) => entry.state === "sent" || entry.state === "waiting";

export class Cards {
  constructor(list, kept, changed) {
    this.list = list;
    this.kept = kept;
    this.changed = changed;
    this.form = list.querySelector("#found-form");
    list.addEventListener("click", (event) => {
      const link = event.target.closest("a.enter");
      if (!link || !this.form) return;
      event.preventDefault();
      this.open(link.closest(".line"));
    });
  }

  get busy() {
    return Boolean(this.list.querySelector("form.found"));
  }

  async paint() {
    const entries = await this.kept.entries();
    for (const card of this.list.querySelectorAll(".line")) {
      const mine = entries.filter((entry) => this.of(card, entry) && entry.outcome_id !== card.dataset.based);
      const newest = mine.filter(taken).pop();
      const own = mine.filter((entry) => !taken(entry) || entry === newest);
      card.querySelectorAll(".here").forEach((old) => old.remove());
      const place = card.querySelector(".acts");
      for (const entry of own) place.before(this.shown(card, entry));
      const done = Boolean(card.dataset.based) || own.some((entry) => entry.state !== "refused");
      card.classList.toggle("done", done);
      const turn = this.list.querySelector(`[data-turn="${CSS.escape(card.dataset.place)}"] .flag`);
      if (turn) turn.hidden = !done;
      const told = card.querySelector("[data-told]");
      told.hidden = Boolean(newest);
      const link = card.querySelector("a.enter");
      if (link && done) link.firstChild.textContent = words.correct;
    }
    this.progress();
  }

  of(card, entry) {
    return entry.client === card.dataset.client && entry.content.list_id === this.list.dataset.list;
  }

  progress() {
    const text = this.list.querySelector("#progress");
    if (!text) return;
    const done = this.list.querySelectorAll(".line.done").length;
    text.textContent = fillIn(words.progress, { done, all: text.dataset.all });
    this.list.querySelector("#bar").value = done;
  }

  shown(card, entry) {
    const box = node("div", { className: `here ${entry.state}` });
    const form = this.form.content;
    if (entry.state === "sent") {
      box.append(told(form, entry.content));
    } else if (entry.state === "waiting") {
      box.append(told(form, entry.content, words.kept));
    } else if (entry.state === "refused") {
      box.setAttribute("role", "alert");
      box.append(told(form, entry.content), node("p", {}, fillIn(words.refused, { why: entry.why })));
      box.append(this.button(words.mend, () => this.open(card, entry)), this.button(words.discard, () => this.discard(box, entry)));
    } else {
      box.setAttribute("role", "alert");
      box.classList.add("conflict");
      box.append(node("p", {}, words.conflict));
      if (entry.other) box.append(told(form, entry.other, fillIn(words.theirs, { name: entry.other.entered_by })));
      box.append(told(form, entry.content, words.mine));
      if (entry.why) box.append(node("p", {}, entry.why));
      box.append(
        this.button(words.keepMine, () => this.changed("settle", entry, "this")),
        this.button(words.keepTheirs, () => this.changed("settle", entry, "other")),
      );
    }
    return box;
  }

  button(text, act) {
    const made = node("button", { type: "button" }, text);
    made.addEventListener("click", act);
    return made;
  }

  discard(box, entry) {
    const ask = node("p", { role: "alert" }, words.discardSure, " ");
    const sure = this.button(words.discard, async () => {
      await this.kept.drop([entry.outcome_id]);
      await this.paint();
      this.changed("queue");
    });
    ask.append(sure, this.button(words.keep, () => this.paint()));
    box.append(ask);
    sure.focus();
  }

  async open(card, refused) {
    this.close();
    const form = this.form.content.firstElementChild.cloneNode(true);
    const link = card.querySelector("a.enter");
    form.setAttribute("aria-label", `${form.dataset.title}: ${card.querySelector("h3").textContent}`);
    const today = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().slice(0, 10);
    const until = card.dataset.until;
    Object.assign(form.elements.happened_on, { max: until || today, value: until && until < today ? until : today });
    const entries = (await this.kept.entries()).filter((entry) => this.of(card, entry));
    const before = entries.filter((entry) => entry.state !== "refused" && entry.state !== "conflict").pop();
    const filled = refused || before;
    if (filled) fill(form, filled.content);
    else form.querySelector(`[name=kind][value="${CSS.escape(card.dataset.kind)}"]`).checked = true;
    guide(form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { client } = card.dataset;
      const { list, check } = this.list.dataset;
      const entry = entryFor({ client, list, check, based: card.dataset.based }, fieldsOf(form), before);
      if (refused) await this.kept.replace(refused.outcome_id, entry);
      else await this.kept.put(entry);
      this.close();
      await this.paint();
      link.focus();
      this.changed("queue");
    });
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.close(link));
    form.querySelector(".cancel").addEventListener("click", () => this.close(link));
    card.append(form);
    form.elements.code.focus();
  }

  close(link) {
    this.list.querySelector("form.found")?.remove();
    link?.focus();
  }
}

export { node, say };
