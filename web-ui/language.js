// The language of the page: the browser's, or the one that was chosen; texts, numbers and dates in it.
import { texts } from "/i18n.js";

const $ = (id) => document.getElementById(id);
const told = [];  // who wants to know of a change
const stored = localStorage.getItem("language");

export let language = stored in texts ? stored : navigator.language.startsWith("fr") ? "fr" : "en";
// "en-GB" writes dates otherwise than "en-US": the browser's own form of the language, if it has one.
const locale = () => navigator.languages.find((one) => one.startsWith(language)) ?? language;
let zone;  // the server's time zone: dates of rules are its days, whoever looks

export const useZone = (name) => { zone = name; };
export const onLanguage = (work) => told.push(work);
export const t = (key, values = {}) => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
// A text of a rule, in the reader's language if it has one.
export const local = (text) => text?.[language] ?? text?.en ?? text?.fr ?? "";

// What was not measured is a dash, not a zero.
const formatted = (value, options) => (value === null || value === undefined ? "–" : new Intl.NumberFormat(locale(), options).format(value));
export const number = (value, digits = 0) => formatted(value, { maximumFractionDigits: digits });
export const percent = (value) => formatted(value, { style: "percent", maximumFractionDigits: 1 });
export const bytes = (value) => formatted(value / 1048576, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });

// A date or date-time without offset, as the rule's file has it: no zone is applied, a time is kept.
export const written = (value) => (value.length > 10
  ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" }).format(new Date(`${value}Z`))
  : new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(value)));
const moment = (options) => (value) => new Intl.DateTimeFormat(locale(), { timeZone: zone, ...options }).format(new Date(value));
export const clock = moment({ timeStyle: "medium" });
export const minute = moment({ timeStyle: "short" });
export const dayAndMinute = moment({ weekday: "short", hour: "2-digit", minute: "2-digit" });
export const dateAndTime = moment({ dateStyle: "medium", timeStyle: "short" });
export function ago(seconds) {
  const [unit, size] = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]].find(([, one]) => seconds >= one) ?? ["second", 1];
  return new Intl.NumberFormat(locale(), { style: "unit", unit, unitDisplay: "long" }).format(Math.floor(seconds / size));
}
// "in 3 days", "tomorrow"
export function inDays(value) {
  const days = Math.round((new Date(value) - Date.now()) / 86400000);
  return new Intl.RelativeTimeFormat(locale(), { numeric: "auto" }).format(days, "day");
}

export function translate(root = document) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
  for (const node of root.querySelectorAll("[data-t-placeholder]")) node.setAttribute("placeholder", t(node.dataset.tPlaceholder));
}

function apply() {
  document.documentElement.lang = language;
  translate();
  for (const name of Object.keys(texts)) $(`to-${name}`).setAttribute("aria-pressed", String(language === name));
  for (const work of told) work();
}

export function startLanguage() {
  for (const name of Object.keys(texts)) {
    $(`to-${name}`).addEventListener("click", () => {
      language = name;
      localStorage.setItem("language", name);
      apply();
    });
  }
  apply();
}
