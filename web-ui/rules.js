// The view "rules": what is in force, for whom, since when, until when, who decided it, what it does; and the rehearsals.
import { get } from "/api.js";
import { $, element, group, nothing, pairs } from "/dom.js";
import { dateAndTime, local, number, t, written } from "/language.js";
import { showTable } from "/table.js";

const Order = ["active", "observing", "scheduled", "not_yet", "ended", "off"];

function whom(rule) {
  const parts = [...rule.groups];
  if (rule.clients > 0) parts.push(t("some_clients", { n: number(rule.clients) }));
  const all = parts.length ? parts.join(", ") : t("everyone");
  return rule.except_clients > 0 ? `${all} ${t("except_some", { n: number(rule.except_clients) })}` : all;
}

const hours = (schedule) => schedule.map(({ days, from, to }) => `${days.map((day) => t(day)).join(", ")} ${from}–${to}`).join(" ; ");

// "mailto:" and "tel:" as links, their address as text.
export function contacts(list) {
  if (list.length === 0) return "";
  return group("span", "", ...list.flatMap((contact, i) => {
    const link = element("a", contact.replace(/^(mailto|tel):/, ""));
    link.href = contact;
    return i ? [", ", link] : [link];
  }));
}

function dates(rule) {
  const from = rule.valid_from ? t("since_date", { date: written(rule.valid_from) }) : "";
  const until = rule.valid_until ? t("until_date", { date: written(rule.valid_until) }) : t("always");
  return [from, until].filter(Boolean).join(", ");
}

function card(rule) {
  const title = local(rule.title) || rule.id;
  const review = rule.review_by ? written(rule.review_by) : "";
  const observes = rule.mode === "observe";
  const counts = [element("strong", number(observes ? rule.would_hits_today : rule.hits_today)),
    element("span", ` ${t(observes ? "would_count" : "hit_count", { n: number(observes ? rule.would_hits : rule.hits) })}`)];
  return group("article", `rule is-${rule.state}${rule.action === "allow" ? " allows" : ""}`,
    group("header", "", element("h3", title), element("span", t(rule.state), `pill ${rule.state}`)),
    group("p", "sum", element("strong", t(rule.action)), element("span", ` · ${whom(rule)} · ${dates(rule)}`)),
    group("p", "count", ...counts),
    local(rule.reason) ? element("p", local(rule.reason)) : null,
    pairs([
      [t("hours"), hours(rule.schedule)], [t("changes"), rule.changes && rule.mode !== "off" ? dateAndTime(rule.changes) : ""],
      [t("review"), review && rule.review_due ? element("strong", `${review} – ${t("review_due")}`, "warning") : review],
      [t("owner"), rule.owner], [t("basis"), rule.legal_basis], [t("contact"), contacts(rule.contact)],
      [t("place"), group("code", "", `${rule.id} · ${rule.place.file}${rule.place.pointer}`)],
    ]));
}

function showRules({ rules }) {
  const sorted = [...rules].sort((a, b) => Order.indexOf(a.state) - Order.indexOf(b.state));
  const inUse = sorted.filter((rule) => rule.state !== "off" && rule.state !== "ended"), rest = sorted.filter((rule) => !inUse.includes(rule));
  $("rule-cards").replaceChildren(...(inUse.length ? inUse.map(card) : [nothing(t("no_rules"))]));
  $("rule-rest").hidden = rest.length === 0;
  $("rule-rest-title").textContent = t("rest", { n: number(rest.length) });
  $("rule-rest-cards").replaceChildren(...rest.map(card));
  const heads = ["rule", "state", "what", "whom", "since", "until", "review", "owner"].map((key) => ({ text: t(key) }));
  heads.push(...["hits_today", "hits", "would_today", "would"].map((key) => ({ text: t(key), numeric: true })));
  showTable("rule-table", { caption: t("rules"), heads, empty: t("no_rules"), rows: sorted.map((rule) => [
    local(rule.title) ? `${local(rule.title)} (${rule.id})` : rule.id, t(rule.state), t(rule.action), whom(rule),
    rule.valid_from ? written(rule.valid_from) : "", rule.valid_until ? written(rule.valid_until) : t("always"),
    rule.review_by ? written(rule.review_by) : "", [rule.owner, ...rule.contact].filter(Boolean).join(" · "), number(rule.hits_today), number(rule.hits), number(rule.would_hits_today), number(rule.would_hits)]) });
}

function showObserved({ rules }) {
  if (rules.length === 0) return $("observed").replaceChildren(nothing(t("no_observed")));
  const rows = rules.flatMap((rule) => {
    const devices = rule.devices.map((one) => `${one.group}: ${one.today}`).join(", ");
    const names = rule.names.map((one) => `${one.name} (${number(one.count)})`).join(", ");
    const never = rule.never_hit.length ? rule.never_hit.join(", ") : t("all_hit");
    return [[rule.id, number(rule.questions), names || "–", element("span", never, "name"), devices || "–"]];
  });
  showTable("observed", { caption: t("observed"), heads: [{ text: t("rule") }, { text: t("questions"), numeric: true }, { text: t("names_hit") }, { text: t("never_hit") }, { text: t("devices") }], rows, empty: t("no_observed") });
}

export async function refresh() {
  const [rules, observed] = await Promise.all([get("rules"), get("observed")]);
  showRules(rules);
  showObserved(observed);
}
