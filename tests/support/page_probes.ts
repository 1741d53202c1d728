/** Expressions that look at a report page from inside: what is drawn, and what can be read. */

/** In the page: the pixels of a chart, read from a copy so that the chart itself stays as it is. */
const PIXELS = `const pixelsOf = (canvas) => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) seen.add(data[i] + "," + data[i + 1] + "," + data[i + 2]);
  return seen;
};`;

/** How many colours each chart holds. */
export const INK =
  `(() => { ${PIXELS} return [...document.querySelectorAll(".plot canvas")].map((canvas) => pixelsOf(canvas).size); })()`;

/** For each chart, whether the colour of each of its series is found in it. */
export const SERIES_DRAWN =
  `(() => { ${PIXELS} return [...document.querySelectorAll("figure")].map((figure) => {
  const seen = pixelsOf(figure.querySelector("canvas"));
  return [...figure.querySelectorAll(".line")].map((line) =>
    seen.has(getComputedStyle(line).borderTopColor.match(/\\d+/g).slice(0, 3).join(",")));
}); })()`;

/** WCAG 2.2 contrast of every visible text against the nearest opaque background; what is too low is returned. */
export const LOW_CONTRAST = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const channel = (value) => value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const backOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || !element.checkVisibility() || element.closest("script")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(backOf(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.add(element.tagName + "." + element.className + " " + ratio.toFixed(2));
  }
  return [...low];
})()`;
