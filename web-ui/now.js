// The view "now": figures, curves, what starts and ends soon, what is blocked most.
import { get } from "/api.js";
import { $, element, group, nothing } from "/dom.js";
import { clock, dayAndMinute, inDays, local, minute, number, percent, t, written } from "/language.js";
import { draw } from "/curves.js";
import { showTable } from "/table.js";

const Kinds = ["blocked", "cached", "forwarded", "local", "failed"];
const SoonDays = 30;
let span = "hour";

const rate = (value, step) => (value === null ? null : value / step);
const timeOf = (at) => ({ hour: minute, day: minute, week: dayAndMinute })[span](at * 1000);

// Without the step that is still under way: its count is of fewer seconds.
function whole(series) {
  const last = series.at.length - 1;
  if (last < 1 || series.at[last] % series.step_s === 0) return series;
  return Object.fromEntries(Object.entries(series).map(([key, list]) => [key, Array.isArray(list) ? list.slice(0, last) : list]));
}

export function showFigures(status) {
  const { rates, latency, upstreams } = status;
  const list = [
    [t("answers"), number(rates.answers_per_s, rates.answers_per_s < 10 ? 1 : 0), ""],
    [t("blocked_share"), percent(rates.blocked_share), rates.blocked_share ? "tone-blocked" : ""],
    [t("cached_share"), percent(rates.cached_share), ""],
    [t("p50"), number(latency.p50_ms, 2), ""],
    [t("p99"), number(latency.p99_ms, 1), ""],
    [t("up"), `${number(upstreams.up)}/${number(upstreams.total)}`, upstreams.up < upstreams.total ? "down" : ""],
  ];
  $("figures").replaceChildren(...list.map(([name, value, tone]) => group("div", "", element("dt", name), element("dd", value, tone))));
}

function showSeries(given) {
  const series = whole(given);
  const labels = series.at.map(timeOf);
  const step = series.step_s;
  draw("answers-curve", labels, Kinds.map((kind) => ({ label: t(kind), data: series[kind].map((value) => rate(value, step)), tone: `kind-${kind}`, area: true })), { stacked: true, unit: t("per_second") });
  draw("latency-curve", labels, [
    { label: t("p50_short"), data: series.p50_ms, tone: "kind-cached", area: false },
    { label: t("p99_short"), data: series.p99_ms, tone: "kind-blocked", area: false },
  ], { stacked: false, unit: "ms" });
  $("answers-curve").setAttribute("aria-label", t("answers_curve", { span: t(`span_${span}`) }));
  $("latency-curve").setAttribute("aria-label", t("latency_curve", { span: t(`span_${span}`) }));
  const heads = [{ text: t("time") }, ...Kinds.map((kind) => ({ text: t(kind), numeric: true })), { text: t("p50"), numeric: true }, { text: t("p99"), numeric: true }];
  const rows = series.at.map((at, i) => [span === "hour" ? clock(at * 1000) : labels[i], ...Kinds.map((kind) => number(rate(series[kind][i], step), 2)), number(series.p50_ms[i], 2), number(series.p99_ms[i], 2)]);
  showTable("series", { caption: t("series_caption", { span: t(`span_${span}`) }), heads, rows: rows.reverse(), empty: t("no_figures") });
}

// What a rule does next: [moment, what, the date as its file has it].
function turns(rule) {
  const list = [];
  if (rule.mode === "off") return list;
  if (rule.state === "not_yet") list.push([rule.changes ?? rule.valid_from, "starts", rule.valid_from]);
  if (rule.valid_until_at && rule.state !== "ended") list.push([rule.valid_until_at, "ends", rule.valid_until]);
  if (rule.review_by) list.push([`${rule.review_by}T23:59:59Z`, rule.review_due ? "review_due" : "review", rule.review_by]);
  return list;
}

function showSoon({ rules }) {
  const limit = Date.now() + SoonDays * 86400000;
  const soon = rules.flatMap((rule) => turns(rule).map(([at, what, date]) => ({ rule, at, what, date }))).filter(({ at }) => at && new Date(at) <= limit);
  soon.sort((a, b) => new Date(a.at) - new Date(b.at));
  if (soon.length === 0) return $("soon").replaceChildren(nothing(t("nothing_soon", { n: number(SoonDays) })));
  $("soon").replaceChildren(group("ul", "plain", ...soon.map(({ rule, at, what, date }) => group("li", what === "review_due" ? "warning" : "",
    element("strong", `${t(`turn_${what}`)} ${written(date)}`), element("span", ` · ${inDays(at)} · `), element("span", local(rule.title) || rule.id)))));
}

function bars(id, caption, heads, list, empty) {
  const most = Math.max(1, ...list.map(({ count }) => count));
  showTable(id, { caption, heads, empty, rows: list.map(({ name, count }) => {
    const meter = document.createElement("progress");
    meter.max = most;
    meter.value = count;
    meter.setAttribute("aria-hidden", "true");
    return [group("div", "", element("span", name, "name"), meter), number(count)];
  }) });
}

const kindOf = (name) => (/^(use-application-dns\.net|mask(-h2)?\.icloud\.com|_dns\.)/.test(name) ? t("automatic") : t("resolver_lookup"));

function showTop(top) {
  const name = { text: t("name") }, count = { text: t("questions"), numeric: true };
  $("top-hours").textContent = t("top_hours", { n: number(top.hours) });
  bars("top-names", t("top_names"), [name, count], top.blocked_names, t("nothing_blocked"));
  showTable("top-groups", { caption: t("top_groups"), empty: t("nothing_blocked"),
    heads: [{ text: t("group") }, ...["blocked", "would_block", "automatic", "resolver_lookups"].map((key) => ({ text: t(`g_${key}`), numeric: true }))],
    rows: top.groups.map((one) => [one.group, number(one.blocked), number(one.would_block), number(one.automatic), number(one.resolver_lookups)]) });
  showTable("resolvers", { caption: t("resolvers"), heads: [name, { text: t("kind") }, count], empty: t("no_resolvers"),
    rows: top.resolver_names.map((one) => [element("span", one.name, "name"), kindOf(one.name), number(one.count)]) });
}

export async function refresh() {
  const [series, rules, top] = await Promise.all([get("series", span === "hour" ? { step: 10 } : { span }), get("rules"), get("top", { limit: 10 })]);
  showSeries(series);
  showSoon(rules);
  showTop(top);
}

export function start(again) {
  for (const button of document.querySelectorAll("[data-span]")) {
    button.addEventListener("click", () => {
      span = button.dataset.span;
      for (const other of document.querySelectorAll("[data-span]")) other.setAttribute("aria-pressed", String(other === button));
      again();
    });
  }
}
