// Making elements. Everything that comes from the API is set as text, never as markup.
import { language } from "/language.js";

export const $ = (id) => document.getElementById(id);

export function element(tag, text = "", className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

export function group(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children.filter((child) => child));
  return made;
}

// Live regions speak when their text changes, so write it only then.
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// Name and value pairs; those without a value are left out. A value may be a text or an element.
export function pairs(list) {
  const made = document.createElement("dl");
  made.className = "pairs";
  for (const [name, value] of list) {
    if (!value) continue;
    const definition = document.createElement("dd");
    definition.append(value);
    made.append(element("dt", name), definition);
  }
  return made;
}

// A place for a moment without data: what is missing and why that is fine.
export const nothing = (text) => element("p", text, "nothing");

// A sentence of the server in the reader's language, or in English where it has no other.
export function sentence(text, french) {
  const made = element("span", language === "fr" && french ? french : text);
  made.lang = language === "fr" && french ? "fr" : "en";
  return made;
}
