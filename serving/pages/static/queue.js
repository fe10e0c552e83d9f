// Entries wait here until the server has them. Each bears an id made on this phone, so that it is kept there once,
// however often it is sent; an entry leaves this phone only when the server has said that it has it.

const AT_ONCE = 20;
const HARD = new Set([400, 404, 413, 422]);

export async function who() {
  const answer = await fetch("/pages/me.json", { cache: "no-store" });
  if (answer.status === 401) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

const post = (address, csrf, content) =>
  fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
    body: JSON.stringify(content),
  });

async function said(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return String(answer.status);
  }
}

// Sends what waits, oldest first. Returns "sent", "offline" or "expired".
async function sendAll(kept) {
  const waiting = (await kept.entries()).filter((entry) => entry.state === "waiting");
  if (!waiting.length) return "sent";
  let me;
  try {
    me = await who();
  } catch {
    return "offline";
  }
  if (!me || me.account !== kept.account) return "expired";
  for (let first = 0; first < waiting.length; first += AT_ONCE) {
    const some = waiting.slice(first, first + AT_ONCE);
    let answer;
    let answers;
    try {
      answer = await post("/v1/outcomes", me.csrf, { outcomes: some.map((entry) => entry.content) });
      if (answer.ok) ({ answers } = await answer.json());
    } catch {
      return "offline";
    }
    if (answer.status === 401 || answer.status === 403) return "expired";
    if (HARD.has(answer.status)) {
      const why = await said(answer);
      for (const entry of some) await kept.put({ ...entry, state: "refused", why });
    } else if (!answers) {
      return "offline";
    } else {
      for (const [place, entry] of some.entries()) await kept.put({ ...entry, ...became(answers[place]) });
    }
  }
  return "sent";
}

// What the server made of one entry. It may have had it before, and be waiting for a decision since.
function became({ status, why, other }) {
  if (status === "refused") return { state: "refused", why: why.message };
  if (status === "conflict" || other) return { state: "conflict", other };
  return { state: "sent" };
}

// One tab at a time; another one finds nothing left to send.
export function send(kept) {
  if (!navigator.locks) return sendAll(kept);
  return navigator.locks.request(`exitwatch-send-${kept.account}`, () => sendAll(kept));
}

// A person's decision between two entries. Returns whether the server has it.
export async function settle(kept, entry, keep) {
  try {
    const me = await who();
    if (!me || me.account !== kept.account) return false;
    const answer = await post(`/v1/outcomes/${entry.outcome_id}/settle`, me.csrf, { keep });
    if (!answer.ok) {
      await kept.put({ ...entry, why: await said(answer) });
      return false;
    }
  } catch {
    return false;
  }
  await kept.drop([entry.outcome_id]);
  return true;
}

// A new entry for a line. It builds on the last one this phone knows of, sent or not.
export function entryFor(card, fields, before) {
  const outcome_id = crypto.randomUUID();
  const based_on = before ? before.outcome_id : card.based;
  return {
    outcome_id,
    made: Math.max(Date.now(), (before?.made ?? 0) + 1),
    state: "waiting",
    client: card.client,
    content: { outcome_id, list_id: card.list, check: card.check, client_id: card.client, based_on, ...fields },
  };
}
