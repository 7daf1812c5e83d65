// The log-in page: sends account and password as JSON, then goes to the page.
import { onLanguage, startLanguage, t } from "/language.js";

const $ = (id) => document.getElementById(id);
const reasons = { 403: "bad_login", 429: "too_many" };

async function logIn(event) {
  event.preventDefault();
  $("refused").textContent = "";
  try {
    const response = await fetch("/api/v1/session", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(Object.fromEntries(new FormData(event.target))),
    });
    if (response.ok) return location.replace("/");
    $("refused").textContent = t(reasons[response.status] ?? "login_failed");
  } catch {
    $("refused").textContent = t("login_failed");
  }
  event.target.elements.password.select();
}

$("login").addEventListener("submit", logIn);
onLanguage(() => { document.title = `${t("log_in")} · Aven`; });
startLanguage();
$("main").dataset.settled = "";
