import { type AuthorList, authorList, type ListName } from '../../policy/list/author-lists.ts';

/** `attune policy reasons | traits | events`: a block of lines for each row, or one JSON object. */
export function printList(name: ListName, asJson: boolean): void {
  const list = authorList(name);
  process.stdout.write(asJson ? `${JSON.stringify({ [name]: list.rows })}\n` : `${listText(list)}\n`);
}

/** Each row's first column alone on its line, the others below it under their headings; empty ones are left out. */
export function listText({ columns, rows }: AuthorList): string {
  const [first = '', ...others] = Object.keys(columns);
  const width = Math.max(...others.map((key) => (columns[key] ?? '').length));
  return rows
    .map((row) =>
      [
        row[first] ?? '',
        ...others
          .filter((key) => row[key] !== '')
          .map((key) => `  ${(columns[key] ?? '').padEnd(width)}  ${row[key] ?? ''}`),
      ].join('\n'),
    )
    .join('\n\n');
}
