// Practice stands behind `/practice/` and shares the browser with the real day. What a page keeps and calls is its own: another
// name for every store, lock and channel, another front for every address.

const FRONT = "/practice";

/** Whether this page, or this worker, belongs to practice. */
export const PRACTICE = (globalThis.location?.pathname ?? "").startsWith(`${FRONT}/`);

/** The address of something of ours, as it is called from here. Files that both share keep theirs. */
export function at(path: string): string {
  return PRACTICE && !path.startsWith("/static/") ? FRONT + path : path;
}

/** The name of something that is kept in this browser. */
export function own(name: string): string {
  return PRACTICE ? `practice-${name}` : name;
}

/** Where the language of whoever sits here is kept, for the service worker of a house to read. */
export const LANG_KEPT = "/kept/lang";
