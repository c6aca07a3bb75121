import type { Matrix } from './distance-lines.ts';
import { label, rectangle } from './svg-elements.ts';

/** Shades from near to far; class `d0` … in the style sheet. */
export const SHADES = ['#ddf4ff', '#b6e3ff', '#80ccff', '#54aeff', '#218bff', '#0969da', '#0550ae', '#033d8b'] as const;
/** From this shade on text on it is white. */
const FIRST_DARK = 4;
/** From one shade of the key to the next. */
const KEY_STEP = 80;
/** Up to so many nodes a cell has its number. */
const MOST_NUMBERS = 24;

/** The distances as a table of shaded cells, the from-nodes below each other. */
export function distanceTable(
  { ids, rows }: Matrix,
  x: number,
  y: number,
  width: number,
): { svg: string[]; height: number } {
  const numbered = ids.length <= MOST_NUMBERS;
  const side = numbered
    ? Math.min(38, (width - 60) / ids.length)
    : Math.max(6, Math.min(14, (width - 60) / ids.length));
  const [left, top] = [x + 60, y + 20];
  const height = numbered ? 24 : side;
  const shadeOf = shades(rows);
  // Where cells are small, the names of all nodes would overlap.
  const every = numbered ? 1 : Math.ceil(24 / side);
  const svg = ids.flatMap((id, i) => {
    if (i % every !== 0) return [];
    return [
      label('axis', left + (i + 0.5) * side, y + 14, String(id)),
      label('axis end', left - 8, top + i * height + (numbered ? 16 : side), String(id)),
    ];
  });
  rows.forEach((row, i) => {
    row.forEach((distance, k) => {
      const shade = shadeOf(distance);
      const box = { x: left + k * side, y: top + i * height, width: side - 1, height: height - 1 };
      const title = `node ${String(ids[i])} to node ${String(ids[k])}: ${String(distance)}`;
      svg.push(rectangle(`d${String(shade)}`, box, numbered ? 2 : 0, title));
      const kind = shade < FIRST_DARK ? 'number' : 'number light';
      if (numbered) svg.push(label(kind, box.x + side / 2, box.y + 16, String(distance)));
    });
  });
  const bottom = top + rows.length * height;
  if (!numbered) svg.push(...shadeKey(rows, left, bottom + 8));
  const corner = label('axis end', left - 8, y + 14, 'from \\ to');
  return { svg: [corner, ...svg], height: bottom - y + (numbered ? 0 : 30) };
}

/** What the shades stand for, where cells have no room for numbers. */
function shadeKey(rows: readonly (readonly number[])[], x: number, y: number): string[] {
  const ranks = [...new Set(rows.flat())].sort((a, b) => a - b);
  const shadeOf = shades(rows);
  return [...new Set(ranks.map(shadeOf))].flatMap((shade, i) => {
    const own = ranks.filter((distance) => shadeOf(distance) === shade);
    const text = [...new Set([own[0], own.at(-1)])].join('–');
    const left = x + i * KEY_STEP;
    return [
      rectangle(`d${String(shade)}`, { x: left, y, width: 18, height: 18 }, 2),
      label('note', left + 24, y + 13, text),
    ];
  });
}

/** The shade of a distance: by its rank, as firmware's numbers have no unit. */
function shades(rows: readonly (readonly number[])[]): (distance: number) => number {
  const ranks = [...new Set(rows.flat())].sort((a, b) => a - b);
  const step = (SHADES.length - 1) / Math.max(1, ranks.length - 1);
  return (distance) => Math.round(ranks.indexOf(distance) * step);
}
