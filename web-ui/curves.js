// The curves over time, in the colours of the theme of the moment.
import { $ } from "/dom.js";
import { language, number } from "/language.js";

const drawn = new Map();  // canvas id -> chart and how to draw it
const still = matchMedia("(prefers-reduced-motion: reduce)");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function dataset({ label, data, tone, area }, place) {
  const line = colour(tone);
  const isAlone = ({ dataIndex }) => (data[dataIndex - 1] ?? null) === null && (data[dataIndex + 1] ?? null) === null;
  return { label, data, borderColor: line, backgroundColor: area ? `${line}99` : line, fill: area && (place ? "-1" : "origin"), borderWidth: area ? 1 : 2, pointRadius: (point) => (isAlone(point) ? 3 : 0), pointHitRadius: 8 };
}

function options({ stacked, unit }) {
  const text = colour("soft"), grid = colour("line");
  return {
    animation: still.matches ? false : { duration: 200 },
    responsive: true, maintainAspectRatio: false,
    interaction: { mode: "index", intersect: false },
    locale: language,
    plugins: {
      legend: { position: "top", align: "start", labels: { color: colour("text"), boxWidth: 12, boxHeight: 12, padding: 14, font: { size: 13 } } },
      tooltip: { callbacks: { label: (item) => ` ${item.dataset.label}: ${number(item.raw, 2)} ${unit}` } },
    },
    scales: {
      y: { stacked, beginAtZero: true, border: { display: false }, grid: { color: grid, drawBorder: false }, ticks: { color: text, maxTicksLimit: 5 } },
      x: { grid: { display: false, drawBorder: false }, ticks: { color: text, maxTicksLimit: 7, maxRotation: 0 } },
    },
  };
}

// sets: {label, data, tone, area}; `tone` is the name of a colour of style.css.
export function draw(id, labels, sets, how) {
  if (!window.Chart) return;
  const data = { labels, datasets: sets.map(dataset) };
  const known = drawn.get(id);
  if (known) {
    known.chart.data = data;
    known.chart.options = options(how);
    known.chart.update("none");
  } else {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  }
  const chart = known?.chart ?? new Chart($(id), { type: "line", data, options: options(how) });
  drawn.set(id, { chart, labels, sets, how });
}

// A change of theme while the page is open.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const [id, { labels, sets, how }] of drawn) draw(id, labels, sets, how);
});
