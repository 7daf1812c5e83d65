// The status page: one view at a time, refreshed while it is looked at.
import { get, logOut } from "/api.js";
import { $, element, group, say, sentence } from "/dom.js";
import { clock, dateAndTime, language, onLanguage, startLanguage, t, useZone, written } from "/language.js";
import * as log from "/log.js";
import * as now from "/now.js";
import * as rules from "/rules.js";
import * as servers from "/servers.js";
import * as why from "/why.js";

const RefreshMs = 5000;
const Views = { now: now.refresh, rules: rules.refresh, why: () => {}, recent: () => {}, live: log.refreshLive, servers: servers.refresh };
let view, lastAnswer = new Date();

const chosen = () => (location.hash.slice(1) in Views ? location.hash.slice(1) : "now");

function showView(byUser) {
  view = chosen();
  for (const section of document.querySelectorAll("[data-view]")) section.hidden = section.dataset.view !== view;
  for (const link of document.querySelectorAll("#views a")) {
    if (link.hash === `#${view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${t(`view_${view}`)} · Aven`;
  if (byUser) document.querySelector(`[data-view="${view}"] h2`).focus();
}

// A problem's sentence, its days as the reader writes them.
function withDates({ text, text_fr, parameters }) {
  const days = parameters.filter((one) => /^\d{4}-\d{2}-\d{2}$/.test(one));
  const readable = (words) => days.reduce((all, day) => all.replace(day, written(day)), words);
  return sentence(readable(text), text_fr && readable(text_fr));
}

function showState(status, { problems }) {
  useZone(status.timezone);
  document.documentElement.dataset.state = status.state;
  say($("state"), t(status.state));
  $("state").className = `pill ${status.state}`;
  say($("updated"), t("updated", { time: clock(status.at) }));
  const severe = problems.filter(({ severity }) => severity !== "note");
  $("problems-section").hidden = severe.length === 0;
  const list = severe.map((one) => group("li", one.severity, element("strong", t(one.severity)), " ", withDates(one), " ", one.file ? element("code", `${one.file} ${one.pointer}`.trim()) : null));
  if ($("problems").textContent !== list.map((item) => item.textContent).join("")) $("problems").replaceChildren(...list);
}

function showPauses(pauses) {
  $("pauses-section").hidden = pauses.length === 0;
  $("pauses").replaceChildren(...pauses.map((one) => element("li", t(`pause_${one.scope}`, { target: one.target, until: dateAndTime(one.until), reason: one.reason, by: one.by }))));
}

async function refresh() {
  const shown = view;
  try {
    const [status, problems] = await Promise.all([get("status"), get("problems")]);
    showState(status, problems);
    showPauses(status.pauses);
    now.showFigures(status);
    await Views[shown](status);
    lastAnswer = new Date();
    $("unreachable").hidden = true;
    showLoaded();
    $("main").dataset.settled = `${shown} ${language}`;
  } catch {
    $("loading").hidden = true;
    say($("unreachable"), t("unreachable", { time: clock(lastAnswer) }));
    $("unreachable").hidden = false;
  }
}

// Before the first figures nothing is shown that could be taken for one.
function showLoaded() {
  $("loading").hidden = true;
  $("main").classList.remove("is-loading");
}

async function showSession() {
  const session = await get("session");
  $("session").hidden = !session.login;
  $("account").textContent = `${session.account} (${t(session.role)})`;
}

$("log-out").addEventListener("click", logOut);
addEventListener("hashchange", () => {
  if (location.hash === "#main") return;  // the skip link
  showView(true);
  if (view === "recent") log.lookAtRecent();
  refresh();
});
now.start(refresh);
why.start();
log.start(() => view === "live");
onLanguage(() => {
  showView(false);
  showSession().catch(() => {});
  if (view === "recent") log.lookAtRecent();
  refresh();
});
startLanguage();
setInterval(refresh, RefreshMs);
