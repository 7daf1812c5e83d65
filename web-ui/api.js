// Asks the server. A session that has ended leads to the log-in.
import { language } from "/language.js";

const AnswerMs = 4000;  // a server that takes longer counts as unreachable

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== undefined));
  const response = await fetch(`/api/v1/${path}${query.size ? `?${query}` : ""}`, { signal: AbortSignal.timeout(AnswerMs) });
  if (response.status === 401) location.replace("/login.html");
  const body = await response.json();
  if (!response.ok) throw new Error((language === "fr" && body.error?.text_fr) || (body.error?.text ?? String(response.status)));
  return body;
}

export async function logOut() {
  await fetch("/api/v1/session", { method: "DELETE" });
  location.replace("/login.html");
}
