import type { Plan } from '../affinity/plan.ts';
import type { Topology } from '../topology/topology.ts';
import { cpuMap } from './cpu-map.ts';
import { distanceMatrix } from './distance-lines.ts';
import { SHADES, distanceTable } from './distance-svg.ts';
import { type Sample, legendOf } from './legend-svg.ts';
import { nodeGrid } from './node-svg.ts';
import { planSummary } from './plan-lines.ts';
import { oneLine, wrap } from './print.ts';
import { charactersIn, escapeXml, label, rectangle, textWidth } from './svg-elements.ts';
import { machineFacts } from './topology-picture.ts';
import { adviceOn } from './warning-advice.ts';

const WIDTH = 1200;
const MARGIN = 24;
const INNER = WIDTH - 2 * MARGIN;
const LINE = 18;

const STYLE = `
text { font-family: system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; fill: #1f2328 }
.page { fill: #fff; stroke: #d0d7de }
.title { font-size: 22px; font-weight: 600 }
.head { font-size: 14px; font-weight: 600 }
.text { font-size: 13px }
.fact { font-size: 13px; fill: #59636e }
.node { fill: #f6f8fa; stroke: #8c959f }
.name { font-size: 13px; font-weight: 600 }
.memory { font-size: 12px; text-anchor: end; fill: #59636e }
.note { font-size: 11px; fill: #59636e }
.cache { fill: #fff; stroke: #afb8c1 }
.size { font-size: 10px; fill: #59636e }
.core { fill: #d8dee4 }
.id { font-size: 10px; text-anchor: middle; font-variant-numeric: tabular-nums }
.used { fill: #0969da; stroke: #0969da }
.host { fill: #8250df; stroke: #8250df }
.unused { fill: #fff; stroke: #0969da; stroke-dasharray: 3 2 }
.isolated { fill: #ffe08a; stroke: #9a6700 }
.denied { fill: #eaeef2; stroke: #afb8c1 }
.on-used, .on-host, .light { fill: #fff }
.on-denied { fill: #6e7781 }
.strike { stroke: #6e7781; fill: none }
.axis { font-size: 11px; text-anchor: middle; fill: #59636e }
.end { text-anchor: end }
.number { font-size: 11px; text-anchor: middle }
.number.light { fill: #fff }
${SHADES.map((colour, i) => `.d${String(i)} { fill: ${colour} }`).join('\n')}
`;

/** The machine and what an engine would use of it, as one SVG document that needs nothing else. */
export function topologySvg(topology: Topology, plan: Plan): string {
  const map = cpuMap(topology, plan);
  const page = new Page();
  page.line('title', 'NUMA topology', 34);
  for (const line of factLines(machineFacts(topology))) page.paragraph('fact', line);
  page.paragraph('text', `An engine uses ${planSummary(plan)}.`);
  page.space(8);
  page.legend(legendOf(map));
  const grid = nodeGrid(map, topology, plan, INNER);
  page.add(grid.draw(MARGIN, page.y), grid.height);
  const matrix = distanceMatrix(topology.nodes);
  if (matrix !== null) {
    page.heading('Distances');
    const { svg, height } = distanceTable(matrix, MARGIN, page.y, INNER);
    page.add(svg, height);
  }
  if (topology.warnings.length > 0) {
    page.heading('Warnings');
    for (const { code, message } of topology.warnings) {
      page.paragraph('text', oneLine(`${code}: ${message}; ${adviceOn(code)}`));
    }
  }
  return page.document();
}

/** As many facts in a line as fit. */
function factLines(facts: readonly (readonly [name: string, text: string])[]): string[] {
  const lines: string[] = [];
  for (const [name, text] of facts) {
    const longer = `${lines.at(-1) ?? ''}  ·  ${name}: ${text}`;
    if (lines.length > 0 && longer.length <= charactersIn(INNER, 13)) lines.splice(-1, 1, longer);
    else lines.push(`${name}: ${text}`);
  }
  return lines;
}

/** What is drawn so far, from the top down. */
class Page {
  readonly #svg: string[] = [];
  #y = MARGIN;

  /** Where the next thing begins. */
  get y(): number {
    return this.#y;
  }

  add(svg: readonly string[], height: number): void {
    this.#svg.push(...svg);
    this.#y += height;
  }

  space(height: number): void {
    this.#y += height;
  }

  line(kind: string, text: string, height: number): void {
    this.add([label(kind, MARGIN, this.#y + height - 14, text)], height);
  }

  heading(text: string): void {
    this.space(22);
    this.add([label('head', MARGIN, this.#y + 10, text)], 20);
  }

  paragraph(kind: string, text: string): void {
    for (const line of wrap(text, charactersIn(INNER, 13))) {
      this.add([label(kind, MARGIN, this.#y + 12, line)], LINE);
    }
  }

  /** A sample of each kind of CPU that occurs, of a core with several threads and of a cache. */
  legend(samples: readonly Sample[]): void {
    let x = MARGIN;
    for (const { part, words } of samples) {
      this.#svg.push(...part.draw(x, this.#y), label('text', x + part.width + 8, this.#y + 14, words));
      x += part.width + textWidth(words, 13) + 28;
    }
    this.space(samples.length === 0 ? 0 : 34);
  }

  document(): string {
    const height = Math.ceil(this.#y + MARGIN);
    const size = `width="${String(WIDTH)}" height="${String(height)}" viewBox="0 0 ${String(WIDTH)} ${String(height)}"`;
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
      `<title>${escapeXml('NUMA topology')}</title>`,
      `<style>${STYLE}</style>`,
      rectangle('page', { x: 0.5, y: 0.5, width: WIDTH - 1, height: height - 1 }, 8),
      ...this.#svg,
      '</svg>',
      '',
    ].join('\n');
  }
}
