// The counter and the help desk by keyboard alone, with the number of keys that each errand takes, and every paper they print.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { issue, logInAs, openBrowser, openPage, startDemo } from "./support.mjs";

/** Milliseconds between two keys of a practised clerk. */
const KEY_MS = 60;

let demo, browser, clerk;

before(async () => {
  demo = await startDemo();
  browser = await openBrowser();
  clerk = await logIn("clerk-z2");
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

async function logIn(username) {
  const page = await openPage(await browser.newContext({ viewport: { width: 1280, height: 900 } }));
  await logInAs(page, demo.address, username);
  await page.evaluate(() => {
    document.addEventListener("mousedown", () => {
      throw new Error("a mouse was needed");
    });
  });
  return page;
}

/** Does an errand and counts its keys: at most so many, within so many seconds. */
async function errand(page, most, seconds, steps) {
  let keys = 0;
  const began = Date.now();
  const type = async (text) => {
    keys += text.length;
    await page.keyboard.type(text, { delay: KEY_MS });
  };
  const press = async (...names) => {
    for (const name of names) {
      keys += 1;
      await page.keyboard.press(name);
      await page.waitForTimeout(KEY_MS);
    }
  };
  await steps({ type, press });
  const took = (Date.now() - began) / 1000;
  assert.ok(keys <= most, `${keys} keys, not ${most}`);
  assert.ok(took < seconds, `${took} s, not ${seconds}`);
  return keys;
}

/** Aadhaar numbers with their check digit, which belong to nobody. */
const CARDS = ["234123412346", "234123412353", "234123412367"];

test("a new person: 48 keys and twenty seconds", async () => {
  await clerk.goto(`${demo.address}/office`);
  await errand(clerk, 48, 20, async ({ type, press }) => {
    await type("9123456780");
    await clerk.waitForTimeout(300);
    await press("Enter");
    await type("फूलमती बाई");
    await press("Enter");
    await type("67");
    await press("Enter", "1");
    await type(CARDS[0]);
    await clerk.waitForTimeout(400);
    await press("Enter");
    await clerk.waitForSelector("#done .issued-number");
  });
  assert.equal(await clerk.evaluate(() => document.activeElement.id), "mobile", "ready for the next person");
});

test("a known mobile: its digits and two keys", async () => {
  await errand(clerk, 12, 8, async ({ type, press }) => {
    await type("9876543210");
    await clerk.waitForSelector('[name="person"]:checked');
    await clerk.waitForTimeout(300);
    await press("Enter", "Enter");
    await clerk.waitForFunction(() => document.querySelector("#done")?.textContent.includes("साहू"));
  });
});

const FAMILY = [
  ["दुलारी बाई", "71", "1", "ZZX1000001"],
  ["दुकालू राम", "74", "2", "ZZX1000002"],
  ["बिसाहू राम", "66", "2", "ZZX1000003"],
  ["कुंती बाई", "64", "1", "ZZX1000004"],
  ["भगवती बाई", "62", "1", "ZZX1000005"],
];

let family;

test("a family of five: beside each other, their slips together", async () => {
  await clerk.goto(`${demo.address}/office`);
  await clerk.waitForSelector("#mobile:focus");
  const keys = await errand(clerk, 150, 60, async ({ type, press }) => {
    await type("9123456781");
    await clerk.waitForTimeout(300);
    // A neighbour's number, by one key: it does not count against the neighbour's own four.
    await press("F7", "F7", "Enter");
    for (const [at, [name, age, gender, card]] of FAMILY.entries()) {
      await clerk.waitForSelector("#name:focus");
      await type(name);
      await press("Enter");
      await type(age);
      await press("Enter", gender);
      if (at === 0) await press("Shift+Tab", "ArrowDown", "Tab");
      await type(card);
      await clerk.waitForTimeout(250);
      await press(at < FAMILY.length - 1 ? "F6" : "Enter");
      if (at < FAMILY.length - 1)
        await clerk.waitForFunction((n) => document.querySelectorAll(".family li").length === n, at + 1);
    }
    await clerk.waitForFunction(() => document.querySelectorAll("#done .issued-number").length === 5);
  });
  console.log(`a family of five: ${keys} keys`);
  const calls = await clerk.$$eval("#done .issued-number b", (all) => all.map((b) => b.textContent));
  const serials = calls.map((call) => Number(call.slice(3)));
  assert.ok(
    serials.every((serial, at) => at === 0 || serial === serials[at - 1] + 1),
    calls.join(" "),
  );
  assert.equal(new Set(calls.map((call) => call.slice(0, 2))).size, 1, "one slot");
  family = new URL(clerk.url()).searchParams.get("issued").split(",");
});

test("a lost slip: found by the sound of the name, printed again", async () => {
  await clerk.goto(`${demo.address}/office`);
  await errand(clerk, 16, 10, async ({ type, press }) => {
    await press("F4");
    await clerk.waitForSelector("#q:focus");
    await type("phulmati");
    await press("Enter");
    await clerk.waitForSelector("td a:focus");
    await press("Enter");
    await clerk.waitForSelector("#reprint:focus");
    const slip = clerk.context().waitForEvent("page");
    await press("F8");
    assert.match(await (await slip).textContent(".person"), /फूलमती/);
  });
});

test("a mended card: the slip is signed anew", async () => {
  await clerk.goto(`${demo.address}/office/tokens/${family[0]}`);
  await clerk.waitForSelector("#reprint:focus");
  await errand(clerk, 30, 12, async ({ type, press }) => {
    await press("Tab", "Tab", "Tab", "Enter");
    await clerk.waitForSelector("#name:focus");
    await press("Tab", "Tab", "Tab");
    await type("ZZX2000009");
    await press("Enter");
    await clerk.waitForSelector(".done");
  });
  assert.match(await clerk.textContent(".facts"), /…0009/);
  assert.match(await clerk.textContent(".facts"), /संशोधन 2/);
});

test("another time by phone", async () => {
  await clerk.goto(`${demo.address}/office`);
  await errand(clerk, 22, 12, async ({ type, press }) => {
    await press("F4");
    await clerk.waitForSelector("#q:focus");
    await type(family[1]);
    await press("Enter");
    await clerk.waitForSelector("#reprint:focus");
    await press("Tab", "Tab", "Tab", "Tab", "ArrowDown", "Enter");
    await clerk.waitForSelector(".done");
  });
  assert.match(await clerk.textContent(".done"), /समय बदल गया/);
});

test("half-typed work waits for whoever typed it, and for nobody else", async () => {
  await clerk.goto(`${demo.address}/office`);
  await clerk.waitForSelector("#mobile:focus");
  await clerk.keyboard.type("9123456782");
  await clerk.waitForTimeout(200);
  await clerk.keyboard.press("Enter");
  await clerk.waitForSelector("#name:focus");
  await clerk.keyboard.type("अधूरी बाई");
  await clerk.fill("#id_number", CARDS[1]);
  // The log-in runs out; somebody else comes, and then she.
  await clerk.context().clearCookies();
  const come = async (username) => {
    await clerk.goto(`${demo.address}/office`);
    await clerk.fill("#username", username);
    await clerk.fill("#password", "baari-demo");
    await clerk.press("#password", "Enter");
    await clerk.waitForSelector("#counter");
  };
  await come("clerk-z2b");
  assert.equal(await clerk.inputValue("#name"), "");
  await clerk.context().clearCookies();
  await come("clerk-z2");
  assert.deepEqual([await clerk.inputValue("#mobile"), await clerk.inputValue("#name")], ["9123456782", "अधूरी बाई"]);
  assert.equal(await clerk.inputValue("#id_number"), "", "the number of an ID is kept nowhere");
  await clerk.click(".top form button");
  await clerk.waitForURL("**/login");
  await come("clerk-z2");
  assert.equal(await clerk.inputValue("#name"), "", "logging out forgets it");
});

/** Prints a page: how many pages, whether something is cut off, and what its codes say. */
async function print(path, name, dpi = 203) {
  await clerk.goto(`${demo.address}${path}`);
  const clipped = await clerk.$$eval(
    ".slip",
    (slips) =>
      slips.filter((slip) => slip.scrollHeight > slip.clientHeight + 1 || slip.scrollWidth > slip.clientWidth + 1).length,
  );
  assert.equal(clipped, 0, `${name}: something is cut off`);
  const pdf = join(demo.folder, `${name}.pdf`);
  await clerk.pdf({ path: pdf, preferCSSPageSize: true });
  const pages = Number(/Pages:\s+(\d+)/.exec(execFileSync("pdfinfo", [pdf], { encoding: "utf8" }))[1]);
  execFileSync("pdftoppm", ["-r", String(dpi), "-gray", "-png", pdf, join(demo.folder, name)]);
  let codes = [];
  try {
    const pictures = execFileSync("sh", ["-c", `ls ${join(demo.folder, name)}-*.png`], { encoding: "utf8" })
      .trim()
      .split("\n");
    codes = execFileSync("zbarimg", ["-q", "--raw", ...pictures], { encoding: "utf8" })
      .trim()
      .split("\n");
  } catch {
    // No code on it.
  }
  return { pages, codes, text: execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" }) };
}

test("every paper is whole, and its codes read back", async () => {
  const numbers = family.join(",");
  for (const [paper, pages] of [
    ["58", 5],
    ["80", 5],
    ["a4", 1],
    ["large", 5],
  ]) {
    const printed = await print(`/office/slips?numbers=${numbers}&paper=${paper}`, `family-${paper}`);
    assert.equal(printed.pages, pages, `${paper}: ${printed.pages} pages`);
    assert.equal(new Set(printed.codes).size, 5, `${paper}: ${printed.codes.length} codes`);
    assert.ok(printed.codes.every((code) => /\/T\/[A-Z2-7]+$/.test(code)));
  }
  // One slip at the fourth place of a sheet that was begun: one page, and the first three places stay empty.
  const fourth = await print(`/office/slips?numbers=${family[0]}&paper=a4&place=4`, "fourth");
  assert.deepEqual([fourth.pages, fourth.codes.length], [1, 1]);
  const box = await clerk.locator("article.slip").boundingBox();
  const first = await clerk.locator(".slip").first().boundingBox();
  assert.ok(box.x > first.x + 100 && box.y > first.y + 100);
});

test("the fullest slip is whole on every paper", async () => {
  const name = "Dhaneshwari Chandravanshi Satyanarayan Vishwakarma Deshmukh";
  const { number } = await issue(demo, clerk, name, "9123450009", "ZQX0000009", ["wheelchair", "sight", "hearing"]);
  for (const paper of ["58", "80", "a4", "large"]) {
    const printed = await print(`/office/slips?numbers=${number}&paper=${paper}`, `fullest-${paper}`);
    assert.deepEqual([printed.pages, printed.codes.length], [1, 1], paper);
    assert.match(printed.text, /0771-\d{7}/, `${paper}: whom to ask stands at the end`);
  }
  // On a sheet it stands beside the others.
  const sheet = await print(`/office/slips?numbers=${[...family, number].join(",")}&paper=a4`, "sheet");
  assert.deepEqual([sheet.pages, new Set(sheet.codes).size], [1, 6]);
});

test("the printer is set up once, with a test page", async () => {
  await clerk.goto(`${demo.address}/office/printer`);
  await clerk.check('[name="paper"][value="80"]');
  await clerk.click("main form button");
  await clerk.waitForSelector(".done");
  const tested = await print("/office/printer/test", "test");
  assert.deepEqual([tested.pages, tested.codes], [1, ["BAARI TEST PRINT"]]);
  await clerk.goto(`${demo.address}/office/slips?numbers=${family[0]}`);
  assert.equal(await clerk.getAttribute("body", "class"), "paper-80");
});

test("the day list: A4, no names, a box for each", async () => {
  const centre = await (async () => {
    await clerk.goto(`${demo.address}/office/list`);
    return clerk.$eval("#centre", (select) => [...select.options].find((o) => o.text.includes("मेकाहारा")).value);
  })();
  const printed = await print(`/office/list?centre=${centre}&date=2021-03-30`, "list");
  const rows = await clerk.$$eval(".daylist tbody tr", (all) => all.length);
  assert.ok(rows > 40, `${rows} rows`);
  assert.ok(printed.pages >= 2 && printed.pages <= Math.ceil(rows / 20), `${printed.pages} pages for ${rows} rows`);
  assert.equal(printed.text.match(/\d{2}-\d{3}/g).length, rows);
  assert.equal(/रामलाल|फूलमती/.test(printed.text), false, "no names");
});
