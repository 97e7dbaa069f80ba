/**
 * How far long work has come: one line that is drawn again on a terminal, a plain line now and then anywhere else (a log
 * file, a terminal without cursor). Always on stderr, so that a result on stdout stays clean.
 */

/** Where progress is shown; a part of `process.stderr`. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Progress {
  /** `of`: undefined when nobody knows. `note` stands behind the figures. */
  update(done: number, of?: number, note?: string): void;
  /** Takes the bar away; `text` stays in its place. */
  end(text?: string): void;
}

const REDRAW_MS = 100;
const PLAIN_MS = 5_000;
const BAR = 24;

/** Begins to show progress of `label`. Work that ends within the first interval shows nothing but its end. */
export function startProgress(
  label: string,
  output: ProgressOutput = process.stderr,
  now: () => number = () => performance.now(),
): Progress {
  const live = isLive(output);
  const paint = painter(output);
  let shownAt = now();
  let drawn = false;
  return {
    update(done, of, note = '') {
      const at = now();
      if (at - shownAt < (live ? REDRAW_MS : PLAIN_MS)) return;
      shownAt = at;
      if (!live) {
        output.write(`${label}: ${figures(done, of)}${note === '' ? '' : `, ${note}`}\n`);
        return;
      }
      const text = `${label} ${of === undefined ? '' : `${bar(done, of)} `}${figures(done, of)}${note === '' ? '' : `  ${note}`}`;
      output.write(`\r\u001b[2K${paint('36', text.slice(0, Math.max(20, (output.columns ?? 80) - 1)))}`);
      drawn = true;
    },
    end(text) {
      if (drawn) output.write('\r\u001b[2K');
      if (text !== undefined) output.write(`${text}\n`);
    },
  };
}

/** Whether lines can be drawn again. */
export function isLive(
  output: ProgressOutput,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return output.isTTY === true && env.TERM !== 'dumb';
}

/** Colours text by an SGR code where the terminal has colours and NO_COLOR (no-color.org) does not forbid it. */
export function painter(
  output: ProgressOutput,
  env: Readonly<Record<string, string | undefined>> = process.env,
): (code: string, text: string) => string {
  const colours = isLive(output, env) && (env.NO_COLOR ?? '') === '';
  return (code, text) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
}

function bar(done: number, of: number): string {
  const full = Math.min(BAR, Math.floor((BAR * done) / Math.max(1, of)));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR - full)}]`;
}

function figures(done: number, of: number | undefined): string {
  const count = done.toLocaleString('en');
  if (of === undefined) return count;
  return `${count} of ${of.toLocaleString('en')} (${Math.floor((100 * done) / Math.max(1, of))} %)`;
}
