import { printable } from './print.ts';

/** Where something is, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** `text` as it stands in XML, in an element or an attribute. */
export function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** A rectangle of a class of the style sheet, with what a viewer tells about it, if anything. */
export function rectangle(kind: string, { x, y, width, height }: Box, radius: number, title = ''): string {
  const start = `<rect class="${kind}" x="${px(x)}" y="${px(y)}" width="${px(width)}" height="${px(height)}" rx="${px(radius)}"`;
  return title === '' ? `${start}/>` : `${start}><title>${escapeXml(title)}</title></rect>`;
}

/** A line of text of a class of the style sheet; `y` is its base line. */
export function label(kind: string, x: number, y: number, text: string): string {
  return `<text class="${kind}" x="${px(x)}" y="${px(y)}">${escapeXml(text)}</text>`;
}

/** About how many characters of a text of `size` pixels fit. */
export function charactersIn(width: number, size: number): number {
  return Math.max(8, Math.floor(width / (size * 0.56)));
}

/** About how wide a text is. */
export function textWidth(text: string, size: number): number {
  return text.length * size * 0.58;
}

function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
