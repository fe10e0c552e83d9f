// Keeps the dress of the pages on the phone, and shows the kept list where there is no network.
// Nothing of a person is kept here: the list lies in the person's own database, signed.

const CACHE = "exitwatch-{{ digest }}";
const SHELL = "/offline";
const FILES = [{% for address in files %}"{{ address }}"{% if not loop.last %}, {% endif %}{% endfor %}];
const PATIENCE = 8000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll([SHELL, ...FILES]))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

const shell = () => caches.open(CACHE).then((cache) => cache.match(SHELL));

async function page(request) {
  const patient = request.method === "GET" ? PATIENCE : 60000;
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(done, patient);
  });
  try {
    const answer = await Promise.race([fetch(request), late]);
    if (answer && ![502, 503, 504].includes(answer.status)) return answer;
    return (await shell()) || answer || Response.error();
  } catch {
    return (await shell()) || Response.error();
  } finally {
    clearTimeout(timer);
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== self.location.origin) return;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(page(request));
  else if (address.pathname.startsWith("/static/"))
    event.respondWith(caches.match(request).then((kept) => kept || fetch(request)));
});
