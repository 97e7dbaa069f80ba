/** `node src/policy/list/list-page.ts`: writes the pages of docs/policy that are lists. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AuthorList, authorList, LIST_NAMES } from './author-lists.ts';

/** A page in Markdown, with a final newline. */
export function listPage({ title, intro, columns, code, rows }: AuthorList): string {
  const keys = Object.keys(columns);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const cell = (key: string, value: string): string =>
    (code.includes(key) && value !== '' ? `\`${value}\`` : value).replaceAll('|', String.raw`\|`);
  return [
    `# ${title}`,
    '',
    '<!-- Made from the code by `npm run generate`; change it there. -->',
    '',
    intro,
    '',
    line(keys.map((key) => columns[key] ?? '')),
    line(keys.map(() => '---')),
    ...rows.map((row) => line(keys.map((key) => cell(key, row[key] ?? '')))),
    '',
  ].join('\n');
}

if (import.meta.main)
  for (const name of LIST_NAMES) writeFileSync(join('docs/policy', `${name}.md`), listPage(authorList(name)));
