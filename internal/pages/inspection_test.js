(() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) found.push(`${root.scrollWidth} px wide on a screen of ${root.clientWidth}`);

  // Colours: what is behind a text is the first ground that is not transparent.
  const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 ? m : [...m, 1]; };
  const light = c => {
    const [r, g, b] = c.slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c[3] === 1) return c;
    }
    return [255, 255, 255, 1];
  };
  const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible';
  const short = e => (e.textContent || e.outerHTML).trim().slice(0, 40);
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !shown(e) || e.closest('svg, style')) continue;
    const ratio = contrast(parse(getComputedStyle(e).color), ground(e));
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)} of "${short(e)}"`);
  }
  for (const e of document.querySelectorAll('svg.timeline text')) {
    if (!shown(e)) continue;
    // Words stand in a bar of their own class, else in a shape beside them, else on the page.
    const holder = e.closest('svg.speech');
    const shape = holder ? holder.ownerSVGElement.querySelector(`g.speech > rect.${holder.classList[1]}`) : e.parentElement.querySelector(':scope > rect:not(.lane)');
    const behind = shape && e.parentElement.tagName !== 'svg' || holder ? parse(getComputedStyle(shape).fill) : ground(e);
    const ratio = contrast(parse(getComputedStyle(e).fill), behind);
    if (ratio < 4.5) found.push(`contrast ${ratio.toFixed(2)} of a drawing's "${short(e)}"`);
  }

  for (const name of ['main', 'header.top', 'nav', 'footer', 'h1']) {
    if (!document.querySelector(name)) found.push(`there is no ${name}`);
  }
  let level = 0;
  for (const h of document.querySelectorAll('h1,h2,h3,h4,h5,h6')) {
    const l = Number(h.tagName[1]);
    if (l > level + 1) found.push(`heading "${short(h)}" skips from ${level} to ${l}`);
    level = l;
  }
  for (const e of document.querySelectorAll('a,button,summary,audio,[role=img],section,nav')) {
    const by = e.getAttribute('aria-labelledby');
    const name = e.getAttribute('aria-label') || (by && document.getElementById(by)?.textContent) || (/^(A|BUTTON|SUMMARY)$/.test(e.tagName) && e.textContent);
    if (!name || !name.trim()) found.push(`${e.outerHTML.slice(0, 60)} has no name`);
  }
  const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) found.push(`id ${id} is there twice`);
  for (const e of document.querySelectorAll('a,summary')) {
    const r = e.getBoundingClientRect();
    if (shown(e) && !e.classList.contains('skip') && r.height < 16) found.push(`"${short(e)}" is ${r.height} px high, small to be hit`);
  }
  return found;
})()
