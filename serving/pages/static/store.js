// What a phone keeps. One database for the phone itself, and one for each person, so that nobody reads another's list.

const DEVICE = "exitwatch";

const asked = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

const finished = (transaction) =>
  new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });

async function open(name, stores) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => {
    for (const [store, options] of Object.entries(stores)) request.result.createObjectStore(store, options);
  };
  const database = await asked(request);
  database.onversionchange = () => database.close();
  return database;
}

const read = (database, store, key) => asked(database.transaction(store).objectStore(store).get(key));

async function write(database, store, change) {
  const transaction = database.transaction(store, "readwrite", { durability: "strict" });
  change(transaction.objectStore(store));
  await finished(transaction);
}

// Facts about the phone: whose it is now, with which key lists are verified, who signed out without a network.
export async function openDevice() {
  const database = await open(DEVICE, { facts: {} });
  return {
    get: (name) => read(database, "facts", name),
    set: (facts) => write(database, "facts", (store) => Object.entries(facts).forEach(([k, v]) => store.put(v, k))),
  };
}

// What one person has here: the signed list, and entries that have not been sent.
export async function openKept(account) {
  const name = `${DEVICE}:${account}`;
  const database = await open(name, { list: {}, queue: { keyPath: "outcome_id" } });
  const entries = async () => {
    const all = await asked(database.transaction("queue").objectStore("queue").getAll());
    return all.sort((one, other) => one.made - other.made);
  };
  return {
    account,
    list: () => read(database, "list", "current"),
    keepList: (list) => write(database, "list", (store) => store.put(list, "current")),
    dropList: () => write(database, "list", (store) => store.clear()),
    entries,
    put: (entry) => write(database, "queue", (store) => store.put(entry)),
    replace: (gone, entry) =>
      write(database, "queue", (store) => {
        store.delete(gone);
        store.put(entry);
      }),
    drop: (ids) => write(database, "queue", (store) => ids.forEach((id) => store.delete(id))),
    async clear() {
      const unsent = (await entries()).some((entry) => entry.state !== "sent");
      await this.dropList();
      if (unsent) return false;
      database.close();
      await asked(indexedDB.deleteDatabase(name)).catch(() => {});
      return true;
    },
  };
}
