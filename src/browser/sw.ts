// Keeps the gate's page and files on the phone, so that it opens with no server. A new version is taken at the
// next start, or when the gatekeeper agrees.

import { at, own } from "./own";

declare const self: ServiceWorkerGlobalScope;

interface Kept {
  version: string;
  shell: string;
  help: string[];
  files: string[];
}

async function install(): Promise<void> {
  const kept = (await (await fetch(at("/gate/kept.json"), { cache: "no-store" })).json()) as Kept;
  const cache = await caches.open(own(`gate-${kept.version}`));
  await cache.addAll([
    new Request(at(kept.shell), { cache: "no-store" }),
    ...kept.help.map(at),
    ...kept.files,
    at("/gate/manifest.webmanifest"),
  ]);
}

async function activate(): Promise<void> {
  const [newest, ...older] = (await caches.keys()).filter((name) => name.startsWith(own("gate-"))).reverse();
  // Names are in order of making: what this worker installed came last.
  await Promise.all(newest ? older.map((name) => caches.delete(name)) : []);
  await self.clients.claim();
}

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const shell = request.mode === "navigate" && pathname !== at("/gate/help") ? at("/gate") : request;
  return (await caches.match(shell)) ?? fetch(request);
}

// The gatekeeper agrees to a new version in the middle of a day; otherwise it waits for the next start.
self.addEventListener("message", (event) => {
  if (event.data === "take") void self.skipWaiting();
});
self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  const ours =
    pathname === at("/gate") ||
    pathname === at("/gate/help") ||
    pathname.startsWith(at("/gate/manifest")) ||
    pathname.startsWith("/static/");
  if (event.request.method === "GET" && ours) event.respondWith(answer(event.request));
});
