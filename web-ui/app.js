// The status page: asks the API, shows what it says. Everything that comes from it is set as text, never as markup.
import { language, onLanguage, startLanguage, t } from "/language.js";

const $ = (id) => document.getElementById(id);
const AnswerMs = 4000;  // a server that takes longer counts as unreachable
let zone;  // the server's time zone: dates of rules are its days, whoever looks
let lastAnswer = new Date();
let chart;

// What was not measured is a dash, not a zero.
const number = (value, digits = 0) => value === null ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);
const percent = (value) => value === null ? "–" : new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(value);
// A date or date-time without offset, as the rule's file has it: no zone is applied, a time is kept.
const written = (value) => new Intl.DateTimeFormat(language, value.length > 10 ? { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" } : { dateStyle: "medium", timeZone: "UTC" }).format(new Date(value.length > 10 ? `${value}Z` : value));
const clock = (value) => new Intl.DateTimeFormat(language, { timeStyle: "medium", timeZone: zone }).format(new Date(value));
// Live regions speak when their text changes, so write it only then.
const say = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const local = (text) => text?.[language] ?? text?.en ?? text?.fr ?? "";

function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function get(path) {
  const response = await fetch(path, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(AnswerMs) });
  if (response.status === 401) location.replace("/login.html");  // the session has ended
  const body = await response.json();
  if (!response.ok) throw new Error(body.error?.text ?? body.error?.message ?? String(response.status));
  return body;
}

function table(id, caption, heads, rows) {
  const head = document.createElement("tr");
  heads.forEach(([text, numeric]) => {
    const cell = element("th", text, numeric ? "number" : "");
    cell.scope = "col";
    head.append(cell);
  });
  const lines = rows.map((row) => {
    const line = document.createElement("tr");
    row.forEach((text, i) => line.append(element("td", text, heads[i][1] ? "number" : "")));
    return line;
  });
  const thead = document.createElement("thead");
  thead.append(head);
  const tbody = document.createElement("tbody");
  tbody.append(...lines);
  $(id).replaceChildren(element("caption", caption), thead, tbody);
}

function showStatus(status) {
  zone = status.timezone;
  say($("state"), t(status.state));
  $("state").className = `state ${status.state}`;
  const figures = [
    [t("answers"), number(status.rates.answers_per_s, 1)],
    [t("blocked_share"), percent(status.rates.blocked_share)],
    [t("cached_share"), percent(status.rates.cached_share)],
    [t("p50"), number(status.latency.p50_ms, 2)],
    [t("p99"), number(status.latency.p99_ms, 1)],
    [t("up"), `${number(status.upstreams.up)} / ${number(status.upstreams.total)}`],
  ];
  $("figures").replaceChildren(...figures.map(([name, value]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", name), element("dd", value));
    return pair;
  }));
  $("about").textContent = `${t("version", { version: status.version })} · ${t("policy", { id: status.policy.id.slice(0, 12), names: number(status.policy.names) })} · `;
}

function showProblems({ problems }) {
  $("problems-section").hidden = problems.length === 0;
  $("problems").replaceChildren(...problems.map((p) => element("li", `${t(p.severity)}: ${p.file} ${p.pointer}: ${p.text}`, p.severity)));
}

const kinds = ["blocked", "cached", "forwarded", "local", "failed"];
const colours = ["#c0392b", "#2e86ab", "#7a5195", "#5f7a3a", "#888888"];

function showSeries(series) {
  const labels = series.at.map((at) => clock(at * 1000));  // seconds of UTC
  const heads = [[t("time"), false], ...kinds.map((kind) => [t(kind), true])];
  table("series", t("hour"), heads, series.at.map((at, i) => [labels[i], ...kinds.map((kind) => number(series[kind][i]))]).reverse());
  $("chart").setAttribute("aria-label", t("chart"));
  if (!window.Chart) return;
  const datasets = kinds.map((kind, i) => ({ label: t(kind), data: series[kind], borderColor: colours[i], backgroundColor: colours[i], fill: true, pointRadius: 0, borderWidth: 1 }));
  if (chart) {
    chart.data = { labels, datasets };
    chart.update("none");
    return;
  }
  Chart.defaults.color = getComputedStyle(document.body).color;
  chart = new Chart($("chart"), { type: "line", data: { labels, datasets }, options: { animation: false, responsive: true, maintainAspectRatio: false, scales: { y: { stacked: true, beginAtZero: true }, x: { ticks: { maxTicksLimit: 8 } } } } });
}

function whom(rule) {
  const parts = [...rule.groups];
  if (rule.clients > 0) parts.push(t("some_clients", { n: number(rule.clients) }));
  return parts.length ? parts.join(", ") : t("everyone");
}

function showRules({ rules }) {
  const heads = [[t("rule"), false], [t("state"), false], [t("what"), false], [t("whom"), false], [t("since"), false], [t("until"), false], [t("review"), false], [t("owner"), false], [t("hits"), true], [t("would"), true]];
  const order = ["active", "observing", "scheduled", "not_yet", "ended", "off"];
  const rows = [...rules].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)).map((rule) => [
    local(rule.title) ? `${local(rule.title)} (${rule.id})` : rule.id, t(rule.state), t(rule.action), whom(rule),
    rule.valid_from ? written(rule.valid_from) : "", rule.valid_until ? written(rule.valid_until) : t("always"),
    rule.review_by ? written(rule.review_by) + (rule.review_due ? ` (${t("review_due")})` : "") : "",
    [rule.owner, ...rule.contact].filter(Boolean).join(" · "), number(rule.hits), number(rule.would_hits)]);
  table("rules", rules.length ? "" : t("no_rules"), heads, rows);
}

