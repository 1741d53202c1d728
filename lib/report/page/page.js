/**
 * Draws the charts of a report page. Plain script, inlined; `uPlot` stands before it, the figures in `#data`
 * (`ChartData` of chart_data.ts), and `numbers` (numbers.js). What can be said in tables is in the page already.
 */
(() => {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const box = document.getElementById("charts");
  const root = document.documentElement;
  const many = data.names.length > 1;
  const kinds = Object.keys(data.latency);
  const state = { kind: kinds.at(-1), percentile: "99", scale: 3 };
  /** @type {{ spec: object, holder: HTMLElement, readout: HTMLElement, plot?: object }[]} */
  const charts = [];

  const { duration, rate, share, clock, clockTo, short, shortDuration, percentile } = numbers;

  // Charts as data: what is drawn, and how its axes read.
  const color = (index) => `--s${index % 8}`;
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5], [12, 4], [3, 6], [6, 2, 2, 2]];

  /** Ticks at the distances that clocks have. */
  const hours = [1, 2, 3, 6, 12, 24, 48].map((count) => count * 3600);
  const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, ...hours];
  const timeAxis = { xText: clock, xTicks: clockTo, xSteps: steps, marks: data.changes };

  /** What the client and the broker did meanwhile, see `HealthChart`. */
  const healthSpec = (health) => () => {
    const texts = { count: [short, short], duration: [duration, shortDuration], share: [share, share] };
    const [yText, yAxis] = texts[health.kind];
    return {
      title: health.title,
      unit: health.unit,
      x: health.chart.x,
      series: perResult(health.chart.columns).map((series) => ({
        ...series,
        name: many ? series.name : health.title.toLowerCase(),
      })),
      ...timeAxis,
      yText,
      yAxis,
      zero: true,
    };
  };

  function rateSpec() {
    const series = data.names.map((name, index) => ({
      name: many ? name : "actual",
      color: color(index),
      values: data.rate.columns[index],
    }));
    data.target.columns.forEach((values, index) => {
      if (values.every((value) => value === null)) return;
      const repeated = data.target.columns.findIndex((other) => String(other) === String(values)) < index;
      if (repeated) return;
      series.push({
        name: many ? `target of ${data.names[index]}` : "target",
        color: many ? color(index) : "--soft",
        dash: [6, 5],
        width: 1.5,
        values,
      });
    });
    return {
      title: "Throughput",
      unit: "messages per second",
      x: data.rate.x,
      series,
      ...timeAxis,
      yText: rate,
      yAxis: short,
      zero: true,
    };
  }

  function timeSpec() {
    const latency = data.latency[state.kind];
    const shared = {
      title: `${latency.title} over time`,
      x: data.rate.x,
      ...timeAxis,
      yText: duration,
      yAxis: shortDuration,
      yScale: state.scale,
    };
    if (many) {
      const chart = latency.overTime[state.percentile];
      const name = state.percentile === "max" ? "max" : `P${state.percentile}`;
      return { ...shared, unit: name, x: chart.x, series: perResult(chart.columns) };
    }
    const series = Object.entries(latency.overTime).map(([key, chart], index) => ({
      name: key === "max" ? "max" : `P${key}`,
      color: color(index),
      dash: dashes[index],
      values: chart.columns[0],
    }));
    return { ...shared, unit: "per interval", x: latency.overTime["50"].x, series };
  }

  const perResult = (columns) =>
    columns.map((values, index) => ({
      name: data.names[index],
      color: color(index),
      dash: dashes[index % 8],
      values,
    }))
      .filter(({ values }) => values.some((value) => value !== null));

  function curveSpec() {
    const { title, curve } = data.latency[state.kind];
    return {
      title: `${title} by percentile`,
      unit: "whole run",
      x: curve.x,
      series: perResult(curve.columns).map((series) => ({ ...series, name: many ? series.name : title })),
      xScale: 3,
      xText: percentile,
      xAxis: (inverse) => inverse === 1 ? "0%" : `${+(100 * (1 - 1 / inverse)).toFixed(6)}%`,
      yText: duration,
      yAxis: shortDuration,
      yScale: state.scale,
    };
  }

  function binSpec() {
    const { title, bins } = data.latency[state.kind];
    return {
      title: `${title}: distribution`,
      unit: "share of messages",
      x: bins.x,
      series: perResult(bins.columns).map((series) => ({
        ...series,
        name: many ? series.name : "share",
        dash: [],
        filled: true,
        stepped: true,
      })),
      xScale: 3,
      xText: (us) => `from ${duration(us)}`,
      xAxis: shortDuration,
      yText: share,
      yAxis: (value) => `${+(value * 100).toPrecision(3)}%`,
      zero: true,
    };
  }

  // Drawing.
  // A canvas can't read `light-dark()`, but an element that wears the colour tells what it came to.
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const css = (name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const faded = (name, alpha) => css(name).replace("rgb(", "rgba(").replace(")", `, ${alpha})`);
  const font = "12px system-ui, sans-serif";

  function axis(text, size, ticks) {
    const line = () => ({ stroke: css("--grid"), width: 1 });
    return {
      font,
      size,
      stroke: css("--soft"),
      grid: line(),
      ticks: { ...line(), size: 4 },
      values: (_plot, splits, _axis, _space, step) =>
        splits.map((split) => split === null ? "" : ticks ? ticks(split, step) : text(split)),
    };
  }

  function draw(chart) {
    const { spec, holder } = chart;
    chart.plot?.destroy();
    const stepped = uPlot.paths.stepped({ align: 1 });
    const width = Math.max(280, holder.clientWidth);
    const options = {
      width,
      height: Math.round(Math.min(320, Math.max(230, width * 0.5))),
      legend: { show: false },
      cursor: { drag: { x: true, y: false }, points: { size: 7 }, y: false },
      scales: {
        x: {
          time: false,
          distr: spec.xScale ?? 1,
          ...(spec.xScale === 3 ? { range: (_p, low, high) => [low, high] } : {}),
        },
        y: {
          distr: spec.yScale ?? 1,
          range: spec.yScale === 3
            ? (_p, low, high) => uPlot.rangeLog(low, high === low ? low * 10 : high, 10, false)
            : (_p, low, high) =>
              spec.zero || spec.yScale ? [0, (high || 1) * 1.08] : uPlot.rangeNum(low, high, 0.1, true),
        },
      },
      axes: [
        {
          ...axis(spec.xAxis ?? spec.xText, 34, spec.xTicks),
          ...(spec.xSteps ? { incrs: spec.xSteps } : {}),
        },
        axis(spec.yAxis, 62),
      ],
      series: [
        {},
        ...spec.series.map((series) => ({
          label: series.name,
          stroke: css(series.color),
          width: series.width ?? 2,
          dash: series.dash ?? [],
          spanGaps: true,
          points: { show: spec.x.length < 40 && !series.stepped, size: 5, fill: css("--card") },
          ...(series.stepped ? { paths: stepped } : {}),
          ...(series.filled ? { fill: faded(series.color, many ? 0.2 : 0.3) } : {}),
        })),
      ],
      hooks: {
        setCursor: [(plot) => readOut(chart, plot.cursor.idx)],
        draw: [(plot) => drawMarks(plot, spec.marks ?? [])],
      },
    };
    for (const [index, scale] of [spec.xScale, spec.yScale].entries()) {
      if (scale !== 3) continue;
      const room = index === 0 ? Math.max(2, Math.floor((width - 90) / 64)) : 12;
      options.axes[index].splits = (_plot, _axis, low, high) => logSplits(low, high, room, index === 1);
      options.axes[index].filter = (_plot, splits) => splits;
    }
    chart.plot = new uPlot(options, [spec.x, ...spec.series.map(({ values }) => values)], holder);
    chart.plot.root.setAttribute("aria-hidden", "true");
    readOut(chart, null);
  }

  /** A dotted line at each moment something was changed; its text too, where the one before leaves room. */
  function drawMarks(plot, marks) {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    const times = plot.data[0];
    let free = bbox.left;
    ctx.save();
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    ctx.lineWidth = 1.5 * ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    for (const { x, text, result } of marks) {
      // Points stand in the middle of their intervals: half of the first and of the last lies beyond them.
      const at = plot.valToPos(Math.min(Math.max(x, times[0]), times.at(-1)), "x", true);
      if (at < bbox.left || at > bbox.left + bbox.width) continue;
      ctx.strokeStyle = ctx.fillStyle = css(many ? color(result) : "--soft");
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      const gap = 4 * ratio;
      const width = ctx.measureText(text).width;
      // To the left of the line where the right has no room.
      const left = at + gap + width <= bbox.left + bbox.width ? at + gap : at - gap - width;
      if (left < free) continue;
      ctx.fillText(text, left, bbox.top + 2 * ratio);
      free = left + width + gap;
    }
    ctx.restore();
  }

  /** Whole decades, no more than there is room for; where they are few and `dense`, also 2 and 5 of each. */
  function logSplits(low, high, room, dense) {
    const inside = (value) => value >= low * 0.999 && value <= high * 1.001;
    const first = Math.floor(Math.log10(low));
    const count = Math.ceil(Math.log10(high)) - first + 1;
    const decades = Array.from({ length: count }, (_, index) => 10 ** (first + index));
    const whole = decades.filter(inside);
    if (dense && whole.length < 3) return decades.flatMap((at) => [at, 2 * at, 5 * at]).filter(inside);
    const step = Math.ceil(whole.length / room);
    return whole.filter((_, index) => index % step === 0);
  }

  function readOut(chart, index) {
    const { spec, readout } = chart;
    const parts = spec.series.map((series, position) => {
      const key = `<i class="line${
        series.dash?.length ? " dashed" : ""
      }" style="--key:var(${series.color})"></i>`;
      const value = index === null || index === undefined ? null : series.values[index];
      const text = value === null || value === undefined ? "" : ` <b>${spec.yText(value)}</b>`;
      return `<span data-series="${position}">${key}${escapeText(series.name)}${text}</span>`;
    });
    const at = index === null || index === undefined ? "" : `<b>${spec.xText(spec.x[index])}</b> `;
    readout.innerHTML = at + parts.join(" ");
  }

  const escapeText = (text) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

  // Keyboard, tables, controls.
  function onKey(chart, event) {
    const last = chart.spec.x.length - 1;
    const now = chart.index ?? -1;
    const next =
      { ArrowRight: Math.min(last, now + 1), ArrowLeft: Math.max(0, now - 1), Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    chart.index = next;
    chart.plot.setCursor({ left: chart.plot.valToPos(chart.spec.x[next], "x"), top: 10 });
    readOut(chart, next);
  }

  function tableOf(spec) {
    const head = ["", ...spec.series.map(({ name }) => name)].map((name) =>
      `<th scope="col">${escapeText(name)}</th>`
    );
    const rows = spec.x.map((x, index) => {
      const cells = spec.series.map(({ values }) =>
        `<td>${values[index] === null ? "" : spec.yText(values[index])}</td>`
      );
      return `<tr><th scope="row">${spec.xText(x)}</th>${cells.join("")}</tr>`;
    });
    return `<table class="numbers"><caption class="unseen">${escapeText(spec.title)}</caption>` +
      `<thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }

  function addChart(make) {
    const card = document.createElement("figure");
    card.className = "card";
    card.innerHTML = `<figcaption></figcaption><div class="plot" tabindex="0" role="img"></div>` +
      `<p class="readout" aria-live="polite"></p>` +
      `<details><summary>Figures of this chart as a table</summary><div class="figures" tabindex="0"></div></details>`;
    box.append(card);
    const chart = {
      make,
      holder: card.querySelector(".plot"),
      readout: card.querySelector(".readout"),
      card,
    };
    chart.holder.addEventListener("keydown", (event) => onKey(chart, event));
    card.querySelector("details").addEventListener("toggle", () => fillTable(chart));
    charts.push(chart);
  }

  function fillTable(chart) {
    const details = chart.card.querySelector("details");
    if (details.open) details.querySelector(".figures").innerHTML = tableOf(chart.spec);
  }

  function refresh() {
    for (const chart of charts) {
      chart.spec = chart.make();
      chart.index = undefined;
      const { title, unit } = chart.spec;
      chart.card.querySelector("figcaption").innerHTML = `${escapeText(title)} <small>${
        escapeText(unit)
      }</small>`;
      chart.holder.setAttribute(
        "aria-label",
        `${title}, ${unit}. Arrow keys move through the figures; a table follows.`,
      );
      draw(chart);
      fillTable(chart);
    }
  }

  function choice(legend, name, options, chosen) {
    const set = document.createElement("fieldset");
    set.innerHTML = `<legend>${legend}</legend>` +
      options.map(([value, text]) =>
        `<label><input type="radio" name="${name}" value="${value}"${
          value === chosen ? " checked" : ""
        }> ${text}</label>`
      ).join("");
    set.addEventListener("change", (event) => {
      state[name] = name === "scale" ? Number(event.target.value) : event.target.value;
      refresh();
    });
    return set;
  }

  function addControls() {
    const bar = document.createElement("div");
    bar.className = "card controls";
    if (kinds.length > 1) {
      bar.append(
        choice("Latency", "kind", kinds.map((kind) => [kind, data.latency[kind].title]), state.kind),
      );
    }
    if (many) {
      const percentiles = Object.keys(data.latency[state.kind].overTime)
        .sort((a, b) => (a === "max") - (b === "max") || a - b)
        .map((key) => [key, key === "max" ? "max" : `P${key}`]);
      bar.append(choice("Over time", "percentile", percentiles, state.percentile));
    }
    bar.append(choice("Latency axis", "scale", [["3", "logarithmic"], ["1", "linear"]], "3"));
    const hint = document.createElement("p");
    hint.className = "hint";
    hint.textContent = "Drag in a chart to zoom, double-click to see all of it; arrow keys read it out.";
    bar.append(hint);
    box.append(bar);
  }

  // Light and dark; paper is always light.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const themes = ["system", "light", "dark"];
  let theme = "system";

  function applyTheme(printing = false) {
    const use = printing ? "light" : theme === "system" ? (dark.matches ? "dark" : "light") : theme;
    if (root.dataset.theme === use) return;
    root.dataset.theme = use;
    refresh();
  }

  const button = document.getElementById("theme");
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    button.textContent = `Theme: ${theme}`;
    applyTheme();
  });

  if (kinds.length > 0) addControls();
  if (data.rate.x.length > 0) addChart(rateSpec);
  if (kinds.length > 0) {
    if (data.rate.x.length > 0) addChart(timeSpec);
    addChart(curveSpec);
    addChart(binSpec);
  }
  for (const health of data.health) addChart(healthSpec(health));
  applyTheme();
  dark.addEventListener("change", () => applyTheme());
  matchMedia("print").addEventListener("change", (event) => applyTheme(event.matches));

  let width = box.clientWidth;
  addEventListener("resize", () => {
    if (box.clientWidth === width) return;
    width = box.clientWidth;
    for (const chart of charts) draw(chart);
  });
})();
