// Compares the languages of web-ui/i18n.js with each other and with what the page asks for: keys, and the {holes} in them.
import fs from "node:fs";
import { fileURLToPath } from "node:url";

const folder = new URL("../../web-ui/", import.meta.url);
const read = (name) => fs.readFileSync(fileURLToPath(new URL(name, folder)), "utf8");
const { texts } = await import(`data:text/javascript,${encodeURIComponent(read("i18n.js"))}`);
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1]).sort().join(",");

const wrong = [];
const keys = new Set(Object.values(texts).flatMap(Object.keys));
for (const [language, own] of Object.entries(texts)) {
  for (const key of keys) {
    if (!own[key]) wrong.push(`${language} lacks ${key}`);
    else if (holes(own[key]) !== holes(texts.en[key] ?? "")) wrong.push(`${language}: ${key} has other holes than English`);
  }
}
for (const name of fs.readdirSync(fileURLToPath(folder)).filter((one) => /\.(html|js)$/.test(one))) {
  for (const [, key] of read(name).matchAll(/(?:data-t(?:-label|-placeholder|-title)?="|\bt\(")(\w+)"/g)) {
    if (!keys.has(key)) wrong.push(`${name} asks for ${key}, which no language has`);
  }
}
if (wrong.length > 0) {
  console.error(wrong.join("\n"));
  process.exit(1);
}
