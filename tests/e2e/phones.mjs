// A demo with an officer and phones: browsers of their own, which scan what a scanner types.

import assert from "node:assert/strict";
import { logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

export class Doors {
  /** Genuine tokens that were used: each is given out once. */
  given = new Set();

  static async open() {
    const doors = new Doors();
    doors.demo = await startDemo();
    doors.browser = await openBrowser();
    doors.officer = await doors.logIn("district");
    return doors;
  }

  async close() {
    await this.browser?.close();
    await this.demo?.stop();
  }

  async logIn(username) {
    const page = await openPage(await this.browser.newContext());
    await logInAs(page, this.demo.address, username);
    return page;
  }

  /** The officer's page of a centre's gates. */
  async openGates(centre = /Mekahara/i) {
    const { officer } = this;
    await officer.goto(`${this.demo.address}/district/gates?lang=en`);
    const options = await officer.locator("#centre option").allTextContents();
    await officer.selectOption("#centre", { label: options.find((text) => centre.test(text)) });
    await officer.locator("form.search:has(#centre) button").click();
  }

  /** The row of a phone on that page, with its changes opened. */
  async change(name, centre) {
    await this.openGates(centre);
    const row = this.officer.locator("table").first().locator("tr", { hasText: name });
    await row.locator("summary").click();
    return row;
  }

  /** Enrols a phone. `lane` is the one it is to hold. */
  async enrol(name, lane = "") {
    const { officer } = this;
    await this.openGates();
    await officer.fill("#name", name);
    if (lane) await officer.selectOption("#lane", { label: `Gate ${lane}` });
    await officer.locator("form.narrow button").click();
    const link = await officer.getAttribute("#enrol-link", "href");
    const context = await this.browser.newContext({ viewport: { width: 360, height: 740 } });
    const page = await openPage(context);
    await page.goto(link);
    await page.waitForSelector(".bar.fresh");
    await page.evaluate(() => navigator.serviceWorker.ready);
    await page.locator("button.lang").click();
    await page.getByText("Up to date").waitFor();
    return { context, page, name };
  }

  /** Genuine tokens that may enter now. */
  async tokens(count) {
    const found = (await this.demo.state()).next.filter((qr) => !this.given.has(qr)).slice(0, count);
    assert.equal(found.length, count, "the demo has tokens enough");
    for (const qr of found) this.given.add(qr);
    return found;
  }
}

/** What a scanner that types says, and the verdict. */
export async function scan({ page }, text) {
  await page.keyboard.insertText("");
  for (const letter of text) await page.keyboard.press(letter === " " ? "Space" : letter);
  await page.keyboard.press("Enter");
  const shown = await page.waitForSelector(".verdict");
  return shown.getAttribute("data-verdict");
}

export async function next({ page }) {
  await page.locator("button.next").click();
  await page.waitForSelector(".scan");
}

export const waiting = ({ page }) => page.locator(".state").getAttribute("data-waiting");

export async function settled(phone) {
  await phone.page.waitForSelector(".bar.fresh .state[data-waiting='0']", { timeout: 60_000 });
}

/** Runs inside the page: what the phone has stored. */
export function readScans() {
  return new Promise((done) => {
    const open = indexedDB.open("baari-gate");
    open.onsuccess = () => {
      const all = open.result.transaction("scans").objectStore("scans").getAll();
      all.onsuccess = () => {
        open.result.close();
        done(all.result);
      };
    };
  });
}

/** Runs inside the page: the base that the phone holds, and when the server was last heard. */
export function readMeta() {
  return new Promise((done) => {
    const open = indexedDB.open("baari-gate");
    open.onsuccess = () => {
      const meta = open.result.transaction("meta").objectStore("meta");
      const [base, heard] = [meta.get("base"), meta.get("heard_at")];
      heard.onsuccess = () => {
        open.result.close();
        done({ base: base.result, heard_at: heard.result });
      };
    };
  });
}
