// Walks through the status page in Chromium as people do, and writes a picture of each view.
//   PAGE_TOOLS=build/page-tools PAGE=http://127.0.0.1:8053/ PICTURES=build/pictures node tests/page/walk.mjs
// With ACCOUNT and PASSWORD (of a viewer) it walks through the log-in alone. Ends with 1 and says what is wrong: axe-core's violations, errors on the console, requests to elsewhere, text that runs
// out of the window, what the keyboard does not reach.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const { ACCOUNT, CHROMIUM, PAGE, PAGE_TOOLS, PASSWORD, PICTURES } = process.env;
const tools = createRequire(path.resolve(PAGE_TOOLS, "package.json"));
const { chromium } = tools("playwright-core");
const axe = fs.readFileSync(tools.resolve("axe-core/axe.min.js"), "utf8");

const Quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const Windows = {
  desktop: { viewport: { width: 1280, height: 900 } },
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true },
  wall: { viewport: { width: 1920, height: 1080 } },
};
const Visits = [
  { window: "desktop", locale: "fr-FR", colorScheme: "light" },
  { window: "desktop", locale: "en-GB", colorScheme: "dark" },
  { window: "phone", locale: "en-GB", colorScheme: "light" },
  { window: "phone", locale: "fr-FR", colorScheme: "dark" },
  { window: "wall", locale: "fr-FR", colorScheme: "dark" },
];

const wrong = [];
const check = (holds, what) => holds || wrong.push(what);

// A page of its own, that notes what it must not do.
async function open(browser, options, name) {
  const context = await browser.newContext({ bypassCSP: true, timezoneId: "Europe/Paris", ...options });  // axe is put in by us
  const page = await context.newPage();
  page.on("console", (message) => check(message.type() !== "error", `${name}: console: ${message.text()}`));
  page.on("pageerror", (error) => check(false, `${name}: ${error.stack}`));
  page.on("request", (request) => check(/^(blob|data):/.test(request.url()) || request.url().startsWith(PAGE), `${name}: asks ${request.url()}`));
  return page;
}

async function settled(page, address) {
  await page.goto(address);
  await page.waitForSelector("main[data-settled]");
}

// A view with its figures there.
async function look(page, view) {
  await page.goto(`${PAGE}#${view}`);
  await page.waitForSelector(`main[data-settled^="${view} "]`);
}

