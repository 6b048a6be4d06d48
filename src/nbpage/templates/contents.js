// The contents mark the part that is read, and fold on narrow screens, where their first line names it.
(() => {
  const contents = document.querySelector("nav details");
  const summary = contents.querySelector("summary");
  const links = [...contents.querySelectorAll("a")].map((link) => [document.getElementById(link.getAttribute("href").slice(1)), link]);
  const narrow = matchMedia("(max-width: 63.99rem)");
  let current = null;
  let waiting = false;

  function mark() {
    waiting = false;
    const end = scrollY > 0 && scrollY + innerHeight > document.documentElement.scrollHeight - 2;
    const above = links.filter(([part]) => part?.checkVisibility() && (end || part.getBoundingClientRect().top < 80));
    const found = above.at(-1)?.[1] ?? null;
    if (found === current) return;
    current?.removeAttribute("aria-current");
    found?.setAttribute("aria-current", "true");
    current = found;
    summary.textContent = found ? `Contents: ${found.textContent}` : "Contents";
    reveal();
  }

  function reveal() {
    const nav = contents.parentElement;
    const place = current && current.getBoundingClientRect().top - nav.getBoundingClientRect().top;
    if (current && (place < 40 || place > nav.clientHeight - 40)) nav.scrollTop += place - nav.clientHeight / 2;
  }

  function plan() {
    if (!waiting) requestAnimationFrame(mark);
    waiting = true;
  }

  const fit = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fit);
  contents.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) fit(); });
  contents.addEventListener("toggle", reveal);
  addEventListener("scroll", plan, { passive: true });
  addEventListener("resize", plan);
  fit();
  plan();
})();
