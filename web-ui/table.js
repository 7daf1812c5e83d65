// Tables with a caption, each of which downloads as CSV; curves over time, each with its figures as a table.
import { $, element, group, nothing } from "/dom.js";
import { t } from "/language.js";

// A cell that a spreadsheet would take for a formula gets an apostrophe before it.
export const csvCell = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

function download(name, table) {
  const rows = [...table.rows].map((row) => [...row.cells].map((cell) => csvCell(cell.textContent)).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob(["\ufeff", rows.join("\r\n")], { type: "text/csv" }));
  link.download = `aven-${name}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function build(target, name) {
  const table = document.createElement("table");
  const scroll = group("div", "scroll", table);
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "group");
  const button = element("button", "", "quiet");
  button.type = "button";
  button.addEventListener("click", () => download(name, table));
  target.replaceChildren(scroll, button);
}

function head(heads) {
  const row = document.createElement("tr");
  for (const { text, numeric } of heads) {
    const cell = element("th", text, numeric ? "number" : "");
    cell.scope = "col";
    row.append(cell);
  }
  return group("thead", "", row);
}

function line(cells, heads) {
  const row = document.createElement("tr");
  cells.forEach((content, i) => {
    const cell = group("td", [heads[i].numeric ? "number" : "", heads[i].className ?? ""].join(" ").trim());
    cell.append(content);
    row.append(cell);
  });
  return row;
}

// heads: {text, numeric, className}; rows: texts or elements. `empty` is said when there is no row.
export function showTable(id, { caption, heads, rows, empty }) {
  const target = $(id);
  if (rows.length === 0) return target.replaceChildren(nothing(empty));
  if (!target.querySelector("table")) build(target, id);
  target.querySelector(".scroll").setAttribute("aria-label", caption);
  const button = target.querySelector(":scope > button");
  button.textContent = t("csv");
  button.setAttribute("aria-label", `${t("csv")}: ${caption}`);
  const title = element("caption", caption, "unseen");
  target.querySelector("table").replaceChildren(title, head(heads), group("tbody", "", ...rows.map((row) => line(row, heads))));
}
