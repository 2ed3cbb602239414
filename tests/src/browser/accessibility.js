// Returns the violations as sentences. Each rule names its success criterion of WCAG 2.2.
(() => {
  const violations = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const isShown = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const report = (rule, element) => violations.push(`${rule}: ${element.outerHTML.replace(/\s+/g, ' ').slice(0, 160)}`);

  const textOfIds = ids => ids.split(/\s+/).map(id => document.getElementById(id)?.textContent ?? '').join(' ').trim();
  const nameOf = element =>
    (element.hasAttribute('aria-labelledby') && textOfIds(element.getAttribute('aria-labelledby'))) ||
    element.getAttribute('aria-label')?.trim() ||
    [...(element.labels ?? [])].map(label => label.textContent.trim()).join(' ') ||
    contentName(element) ||
    element.getAttribute('title')?.trim() || '';
  const contentName = element => {
    if (element.matches('input[type=submit], input[type=button], input[type=reset]')) return element.value;
    if (element.matches('img, input[type=image]')) return element.alt;
    if (!element.matches('a, button, summary, [role=button], [role=link]')) return '';
    const pictures = all('img[alt], svg[aria-label], svg title', element).map(it => it.getAttribute('alt') ?? it.getAttribute('aria-label') ?? it.textContent);
    return [element.textContent, ...pictures].join(' ').trim();
  };

  // 3.1.1, 2.4.2, 1.4.4: the document
  if (!document.documentElement.lang) violations.push('the document has no lang (3.1.1)');
  if (!document.title.trim()) violations.push('the document has no title (2.4.2)');
  const viewport = document.querySelector('meta[name=viewport]')?.content ?? '';
  if (/user-scalable\s*=\s*(no|0)|maximum-scale\s*=\s*[01](\D|$)/.test(viewport)) violations.push('zoom is forbidden (1.4.4)');

  // 1.3.1: structure
  const shownMains = all('main, [role=main]').filter(isShown).length;
  if (shownMains !== 1) violations.push(`${shownMains} main landmarks instead of 1 (1.3.1)`);
  const headings = all('h1, h2, h3, h4, h5, h6').filter(isShown);
  const firsts = headings.filter(heading => heading.tagName === 'H1').length;
  if (firsts !== 1) violations.push(`${firsts} h1 instead of 1 (1.3.1)`);
  let level = 0;
  for (const heading of headings) {
    const next = Number(heading.tagName[1]);
    if (next > level + 1) report(`a heading skips from level ${level} to ${next} (1.3.1)`, heading);
    if (!heading.textContent.trim()) report('empty heading (1.3.1)', heading);
    level = next;
  }
  for (const list of all('ul, ol'))
    for (const child of list.children)
      if (!child.matches('li, script, template')) report('only li belongs into a list (1.3.1)', child);

  // 4.1.2: ids that tie things together
  const ids = new Map();
  for (const element of all('[id]')) {
    if (ids.has(element.id)) report('an id is used twice (4.1.2)', element);
    ids.set(element.id, element);
  }
  for (const attribute of ['for', 'aria-labelledby', 'aria-describedby', 'aria-controls', 'aria-errormessage', 'headers'])
    for (const element of all(`[${attribute}]`))
      for (const id of element.getAttribute(attribute).split(/\s+/).filter(Boolean))
        if (!ids.has(id)) report(`${attribute} names the missing id ${id} (4.1.2)`, element);

  // 4.1.2, 1.1.1: names
  const fields = 'input:not([type=hidden], [type=submit], [type=button], [type=reset], [type=image]), select, textarea';
  for (const field of all(fields).filter(isShown)) if (!nameOf(field)) report('a field without a label (4.1.2)', field);
  for (const control of all('button, input[type=submit], input[type=button], input[type=reset], input[type=image], summary, [role=button], a[href], [role=link]').filter(isShown))
    if (!nameOf(control)) report('a control without a name (4.1.2)', control);
  for (const image of all('img')) if (!image.hasAttribute('alt')) report('an image without alt (1.1.1)', image);
  for (const image of all('svg').filter(isShown))
    if (image.getAttribute('aria-hidden') !== 'true' && !(image.getAttribute('role') === 'img' && (nameOf(image) || image.querySelector('title'))))
      report('an svg that is neither hidden nor a named image (1.1.1)', image);
  for (const frame of all('iframe')) if (!frame.title) report('a frame without title (4.1.2)', frame);
  for (const dialog of all('dialog')) if (!nameOf(dialog)) report('a dialog without a name (4.1.2)', dialog);
  for (const element of all('[aria-hidden=true]'))
    if (all('a[href], button, input, select, textarea, [tabindex]', element).concat(element).some(it => it.tabIndex >= 0 && isShown(it)))
      report('aria-hidden around something that takes the focus (4.1.2)', element);
  for (const element of all('[tabindex]')) if (element.tabIndex > 0) report('a tabindex above 0 (2.4.3)', element);

  // 3.3.1: what is invalid says why
  for (const field of all('[aria-invalid=true]'))
    if (!textOfIds(`${field.getAttribute('aria-describedby') ?? ''} ${field.getAttribute('aria-errormessage') ?? ''}`))
      report('an invalid field without a message tied to it (3.3.1)', field);

  // 1.3.1: groups and tables
  for (const group of all('fieldset')) if (!group.querySelector(':scope > legend')?.textContent.trim()) report('a fieldset without legend (1.3.1)', group);
  for (const table of all('table:not([role=presentation])')) {
    if (!table.caption?.textContent.trim() && !nameOf(table)) report('a table without caption (1.3.1)', table);
    if (!table.querySelector('th')) report('a table without header cells (1.3.1)', table);
  }
  for (const header of all('table:not([role=presentation]) th')) if (!header.scope) report('a header cell without scope (1.3.1)', header);

  // 2.5.8: targets of 24 px, but for links within a sentence
  for (const control of all('button, input:not([type=hidden]), select, summary, [role=button]').filter(isShown)) {
    const target = control.matches('input[type=checkbox], input[type=radio]') && control.labels?.[0] ? [control, control.labels[0]] : [control];
    const sizes = target.map(it => it.getBoundingClientRect());
    if (sizes.every(size => size.width < 24 || size.height < 24)) report('a target below 24 px (2.5.8)', control);
  }

  // 1.4.3: contrast. Colours go through a canvas, which understands every notation.
  const brush = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const rgba = colour => {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = brush.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], below) => [r, g, b].map((value, i) => value * a + below[i] * (1 - a)).concat(1);
  const canvas = matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? [18, 18, 18, 1] : [255, 255, 255, 1];
  // Undefined where a picture lies behind the text: that a machine cannot judge.
  const backgroundOf = element => {
    if (!element) return canvas;
    const style = getComputedStyle(element);
    if (style.backgroundImage !== 'none') return undefined;
    const own = rgba(style.backgroundColor);
    if (own[3] === 1) return own;
    const below = backgroundOf(element.parentElement);
    return below && over(own, below);
  };
  const luminance = ([r, g, b]) => [r, g, b]
    .map(value => value / 255)
    .map(value => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, i) => sum + value * [0.2126, 0.7152, 0.0722][i], 0);
  const hasOwnText = element => [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  for (const element of all('body *').filter(isShown)) {
    const isField = element.matches('input:not([type=hidden], [type=checkbox], [type=radio], [type=range], [type=color]), select, textarea');
    if (!(isField || hasOwnText(element)) || element.closest('svg, :disabled, [aria-disabled=true], label:has(:disabled)')) continue;
    const box = element.getBoundingClientRect();
    if (box.width <= 1 || box.height <= 1) continue; // for screen readers only
    const background = backgroundOf(element);
    if (!background) continue;
    const style = getComputedStyle(element);
    const [light, dark] = [luminance(over(rgba(style.color), background)), luminance(background)].sort((a, b) => b - a);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = (light + 0.05) / (dark + 0.05);
    if (ratio < (isLarge ? 3 : 4.5)) report(`contrast ${ratio.toFixed(2)} (1.4.3)`, element);
  }
  return violations;
})()
