// The view "servers": whom Aven asks and how they are; counters, cache, the policy's id.
import { get } from "/api.js";
import { $, element, group, pairs, sentence } from "/dom.js";
import { ago, bytes, dateAndTime, number, t } from "/language.js";
import { showTable } from "/table.js";

const Counters = ["received", "answered", "dropped", "in_flight", "blocked", "cached", "cached_stale", "forwarded", "local", "failed", "refused", "truncated", "received_udp", "received_tcp", "kernel_drops"];

function showUpstreams({ servers }) {
  const heads = [{ text: t("server") }, { text: t("state") }, { text: t("pools") }, ...["rtt", "asked", "replies", "timeouts", "errors"].map((key) => ({ text: t(key), numeric: true }))];
  showTable("upstreams", { caption: t("upstreams"), heads, empty: t("no_upstreams"), rows: servers.map((one) => [
    element("span", one.address, "name"), group("span", "", element("span", one.up ? t("yes") : t("no"), `pill ${one.up ? "good" : "down"}`), one.trouble ? " " : null, one.trouble ? sentence(one.trouble, one.trouble_fr) : null), one.pools.join(", "),
    number(one.rtt_ms, 1), number(one.asked), number(one.replies), number(one.timeouts), number(one.errors)]) });
}

function showAbout(status) {
  $("about-list").replaceChildren(pairs([
    [t("version_name"), status.version], [t("running"), ago(status.uptime_s)], [t("started"), dateAndTime(status.started)], [t("workers"), number(status.workers)],
    [t("policy_name"), t("policy_words", { rules: number(status.policy.rules), names: number(status.policy.names), date: dateAndTime(status.policy.loaded) })],
    [t("policy_id"), element("code", status.policy.id)], [t("clock"), t(status.policy.clock_believed ? "clock_good" : "clock_bad")],
    [t("cache"), t("cache_words", { n: number(status.cache.entries), size: bytes(status.cache.bytes) })],
  ]));
  showTable("counters", { caption: t("counters"), empty: t("no_figures"), heads: [{ text: t("counter") }, { text: t("since_start"), numeric: true }], rows: Counters.map((key) => [t(`c_${key}`), number(status.totals[key])]) });
}

export async function refresh(status) {
  showUpstreams(await get("upstreams"));
  showAbout(status);
}
