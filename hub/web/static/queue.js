// The Sync Queue with scripts: live counts and progress, ticks, keys. Rows are never moved: what is new is announced.
"use strict";
{
  const queue = document.getElementById("queue");
  const job = document.getElementById("job");
  const say = new Intl.NumberFormat(document.documentElement.lang || undefined);

  // --- live -------------------------------------------------------------------------------------------------
  let source = null;
  const listen = () => {
    if (source || document.hidden) return;
    source = new EventSource(document.querySelector("[data-live]").dataset.live);
    source.onmessage = (event) => told(JSON.parse(event.data));
    source.addEventListener("gone", pause);
  };
  const pause = () => { source?.close(); source = null; };
  document.addEventListener("visibilitychange", () => (document.hidden ? pause() : listen()));
  window.addEventListener("pagehide", pause);

  const told = ({ tabs, total, job: running }) => {
    for (const badge of document.querySelectorAll("[data-count]")) badge.textContent = say.format(tabs[badge.dataset.count]);
    progress(running);
    const shown = queue?.dataset.total;
    if (!queue || shown === "" || total === null) return;
    const more = total - Number(shown), news = document.getElementById("news");
    news.hidden = more === 0;
    if (more === 0) return;
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "show";
    news.replaceChildren(more > 0 ? `${say.format(more)} new, ` : `${say.format(-more)} fewer by now, `, link);
  };

  const progress = (running) => {
    const here = job?.dataset.job;
    if (!job) return;
    if (!running) { if (here) ended(); return; }
    if (String(running.id) !== here) { ended("A sync has begun, "); return; }
    const bar = job.querySelector("progress"), words = job.querySelector("[data-progress]");
    bar.max = running.of || 1;
    bar.value = running.done;
    for (const phase of document.querySelectorAll("[data-phase]")) phase.textContent = running.phase;  // heading and bar
    words.textContent = running.sending ? `: ${say.format(running.done)} of ${say.format(running.of)}` : "";
  };
  const ended = (what = "The sync has ended, ") => {
    if (document.querySelector("[data-follow]")) { location.reload(); return; }  // the page is about this very job
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "show what came of it";
    if (what.startsWith("A sync")) link.textContent = "show it";
    job.replaceChildren(what, link);
    delete job.dataset.job;
    job.dataset.job = "";
  };
  if (document.querySelector("[data-live]")) listen();

  // --- ticks ------------------------------------------------------------------------------------------------
  const ticks = [...document.querySelectorAll('input[name="id"]')];
  const all = document.querySelector("[data-all]"), count = document.querySelector("[data-ticked]");
  const counted = () => {
    const number = ticks.filter((tick) => tick.checked).length;
    if (count) count.textContent = number ? `(${say.format(number)})` : "";
    if (all) { all.checked = number > 0 && number === ticks.length; all.indeterminate = number > 0 && number < ticks.length; }
  };
  if (all) {
    all.hidden = false;
    all.addEventListener("change", () => { for (const tick of ticks) tick.checked = all.checked; counted(); });
  }
  for (const tick of ticks) tick.addEventListener("change", counted);
  counted();

  // --- filters, keys ------------------------------------------------------------------------------------------
  const filters = document.querySelector("form.filters");
  filters?.addEventListener("submit", () => {
    for (const field of filters.elements) if (field.name && !field.value) field.disabled = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not([type=checkbox]), select, textarea")) return;
    const at = ticks.indexOf(document.activeElement);
    if (event.key === "/") { document.getElementById("f-q")?.focus(); event.preventDefault(); }
    if (event.key === "j") ticks[Math.min(at + 1, ticks.length - 1)]?.focus();
    if (event.key === "k") ticks[Math.max(at - 1, 0)]?.focus();
    if (event.key === "x" && at >= 0) ticks[at].click();
  });
}
