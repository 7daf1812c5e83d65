// The language of the page: the browser's, or the one that was chosen; texts, numbers and dates in it.
import { texts } from "/i18n.js";

const $ = (id) => document.getElementById(id);
const told = [];  // who wants to know of a change
const stored = localStorage.getItem("language");

export let language = stored in texts ? stored : navigator.language.startsWith("fr") ? "fr" : "en";
export const t = (key, values = {}) => texts[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
export const onLanguage = (work) => told.push(work);

export function translate(root = document) {
  for (const node of root.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", t(node.dataset.tLabel));
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
