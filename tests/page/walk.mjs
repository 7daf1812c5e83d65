// Walks through the status page in Chromium as people do, and writes a picture of each view.
//   PAGE_TOOLS=build/page-tools PAGE=http://127.0.0.1:8053/ PICTURES=build/pictures node tests/page/walk.mjs
// Ends with 1 and says what is wrong: axe-core's violations, errors on the console, requests to elsewhere, text that runs
// out of the window, what the keyboard does not reach.
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const { CHROMIUM, PAGE, PAGE_TOOLS, PICTURES } = process.env;
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

async function settled(page, address = PAGE) {
  await page.goto(address);
  await page.waitForSelector("main[data-settled]");
}

async function judge(page, name) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  for (const found of violations) wrong.push(`${name}: axe: ${found.id}: ${found.nodes.map((node) => `${node.target} (${node.failureSummary})`).join("; ")}`);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(over <= 0, `${name}: ${over} px wider than the window`);
  const empty = await page.evaluate(() => [...document.querySelectorAll("[data-t]")].filter((node) => !node.textContent).map((node) => node.dataset.t));
  check(empty.length === 0, `${name}: without text: ${empty}`);
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), fullPage: true });
}

async function explain(page, name, blocked) {
  await page.fill("#why [name=name]", blocked);
  await page.press("#why [name=name]", "Enter");
  await page.waitForFunction((asked) => document.querySelector("#answer .verdict")?.textContent.includes(asked), blocked);
  check((await page.textContent("#answer")).includes("Note 118"), `${name}: the explanation lacks the legal basis`);
}

async function visit(browser, { window, ...options }) {
  const language = options.locale.slice(0, 2);
  const name = `${window}-${language}-${options.colorScheme}`;
  const page = await open(browser, { ...Windows[window], ...options }, name);
  await settled(page);
  check((await page.getAttribute("html", "lang")) === language, `${name}: not in the browser's language`);
  await explain(page, name, "chatgpt.com");
  await judge(page, name);
  for (const other of ["accessibility", "login"]) {
    await settled(page, `${PAGE}${other}.html`);
    await judge(page, `${name}-${other}`);
  }
  await page.context().close();
}

// Every control is reached by Tab in one round, and each shows that it has the focus.
async function keyboard(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "en-GB" }, "keyboard");
  await settled(page);
  await page.keyboard.press("Tab");
  check(await page.evaluate(() => document.activeElement.className === "skip"), "keyboard: the first stop is not the skip link");
  await page.keyboard.press("Enter");
  check(await page.evaluate(() => document.activeElement.id === "main"), "keyboard: the skip link does not lead to the content");
  await settled(page);
  const reached = new Set();
  const controls = await page.$$eval("a[href], button, input, select, textarea, summary, [tabindex='0']", (nodes) => nodes.filter((node) => node.checkVisibility()).map((node, i) => (node.dataset.stop = i)).length);
  for (let i = 0; i < controls + 5; ++i) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(() => {
      const node = document.activeElement, style = getComputedStyle(node);
      return { stop: node.dataset.stop, seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2, what: node.outerHTML.slice(0, 80) };
    });
    if (at.stop === undefined) continue;
    reached.add(at.stop);
    check(at.seen, `keyboard: no visible focus on ${at.what}`);
  }
  check(reached.size === controls, `keyboard: ${reached.size} of ${controls} controls are reached`);
  await page.context().close();
}

// The switch keeps the language over a reload.
async function language(browser) {
  const page = await open(browser, { ...Windows.desktop, locale: "fr-FR" }, "language");
  await settled(page);
  await page.click("#to-en");
  await settled(page);
  check((await page.getAttribute("html", "lang")) === "en", "language: the choice is not kept");
  await page.context().close();
}

// A server that is gone is said, with the figures that were there before still shown.
async function unreachable(browser) {
  const context = await browser.newContext({ ...Windows.desktop, locale: "fr-FR" });
  const page = await context.newPage();
  await settled(page);
  await context.route("**/api/**", (route) => route.abort());
  await page.waitForSelector("#unreachable:visible");
  await page.screenshot({ path: path.join(PICTURES, "unreachable.png") });
  await context.unroute("**/api/**");
  await page.waitForSelector("#unreachable:visible", { state: "detached" }).catch(() => check(false, "unreachable: stays when the server is back"));
  await context.close();
}

fs.mkdirSync(PICTURES, { recursive: true });
const browser = await chromium.launch({ executablePath: CHROMIUM, args: Quiet });
try {
  for (const one of Visits) await visit(browser, one);
  for (const part of [keyboard, language, unreachable]) await part(browser);
} finally {
  await browser.close();
}
if (wrong.length > 0) {
  console.error([...new Set(wrong)].join("\n"));
  process.exit(1);
}
console.log(`good; pictures are in ${PICTURES}`);
