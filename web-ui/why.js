// The view "why": what a client is answered for a name, by which rule, and why the others did not decide.
import { get } from "/api.js";
import { $, element, group, pairs } from "/dom.js";
import { dateAndTime, local, onLanguage, t, written } from "/language.js";
import { contacts } from "/rules.js";

let last;  // the explanation that is shown

function verdict(e) {
  const values = { name: e.question.name, client: e.client.address };
  if (e.step === "not_allowed") return t("not_allowed", values);
  if (["records", "special", "route"].includes(e.step)) return t("is_local", values);
  if (e.verdict === "none") return [t("not_aven", values), answerOf(e.reply)].join(" ");
  if (e.step === "reply") return t("is_blocked_by_reply", values);
  return t(e.verdict === "allow" ? "is_allowed" : "is_blocked", values);
}

// What upstream answered, if Aven still keeps it.
export function answerOf(reply) {
  if (!reply) return t("not_kept");
  const addresses = reply.addresses.length ? reply.addresses.join(", ") : t("no_address");
  return t("upstream_said", { rcode: reply.rcode, addresses });
}

// Why a rule that names it does not speak, all reasons.
function whyNot(match) {
  const reasons = [];
  if (match.mode === "off") reasons.push(t("not_off"));
  if (!match.in_clients) reasons.push(t("not_clients"));
  if (!match.in_dates) reasons.push(t("not_dates"));
  if (!match.in_schedule) reasons.push(t("not_schedule"));
  if (!match.type_matches) reasons.push(t("not_type"));
  if (match.paused) reasons.push(t("not_paused"));
  if (match.excepted) reasons.push(t("not_excepted"));
  if (match.exempted) reasons.push(match.exempted_by ? t("not_exempted", { rule: match.exempted_by }) : t("not_exempted_now"));
  if (match.mode === "observe") reasons.push(t("not_observe"));
  return reasons.join(", ");
}

function steps(e) {
  const byReply = e.step === "reply";
  const done = { not_allowed: 0, records: 1, special: 1, route: 1, rule: 2, upstream: 4, reply: 4 }[e.step];
  const words = [
    t(e.client.allowed ? "step_allowed" : "step_not_allowed", { client: e.client.address, group: e.client.group }),
    t({ records: "step_records", special: "step_special", route: "step_route" }[e.step] ?? "step_not_local"),
    e.rule && !byReply ? t(e.verdict === "allow" ? "step_rule_allows" : "step_rule", { rule: local(e.rule.title) || e.rule.id, why: t(`decided_${e.decided_by ?? "only_one"}`) }) : t("step_no_rule"),
    t("step_upstream", { pool: e.upstream ?? "" }),
    byReply ? t("step_reply", { rule: local(e.rule.title) || e.rule.id }) : answerOf(e.reply),
  ];
  return group("ol", "steps", ...words.slice(0, done + 1).map((text) => element("li", text)));
}

function matchList(list, e) {
  return group("ul", "plain", ...list.map((match) => {
    const decides = e.rule?.id === match.rule && match.active;
    const why = decides ? t("it_decides") : whyNot(match) || t("another_decides");
    return group("li", decides ? "decides" : "", group("code", "", match.pattern), ` ${t("of_rule")} `, element("strong", match.rule), ` – ${why}`, element("span", ` (${match.place})`, "soft"));
  }));
}

const matches = (e) => (e.matches.length === 0 ? null : group("div", "", element("h3", t("all_matches")), matchList(e.matches, e)));

// The question and the names that upstream's answer leads on to, each with the rules that name it.
function chain(e) {
  if (!e.reply?.aliases.length) return null;
  const links = [{ name: e.question.name, matches: e.matches }, ...e.reply.aliases];
  return group("div", "", element("h3", t("chain")), group("ol", "steps", ...links.map((link) => group("li", "", element("span", link.name, "name"),
    link.matches.length ? matchList(link.matches, e) : element("span", ` – ${t("no_rule_names_it")}`, "soft")))));
}

function show(e) {
  last = e;
  const list = e.rule ? pairs([
    [t("rule"), `${local(e.rule.title)} (${e.rule.id})`], [t("reason"), local(e.rule.reason)], [t("basis"), e.rule.legal_basis], [t("owner"), e.rule.owner],
    [t("contact"), contacts(e.rule.contact)], [t("until"), e.rule.until ? written(e.rule.until) : t("always")], [t("ends"), e.ends ? dateAndTime(e.ends) : ""],
  ]) : null;
  const blocks = !["none", "allow"].includes(e.verdict) || e.step === "not_allowed";
  $("answer").replaceChildren(element("p", verdict(e), `verdict ${blocks ? "down" : "good"}`), element("p", t("at_moment", { time: dateAndTime(e.at), group: e.client.group }), "soft"), ...[list, e.would_hit ? element("p", t("would_hit", { rule: e.would_hit }), "note") : null, element("h3", t("the_way")), steps(e), chain(e) ?? matches(e)].filter(Boolean));
}

async function explain(event) {
  event.preventDefault();
  try {
    show(await get("explain", Object.fromEntries(new FormData(event.target))));
  } catch (error) {
    last = undefined;
    $("answer").replaceChildren(element("p", t("failed_explain", { why: error.message }), "verdict down"));
  }
}

// Fills the form and asks; other views lead here.
export function ask(name, type, client) {
  const { elements } = $("why-form");
  elements.name.value = name;
  elements.type.value = type;
  elements.client.value = client ?? "";
  location.hash = "#why";
  $("why-form").requestSubmit();
}

export function start() {
  $("why-form").addEventListener("submit", explain);
  onLanguage(() => last && show(last));
}
