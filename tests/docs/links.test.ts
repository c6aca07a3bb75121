import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { projectFiles, projectRoot, readProjectFile } from '../support/project.ts';
import { type Link, type Pages, anchorsOf, defectOf, namedPages, relativeLinks } from './links.ts';

const disk: Pages = { exists: (path) => existsSync(join(projectRoot, path)), read: readProjectFile };
const rootPages = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'].filter((path) => disk.exists(path));
const markdown = [...rootPages, ...projectFiles(['docs', 'examples', 'bench'], ['.md'])];
const sources = projectFiles(['src', 'assembly', 'bench', 'examples', 'scripts'], ['.ts', '.mjs', '.js']);

function defects(files: readonly string[], linksOf: (path: string, text: string) => Link[]): string[] {
  return files.flatMap((path) =>
    linksOf(path, readProjectFile(path))
      .map((link) => defectOf(link, disk))
      .filter((defect) => defect !== undefined)
      .map((defect) => `${path}: ${defect}`),
  );
}

describe('links', () => {
  it('pages that sources name exist, with the heading', () => {
    assert.deepEqual(
      defects(sources, (_, text) => namedPages(text)),
      [],
    );
  });

  it('pages that pages name exist, with the heading', () => {
    assert.deepEqual(
      defects(markdown, (_, text) => namedPages(text)),
      [],
    );
  });

  it('relative links of pages lead somewhere', () => {
    assert.deepEqual(defects(markdown, relativeLinks), []);
  });
});

describe('the checker sees what it is for', () => {
  const texts = new Map([
    ['docs/a.md', '# One\n\n## Two `words`, one: "heading"\n\n## One\n\n```sh\n# no heading\n```\n'],
    ['docs/b/c.md', '[up](../a.md#one-1) [here](#gone) [out](https://example.org/x.md) [lost](d.md)'],
  ]);
  const pages: Pages = { exists: (path) => texts.has(path), read: (path) => texts.get(path) ?? '' };

  it('names of pages, with and without heading, and no addresses', () => {
    assert.deepEqual(namedPages('see docs/a.md#one, docs/b/c.md. Not https://example.org/docs/x.md'), [
      { page: 'docs/a.md', heading: 'one' },
      { page: 'docs/b/c.md', heading: undefined },
    ]);
  });

  it('anchors as GitHub makes them', () => {
    assert.deepEqual([...anchorsOf(pages.read('docs/a.md'))], ['one', 'two-words-one-heading', 'one-1']);
  });

  it('defects of relative links', () => {
    const found = relativeLinks('docs/b/c.md', pages.read('docs/b/c.md')).map((link) => defectOf(link, pages));
    assert.deepEqual(found, [undefined, 'docs/b/c.md has no heading #gone', 'docs/b/d.md does not exist']);
  });
});