async function judge(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  for (const found of violations) wrong.push(`${name}: axe: ${found.id}: ${found.nodes.map((node) => `${node.target} (${node.failureSummary})`).join("; ")}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(over <= 0, `${name}: ${over} px wider than the window`);
  const empty = await page.evaluate(() => [...document.querySelectorAll("[data-t]")].filter((node) => !node.textContent).map((node) => node.dataset.t));
  check(empty.length === 0, `${name}: without text: ${empty}`);
  const bare = await page.evaluate(() => [...document.querySelectorAll("main table")].filter((table) => !table.closest(".scroll")?.parentElement.querySelector(":scope > button")).map((table) => table.caption?.textContent));
  check(bare.length === 0, `${name}: tables without CSV: ${bare}`);
  const linked = await page.evaluate(() => location.pathname === "/accessibility.html" || document.querySelector("a[href='/accessibility.html']")?.checkVisibility());
  check(linked, `${name}: no link to the accessibility statement`);
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
}

const spoken = (name, fr, en) => (name.includes("-fr-") ? fr : en);

// Problems stand on top, in the reader's language.
async function now(page, name) {
  const problems = await page.textContent("#problems");
  const wanted = spoken(name, "la règle city/over est terminée", "the rule city/over has ended");
  check(!/\d{4}-\d\d-\d\d/.test(problems), `${name}: a day is not written for people: ${problems}`);
  check(problems.includes(wanted), `${name}: the problems lack “${wanted}”: ${problems}`);
}

// Hits of today, and of a rehearsal the patterns that nobody asked for.
async function rules(page, name) {
  const observed = await page.textContent("#observed");
  for (const part of ["www.nsd.example (2)", "*.never.example", "agents: <5"]) check(observed.includes(part), `${name}: the rehearsal lacks ${part}: ${observed}`);
  const card = await page.textContent(".rule.is-active");
  const wanted = spoken(name, "touchées aujourd’hui", "hits today");
  check(card.includes(wanted), `${name}: the rule lacks “${wanted}”`);
}

async function explain(page, name) {
  await page.fill("#why-form [name=name]", "chatgpt.com");
  await page.press("#why-form [name=name]", "Enter");
  await page.waitForFunction(() => document.querySelector("#answer .verdict")?.textContent.includes("chatgpt.com"));
  const answer = await page.textContent("#answer");
  for (const part of ["Note 118", "dsi@ville.example", "city/councillor"]) check(answer.includes(part), `${name}: the explanation lacks ${part}`);
  await page.fill("#why-form [name=name]", "to-blocked.nsd.example");
  await page.press("#why-form [name=name]", "Enter");
  await page.waitForFunction(() => document.querySelector("#answer .verdict")?.textContent.includes("to-blocked"));
  const chain = await page.textContent("#answer");
  for (const part of [spoken(name, "La chaîne des noms", "The chain of names"), "chatgpt.com", "city/ends-soon"]) check(chain.includes(part), `${name}: the chain lacks ${part}: ${chain}`);
}

// At a moment after its end a rule does not block.
async function moment(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB" }, "moment");
  await look(page, "why");
  await page.fill("#why-form [name=name]", "chatgpt.com");
  await page.fill("#why-form [name=at]", "2899-12-31T12:00");
  await page.press("#why-form [name=name]", "Enter");
  await page.waitForSelector("#answer .verdict.good");
  const answer = await page.textContent("#answer");
  for (const part of ["2899", "outside its dates"]) check(answer.includes(part), `moment: the explanation lacks ${part}: ${answer}`);
  await page.context().close();
}

// What was blocked for a client, then what was not.
async function recent(page, name) {
  await page.fill("#recent-form [name=client]", "127.0.0.1");
  await page.press("#recent-form [name=client]", "Enter");
  await page.waitForSelector("#recent-table tbody tr");
  check((await page.textContent("#recent-table")).includes("chat.chatgpt.com"), `${name}: a block is not among the recent ones`);
}

async function notAven(page, name) {
  await page.fill("#recent-form [name=name]", "gemini.google.com");
  await page.press("#recent-form [name=name]", "Enter");
  await page.waitForSelector("#recent-table .verdict");
  check(/NOERROR.*192\.0\.2\.81/s.test(await page.textContent("#recent-table .verdict")), `${name}: upstream's answer is not told`);
}

// What this server answers itself is not told as the answer of others.
async function liveRows(page, name) {
  await page.waitForSelector("#live-table tbody tr");
  const own = await page.textContent("#live-table tr:has-text('printer.invalid')");
  for (const part of [spoken(name, "réponse propre", "own answer"), spoken(name, "Réponses propres", "Own answers")]) check(own.includes(part), `${name}: an own answer is told as ${own}`);
}

const Views = { now, rules, why: explain, recent, live: liveRows, servers: async () => {} };

async function visit(browser, { window, ...options }) {
  const language = options.locale.slice(0, 2);
  const name = `${window}-${language}-${options.colorScheme}`;
  const page = await open(browser, { ...Windows[window], ...options }, name);
  for (const [view, use] of Object.entries(Views)) {
    await look(page, view);
    check((await page.getAttribute("html", "lang")) === language, `${name}: not in the browser's language`);
    await use(page, `${name}-${view}`);
    await judge(page, `${name}-${view}`);
  }
  await look(page, "recent");
  await notAven(page, `${name}-recent`);
  await judge(page, `${name}-not-aven`);
  for (const other of ["accessibility", "login"]) {
    await settled(page, `${PAGE}${other}.html`);
    await judge(page, `${name}-${other}`);
  }
  await page.context().close();
}

// Every control is reached by Tab in one round, and each shows that it has the focus.
async function keyboard(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB" }, "keyboard");
  await look(page, "now");
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className === "skip"), "keyboard: the first stop is not the skip link");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id === "main"), "keyboard: the skip link does not lead to the content");
  for (const view of Object.keys(Views)) await reach(page, view);
  await page.context().close();
}

async function reach(page, view) {
  await page.goto("about:blank");
  await look(page, view);
  const reached = new Set();
  const controls = await page.$$eval("a[href], button, input, select, textarea, summary, [tabindex='0']", (nodes) => nodes.filter((node) => node.checkVisibility()).map((node, i) => (node.dataset.stop = i)).length);
  for (let i = 0; i < controls + 15; ++i) {  // a moment has a stop for each of its parts
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const node = document.activeElement, style = getComputedStyle(node);
      return { stop: node.dataset.stop, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, what: node.outerHTML.slice(0, 80) };
    });
    if (at.stop === undefined) continue;
    reached.add(at.stop);
    check(at.seen, `keyboard: ${view}: no visible focus on ${at.what}`);
  }
  // A table that was drawn again meanwhile has new controls, without a number.
  const left = await page.$$eval("[data-stop]", (nodes) => nodes.map((node) => [node.dataset.stop, node.outerHTML.slice(0, 80)]));
  for (const [stop, what] of left) check(reached.has(stop), `keyboard: ${view}: Tab does not reach ${what}`);
}

// The switch keeps the language over a reload.
async function language(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "fr-FR" }, "language");
  await look(page, "rules");
  await page.click("#to-en");
  await page.waitForSelector("main[data-settled$=' en']");
  await page.reload();
  await page.waitForSelector("main[data-settled]");
  check((await page.getAttribute("html", "lang")) === "en", "language: the choice is not kept");
  await page.context().close();
}

