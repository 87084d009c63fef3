// A phone that has installed the local authority's certificate: no warning, a camera, an app that is kept.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { faultsOf, openBrowser, openPage, startDemo } from "./support.mjs";

const phone = { viewport: { width: 360, height: 740 } };

let demo, stranger, trusting, help, home;

before(async () => {
  demo = await startDemo(["--tls-local", "--tls-help", "127.0.0.1:0"]);
  help = /phones install it from (\S+)/.exec(demo.printed)[1];
  home = join(demo.folder, "home");
  stranger = await openBrowser();
});

after(async () => {
  await trusting?.close();
  await stranger?.close();
  await demo?.stop();
});

/** The server under the name that browsers call this machine. */
const named = (path) => demo.address.replace("127.0.0.1", "localhost") + path;

test("a phone that does not know the authority is warned, and reads the steps without TLS", async () => {
  const context = await stranger.newContext(phone);
  await assert.rejects((await openPage(context)).goto(named("/gate")), /ERR_CERT_AUTHORITY_INVALID/);
  const page = await openPage(context);
  await page.goto(help.replace("/tls", "/office"));
  assert.match(await page.textContent("h1"), /भरोसा/);
  await page.click("a.lang");
  assert.match(await page.textContent("h1"), /trust this server/);
  for (const lang of ["hi", "en"])
    assert.deepEqual(await faultsOf(stranger, `${help}?lang=${lang}`, { mostKilobytes: 24 }), [], lang);
});

test("the certificate is downloaded, has the fingerprint of the page, and is installed", async () => {
  const page = await openPage(await stranger.newContext(phone));
  await page.goto(help);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
  assert.equal(download.suggestedFilename(), "baari-ca.crt");
  const authority = new X509Certificate(readFileSync(await download.path()));
  const shown = (await page.innerText("#fingerprint")).trim().replaceAll("\n", ":");
  assert.equal(shown, authority.fingerprint256);
  assert.ok(demo.printed.includes(`SHA-256 ${shown}`), "the server's own window shows the same");
  assert.ok(authority.subject.endsWith(await page.innerText("#authority")));

  const store = join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  const file = join(home, "ca.pem");
  writeFileSync(file, authority.toString());
  execFileSync("certutil", ["-d", `sql:${store}`, "-N", "--empty-password"]);
  execFileSync("certutil", ["-d", `sql:${store}`, "-A", "-t", "C,,", "-n", "baari", "-i", file]);
});

test("then the gate opens without a warning, and the phone keeps it", async () => {
  trusting = await openBrowser(undefined, home);
  const page = await openPage(await trusting.newContext(phone));
  for (const address of [named("/gate"), `${demo.address}/gate`]) {
    await page.goto(address);
    assert.equal(await page.evaluate(() => window.isSecureContext), true);
    const scope = await page.evaluate(async () => (await navigator.serviceWorker.ready).scope);
    assert.equal(scope, address);
  }
});

test("a log-in over TLS is kept by a cookie that travels over TLS only", async () => {
  const context = await trusting.newContext(phone);
  const page = await openPage(context);
  await page.goto(named("/login"));
  await page.fill("#username", "operator");
  await page.fill("#password", "baari-demo");
  await page.press("#password", "Enter");
  await page.waitForURL((url) => url.pathname !== "/login");
  const login = (await context.cookies()).find((cookie) => cookie.name === "baari_login");
  assert.equal(login.secure, true);
});
