import type { ReporterOptions } from 'knip';

/** A knip reporter that also says how many files were read: its own JSON does not. */
export default function report({ issues, counters }: ReporterOptions): void {
  const faults: string[] = [];
  for (const [kind, byFile] of Object.entries(issues)) {
    for (const [path, bySymbol] of Object.entries(byFile)) {
      for (const issue of Object.values(bySymbol)) {
        const line = issue.line === undefined ? '' : `:${issue.line}`;
        const what = kind === 'files' ? 'the file' : issue.symbol;
        faults.push(`${path}${line} ${what} is unused or unlisted (${kind}).`);
      }
    }
  }
  console.log(JSON.stringify({ files: counters.processed, faults }));
}