// A server that is gone is said, with the figures that were there before still shown.
async function unreachable(browser) {
  const context = await browser.newContext({ ...Windows.desktop, locale: "fr-FR" });
  const page = await context.newPage();
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await context.route("**/api/**", async (route) => { await held; await route.continue(); });
  await page.goto(`${PAGE}#now`);
  await page.waitForSelector("#loading:visible");
  await page.screenshot({ path: path.join(PICTURES, "loading.png") });
  check(!(await page.isVisible("#figures")), "loading: figures are shown before there are any");
  release();
  await page.waitForSelector("main[data-settled^='now ']");
  check(!(await page.isVisible("#loading")), "loading: stays");
  await context.unroute("**/api/**");
  await context.route("**/api/**", (route) => route.abort());
  await page.waitForSelector("#unreachable:visible");
  await page.screenshot({ path: path.join(PICTURES, "unreachable.png") });
  await context.unroute("**/api/**");
  await page.waitForSelector("#unreachable:visible", { state: "detached" }).catch(() => check(false, "unreachable: stays when the server is back"));
  await context.close();
}

// A change of theme while the page is open reaches the curves.
async function theme(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB", colorScheme: "light" }, "theme");
  await look(page, "now");
  const colour = () => globalThis.Chart.getChart("answers-curve").data.datasets[0].borderColor;
  const light = await page.evaluate(colour);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForFunction(`(${colour})() !== "${light}"`, { timeout: 5000 }).catch(() => check(false, "theme: the curves keep the colours of the other theme"));
  await page.context().close();
}

// A table as CSV: a cell that a spreadsheet would run is harmless, and every row is there.
async function csv(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB" }, "csv");
  await look(page, "servers");
  const [file] = await Promise.all([page.waitForEvent("download"), page.click("#counters button")]);
  const text = fs.readFileSync(await file.path(), "utf8");
  check(text.startsWith('\ufeff"What","Since the start"\r\n"Received","'), `csv: ${text.slice(0, 60)}`);
  const guarded = await page.evaluate(async () => (await import("/table.js")).csvCell('=1+"2"'));
  check(guarded === '"\'=1+""2"""', `csv: a formula stays one: ${guarded}`);
  await page.context().close();
}

// Pause stops the rows, another press lets them come again; a view is told in the title and takes the focus.
async function live(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB" }, "live");
  await look(page, "now");
  await page.click("#views a[href='#live']");
  await page.waitForSelector("#live-table tbody tr");
  check((await page.title()) === "Live · Aven", "live: the title does not tell the view");
  check(await page.evaluate(() => document.activeElement.id === "h-live"), "live: the focus does not follow to the view");
  await page.click("#pause");
  check((await page.getAttribute("#pause", "aria-pressed")) === "true", "live: the pause is not told");
  await page.click("#pause");
  await page.selectOption("#live-form [name=verdict]", "blocked");
  await page.waitForFunction(() => !document.querySelector("#live-table")?.textContent.includes("gemini.google.com"));
  await page.context().close();
}

// A server that asks for an account leads to the log-in, says what is wrong, lets in and out again.
async function logIn(browser) {
  const context = await browser.newContext({ ...Windows.desktop, locale: "fr-FR" });
  const page = await context.newPage();
  const send = async (password) => {
    await page.fill("[name=account]", ACCOUNT);
    await page.fill("[name=password]", password);
    await page.press("[name=password]", "Enter");
  };
  await page.goto(PAGE);
  await page.waitForURL(`${PAGE}login.html`);
  await send("not the password");
  await page.waitForFunction(() => document.querySelector("#refused").textContent !== "");
  await page.screenshot({ path: path.join(PICTURES, "login-refused.png") });
  await send(PASSWORD);
  await page.waitForSelector("main[data-settled^='now ']");
  await page.waitForSelector("#session:visible");
  check((await page.textContent("#account")) === `${ACCOUNT} (lecture)`, "log-in: the account is not told");
  await page.goto(`${PAGE}#live`);
  await page.waitForSelector("#live-hidden:visible");  // a viewer sees no client
  await page.screenshot({ path: path.join(PICTURES, "login-viewer.png") });
  await page.click("#log-out");
  await page.waitForURL(`${PAGE}login.html`);
  await page.goto(PAGE);
  await page.waitForURL(`${PAGE}login.html`);
  await context.close();
}

fs.mkdirSync(PICTURES, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: Quiet });
try {
  if (!ACCOUNT) for (const one of Visits) await visit(browser, one);
  for (const part of ACCOUNT ? [logIn] : [keyboard, language, theme, csv, live, moment, unreachable]) await part(browser);
} finally {
  await browser.close();
}
if (wrong.length > 0) {
  console.error([...new Set(wrong)].join("\n"));
  process.exit(1);
}
console.log(`good; pictures are in ${PICTURES}`);
