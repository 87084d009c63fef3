// A zone office's PC as a desk, for the stories: approved by an officer, typed at by a clerk.

import { logInAs } from "./support.mjs";

/** Makes a logged-in clerk's browser a desk, and waits until it holds places and its page is kept. `address` is how the clerk reaches the
 * server, `office` how the officer does. */
export async function makeDesk({ page, address, officer, office }, name, least = 1) {
  await logInAs(page, address, "clerk-z2");
  await page.goto(`${address}/office?lang=en`);
  await page.fill("#desk-name", name);
  await page.click("form.ask button");
  await page.waitForSelector('[data-standing="waiting"]:visible');
  await officer.goto(`${office}/district/desks?lang=en`);
  await officer.click(`article:has-text("${name}") button[value="approve"]`);
  await page.reload();
  await page.waitForSelector('[data-standing="active"]:visible');
  await page.waitForFunction((least) => Number(document.querySelector('[data-count="places"]')?.textContent) >= least, least);
  await page.evaluate(() => navigator.serviceWorker.ready);
  // A page that was loading while the worker came up is not the worker's; the next one is.
  if (!(await page.evaluate(() => navigator.serviceWorker.controller !== null))) await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Types a person and presses Enter until the slip is there. */
export async function issue(page, name, card) {
  await page.focus("#mobile");
  await page.keyboard.press("Tab");
  await page.focus("#name");
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.keyboard.type("67");
  await page.keyboard.press("Enter");
  await page.keyboard.type("2");
  await page.keyboard.type(card);
  await page.keyboard.press("Enter");
  await page.waitForFunction((name) => document.querySelector(".issued-now")?.textContent.includes(name), name);
  return page.textContent(".issued-number b");
}

/** What the desk has in its own memory. */
export const kept = (page, store) =>
  page.evaluate(
    (store) =>
      new Promise((done, failed) => {
        const asked = indexedDB.open("baari-desk");
        asked.onerror = () => failed(asked.error);
        asked.onsuccess = () => {
          const all = asked.result.transaction(store).objectStore(store).getAll();
          all.onsuccess = () => {
            asked.result.close();
            done(all.result);
          };
        };
      }),
    store,
  );

export const CARDS = ["234123412346", "234123412351", "234123412367"];