function showUpstreams({ servers }) {
  const heads = [[t("server"), false], [t("state"), false], [t("rtt"), true], [t("asked"), true], [t("replies"), true], [t("timeouts"), true], [t("errors"), true]];
  table("upstreams", "", heads, servers.map((s) => [s.address, s.up ? t("yes") : t("no"), number(s.rtt_ms, 1), number(s.asked), number(s.replies), number(s.timeouts), number(s.errors)]));
}

function verdictText(e) {
  const values = { name: e.question.name, client: e.client.address };
  if (e.step === "not_allowed") return t("not_allowed", values);
  if (e.step === "records" || e.step === "special" || e.step === "route") return t("is_local", values);
  if (e.verdict === "none") return t("not_aven", values);
  return t(e.verdict === "allow" ? "is_allowed" : "is_blocked", values);
}

async function explain(event) {
  event.preventDefault();
  const form = new FormData(event.target);
  const query = new URLSearchParams([...form].filter(([, value]) => value !== ""));
  const box = $("answer");
  try {
    const e = await get(`/api/v1/explain?${query}`);
    const list = document.createElement("dl");
    const row = (name, value) => value && list.append(element("dt", name), element("dd", value));
    if (e.rule) {
      row(t("rule"), `${local(e.rule.title)} (${e.rule.id})`);
      row(t("reason"), local(e.rule.reason));
      row(t("basis"), e.rule.legal_basis);
      row(t("owner"), e.rule.owner);
      row(t("contact"), e.rule.contact.join(", "));
      row(t("until"), e.rule.until ? written(e.rule.until) : t("always"));
    }
    row(t("named_by"), e.matches.filter((m) => m.active).map((m) => `${m.rule}: ${m.pattern}`).join("; "));
    box.replaceChildren(element("p", verdictText(e), "verdict"), list);
  } catch (error) {
    box.replaceChildren(element("p", t("failed_explain", { why: error.message }), "error"));
  }
}

// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
const csvCell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

function download(event) {
  const rows = [...$(event.target.dataset.table).rows].map((row) => [...row.cells].map((cell) => csvCell(cell.textContent)).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", rows.join("\r\n")], { type: "text/csv" }));
  link.download = `aven-${event.target.dataset.table}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

async function refresh() {
  try {
    const [status, problems, series, rules, upstreams] = await Promise.all(["status", "problems", "series?step=10&seconds=3600", "rules", "upstreams"].map((path) => get(`/api/v1/${path}`)));
    showStatus(status);
    showProblems(problems);
    showSeries(series);
    showRules(rules);
    showUpstreams(upstreams);
    lastAnswer = new Date();
    $("unreachable").hidden = true;
    $("main").dataset.settled = "";
  } catch {
    say($("unreachable"), t("unreachable", { time: clock(lastAnswer) }));
    $("unreachable").hidden = false;
  }
}

async function showSession() {
  const session = await get("/api/v1/session");
  $("session").hidden = !session.login;
  $("account").textContent = session.account;
}

async function logOut() {
  await fetch("/api/v1/session", { method: "DELETE" });
  location.replace("/login.html");
}

$("log-out").addEventListener("click", logOut);
$("why").addEventListener("submit", explain);
for (const button of document.querySelectorAll(".csv")) button.addEventListener("click", download);
onLanguage(refresh);
startLanguage();
showSession().catch(() => {});
setInterval(refresh, 5000);
