// Keeps the page of a house (the office, the centre), so that it goes on with no server. With a link everything comes from the
// server, and nothing is kept but this page's own files; without one, whatever is opened in the house is this page.

import { LANG_KEPT } from "./own";

declare const self: ServiceWorkerGlobalScope;

interface Kept {
  version: string;
  shells: string[];
  papers: string[];
  files: string[];
}

/** `/office` or `/centre`: this script lies in it. */
const HOUSE = `/${self.location.pathname.split("/")[1]}`;
const FRONT = `${HOUSE.slice(1)}-`;

/** The forms that the kept page can go on with. */
const OWN_FORMS = HOUSE === "/centre" ? /^\/centre\/(doses|no-dose)$/ : /^\/office/;

/** How long the server has to answer before the page goes on without it. A form may take longer: whether it arrived is not known. */
const PAGE_MS = 6_000;
const FORM_MS = 12_000;

async function install(): Promise<void> {
  const kept = (await (await fetch(`${HOUSE}/alone/kept.json`, { cache: "no-store" })).json()) as Kept;
  const cache = await caches.open(FRONT + kept.version);
  const pages = [...kept.shells, ...kept.papers].map((path) => new Request(path, { cache: "no-store" }));
  await cache.addAll([...pages, ...kept.files]);
  await self.skipWaiting();
}

async function activate(): Promise<void> {
  const [newest, ...older] = (await caches.keys()).filter((name) => name.startsWith(FRONT)).reverse();
  await Promise.all(newest ? older.map((name) => caches.delete(name)) : []);
  await self.clients.claim();
}

/** The page that goes on alone, in the language of whoever sits there. */
async function alone(): Promise<Response> {
  const lang = (await (await caches.match(LANG_KEPT))?.text()) ?? "hi";
  return (await caches.match(`${HOUSE}/alone?lang=${lang}`)) ?? Response.error();
}

/** The server's page; this browser's own when the server cannot be reached, or something else answers in its place. */
async function page(request: Request): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), request.method === "POST" ? FORM_MS : PAGE_MS);
  try {
    const response = await fetch(request, { signal: patience.signal });
    return response.status >= 502 && response.status <= 504 ? await alone() : response;
  } catch {
    return alone();
  } finally {
    // A long page may take its time once it has begun.
    clearTimeout(timer);
  }
}

async function kept(request: Request): Promise<Response> {
  return (await caches.match(request)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (pathname.startsWith(`${HOUSE}/alone/`)) event.respondWith(kept(event.request));
  else if (event.request.mode === "navigate" && (pathname === HOUSE || pathname.startsWith(`${HOUSE}/`))) {
    // Papers and lists open in a frame or a window of their own, and the hall's display is a television: there this page would be in the wrong place.
    const own = event.request.destination === "document" && !pathname.endsWith("/display");
    // Every other form goes to the server and waits for it: the page that is kept could not go on with what was typed there.
    if (own && (event.request.method !== "POST" || OWN_FORMS.test(pathname))) event.respondWith(page(event.request));
  } else if (pathname.startsWith("/static/")) event.respondWith(kept(event.request));
});
