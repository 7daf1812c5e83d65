// The views "recent" (what was blocked for one client, as text for a ticket) and "live" (questions as they come).
import { get } from "/api.js";
import { $, element, group, nothing } from "/dom.js";
import { clock, local, number, t, written } from "/language.js";
import { showTable } from "/table.js";
import { answerOf, ask } from "/why.js";

const LiveMs = 1000, LiveRows = 200;
let paused = false, next = 0, rows = [], waiting = false;

const filters = (form) => Object.fromEntries(new FormData(form));

// Answered by this server itself, by no rule: records, special names.
const isLocal = (row) => row.verdict === "none" && row.outcome === "local";

function ticket(row, rules, reply) {
  const rule = rules.find(({ id }) => id === row.rule);
  const client = row.client ?? t("client_hidden");
  if (row.verdict !== "blocked") {
    const rcode = [row.rcode, ...(reply?.addresses.length ? [`(${reply.addresses.join(", ")})`] : [])].join(" ");
    return t(isLocal(row) ? "ticket_local" : "ticket_not_aven", { name: row.name, type: row.type, at: clock(row.at), client, rcode });
  }
  const until = rule?.valid_until ? written(rule.valid_until) : t("always");
  return t("ticket", { name: row.name, type: row.type, at: clock(row.at), client, rule: local(rule?.title) || row.rule, reason: local(rule?.reason) || "–", until,
    contact: rule?.contact.map((one) => one.replace(/^(mailto|tel):/, "")).join(", ") || "–" });
}

function copyButton(text, name) {
  const button = element("button", t("copy"), "quiet");
  button.type = "button";
  button.setAttribute("aria-label", t("copy_of", { name }));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    $("recent-said").textContent = t("copied", { name });
  });
  return button;
}

function whyButton(row) {
  const button = element("button", t("why_short"), "quiet");
  button.type = "button";
  button.setAttribute("aria-label", t("why_of", { name: row.name }));
  button.addEventListener("click", () => ask(row.name, row.type, row.client?.startsWith("p-") ? "" : row.client));
  return button;
}

const Outcomes = ["blocked", "cached", "forwarded", "local", "failed", "refused"];
const outcome = (row) => (Outcomes.includes(row.outcome) ? t(`c_${row.outcome}`) : row.outcome);

const verdictPill = (row) => element("span", t(isLocal(row) ? "v_local" : `v_${row.verdict}`), `pill v-${row.verdict}`);
const heads = () => [{ text: t("time") }, { text: t("verdict") }, { text: t("name") }, { text: t("type") }, { text: t("group") }, { text: t("client") }];
const cells = (row) => [clock(row.at), verdictPill(row), element("span", row.name, "name"), row.type, row.group, row.client ?? t("client_hidden")];

// Of what was not blocked: the rules say so, and whose answer it was a worker's cache or, at the level `all`, the last rows.
async function notBlocked({ name, client }) {
  const [e, tail] = await Promise.all([get("explain", { name, client }), get("tail", { name, client, limit: 100 })]);
  if (!["none", "allow"].includes(e.verdict) || e.step === "not_allowed") return nothing(t("no_recent"));
  const asked = tail.rows.reverse().find((row) => row.name.replace(/\.$/, "") === name.replace(/\.$/, "").toLowerCase());
  const text = asked ? ticket(asked, [], e.reply) : `${t("not_aven", { name, client: client || t("everyone") })} ${answerOf(e.reply)}`;
  return group("div", "", element("p", text, "verdict good"), copyButton(text, name));
}

async function showRecent(form) {
  const recent = await get("recent", { ...form, limit: 100 });
  $("recent-hidden").hidden = recent.clients_shown;
  if (recent.rows.length === 0 && form.name.includes(".")) return $("recent-table").replaceChildren(await notBlocked(form));
  showTable("recent-table", { caption: t("recent"), empty: t("no_recent"), heads: [...heads(), { text: t("rule") }, { text: t("actions") }],
    rows: recent.rows.map((row) => [...cells(row), row.rule ?? "–", group("span", "buttons", copyButton(ticket(row, recent.rules), row.name), whyButton(row))]) });
}

// Each look is recorded, so it is asked for by the reader, never by a timer.
export async function lookAtRecent() {
  try {
    await showRecent(filters($("recent-form")));
  } catch (error) {
    $("recent-table").replaceChildren(element("p", t("failed_explain", { why: error.message }), "verdict down"));
  }
}

function showLive() {
  $("live-count").textContent = t(paused ? "live_paused" : "live_on", { n: number(rows.length) });
  if (rows.length === 0) return $("live-table").replaceChildren(nothing(t("no_live")));
  showTable("live-table", { caption: t("live"), empty: t("no_live"), heads: [...heads(), { text: t("answer") }, { text: t("ms"), numeric: true }], rows: rows.map((row) => [...cells(row), `${row.rcode} · ${outcome(row)}`, number(row.ms, 1)]) });
}

// New rows on top; while paused nothing moves.
export async function refreshLive() {
  if (paused || waiting) return;
  waiting = true;
  try {
    const tail = await get("tail", { ...filters($("live-form")), after: next, limit: LiveRows });
    next = tail.next;
    rows = [...tail.rows.sort((a, b) => b.id - a.id), ...rows].slice(0, LiveRows);
    $("live-skipped").hidden = !tail.skipped || rows.length === 0;
    $("live-hidden").hidden = tail.clients_shown;
    showLive();
  } finally {
    waiting = false;
  }
}

export function start(isLive) {
  $("recent-form").addEventListener("submit", (event) => {
    event.preventDefault();
    lookAtRecent();
  });
  $("live-form").addEventListener("submit", (event) => event.preventDefault());
  $("live-form").addEventListener("input", () => {
    next = 0;
    rows = [];
    refreshLive().catch(() => {});
  });
  $("pause").addEventListener("click", () => {
    paused = !paused;
    $("pause").setAttribute("aria-pressed", String(paused));
    showLive();
  });
  setInterval(() => isLive() && refreshLive().catch(() => {}), LiveMs);
}
