import { posix } from 'node:path';

/** A reference to a page, and perhaps to a heading of it. */
export interface Link {
  readonly page: string;
  readonly heading: string | undefined;
}

/** What there is to link to. */
export interface Pages {
  exists(path: string): boolean;
  read(path: string): string;
}

const NAMED = /(?<![\w/.-])docs\/[\w./-]+\.md(?:#[\w-]+)?/g;
const RELATIVE = /\[[^\]]*\]\(([^)\s]+)\)/g;

function link(reference: string): Link {
  const [page = '', heading] = reference.split('#');
  return { page, heading };
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^(```+|~~~+)[^]*?^\1/gm, '');
}

/** Pages named as `docs/…md` or `docs/…md#heading` anywhere in a text. */
export function namedPages(text: string): Link[] {
  return [...text.matchAll(NAMED)].map(([reference]) => link(reference));
}

/** Links of a page to other files or to its own headings, as paths from the root. */
export function relativeLinks(path: string, markdown: string): Link[] {
  return [...withoutFences(markdown).matchAll(RELATIVE)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const { page, heading } = link(target);
      return { page: page === '' ? path : posix.join(posix.dirname(path), page), heading };
    });
}

/** Anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, title = ''] of withoutFences(markdown).matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const anchor = title
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    let unique = anchor;
    for (let n = 1; anchors.has(unique); ++n) unique = `${anchor}-${String(n)}`;
    anchors.add(unique);
  }
  return anchors;
}

/** @returns what is wrong with a link, or undefined */
export function defectOf({ page, heading }: Link, pages: Pages): string | undefined {
  if (!pages.exists(page)) return `${page} does not exist`;
  if (heading === undefined || !page.endsWith('.md')) return undefined;
  return anchorsOf(pages.read(page)).has(heading) ? undefined : `${page} has no heading #${heading}`;
}
