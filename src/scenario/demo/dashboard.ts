/** What the demo shows while it runs: on a terminal a block that is redrawn, anywhere else a plain line every 5 s. */
import { DAY_MS } from '../../base/clock.ts';
import { isLive, type ProgressOutput, painter } from '../../node/command/progress.ts';
import type { ShopLedger } from '../../world/shop-ledger.ts';
import type { DemoTally } from './demo-tally.ts';

export interface DashboardState {
  readonly tally: DemoTally;
  readonly ledger: ShopLedger;
  /** Seconds since the start, and how many the demo lasts. */
  readonly seconds: number;
  readonly ofSeconds: number;
  /** The shop's time. */
  readonly now: number;
  readonly startAt: number;
}

const REDRAW_MS = 250;
const PLAIN_MS = 5_000;
const ACTIONS_SHOWN = 8;
const SMOOTH = 0.3;

export class Dashboard {
  readonly #output: ProgressOutput;
  readonly #live: boolean;
  readonly #paint: (code: string, text: string) => string;
  readonly #rates = { events: 0, decisions: 0, feedback: 0 };
  #before = { at: 0, events: 0, decisions: 0, feedback: 0 };
  #shownAt = 0;
  #lines = 0;

  constructor(output: ProgressOutput) {
    this.#output = output;
    this.#live = isLive(output);
    this.#paint = painter(output);
    if (this.#live) output.write('\u001b[?25l');
  }

  /** Shows the state if it is time to. */
  update(shown: DashboardState, now = performance.now()): void {
    if (now - this.#shownAt < (this.#live ? REDRAW_MS : PLAIN_MS)) return;
    this.#measure(shown, now);
    this.#shownAt = now;
    if (this.#live) this.#draw(blockText(shown, this.#rates, this.#paint));
    else this.#output.write(`${lineText(shown, this.#rates)}\n`);
  }

  /** Shows the end state and gives the cursor back. */
  end(shown: DashboardState): void {
    this.#measure(shown, performance.now());
    const block = blockText(shown, averages(shown), this.#paint);
    if (this.#live) this.#draw(block);
    else this.#output.write(`${block.join('\n')}\n`);
    this.close();
  }

  /** Gives the cursor back, whatever was shown. */
  close(): void {
    if (this.#live) this.#output.write('\u001b[?25h');
    this.#lines = 0;
  }

  #measure({ tally }: DashboardState, now: number): void {
    const seconds = Math.max(0.001, (now - this.#before.at) / 1_000);
    for (const name of ['events', 'decisions', 'feedback'] as const) {
      const rate = (tally[name] - this.#before[name]) / seconds;
      this.#rates[name] += SMOOTH * (rate - this.#rates[name]);
    }
    this.#before = { at: now, events: tally.events, decisions: tally.decisions, feedback: tally.feedback };
  }

  #draw(lines: readonly string[]): void {
    const up = this.#lines > 0 ? `\u001b[${this.#lines}A` : '';
    const width = Math.max(40, (this.#output.columns ?? 100) - 1);
    this.#output.write(`${up}${lines.map((line) => `\u001b[2K${cut(line, width)}\n`).join('')}`);
    this.#lines = lines.length;
  }
}

interface Rates {
  readonly events: number;
  readonly decisions: number;
  readonly feedback: number;
}

function averages({ tally, seconds }: DashboardState): Rates {
  const per = (count: number): number => count / Math.max(0.001, seconds);
  return { events: per(tally.events), decisions: per(tally.decisions), feedback: per(tally.feedback) };
}

function blockText(
  shown: DashboardState,
  rates: Rates,
  paint: (code: string, text: string) => string,
): string[] {
  const { tally, ledger } = shown;
  const label = (text: string): string => paint('36', text.padEnd(10));
  return [
    paint(
      '1',
      `Attune demo   shop time ${clockText(shown)}   ${shown.seconds.toFixed(0)} s of ${shown.ofSeconds} s`,
    ),
    `${label('rates')}${rateText('events', tally.events, rates.events)}   ${rateText('decisions', tally.decisions, rates.decisions)}   ${rateText('feedback', tally.feedback, rates.feedback)}`,
    `${label('Decide')}${latencyText(tally.decideMs)}`,
    `${label('Publish')}${latencyText(tally.publishMs)}`,
    `${label('by itself')}${count(tally.ownDecisions)} decisions of triggers and plans, ${count(tally.dispatches)} dispatches, ${count(tally.withdrawals)} withdrawn`,
    `${label('channels')}${countsText(tally.channels, 9)}`,
    `${label('actions')}${countsText(tally.actions, ACTIONS_SHOWN)}`,
    `${label('nothing')}${countsText(tally.reasons, ACTIONS_SHOWN)}`,
    `${label('shop')}${count(ledger.visits)} visits, ${count(ledger.orders)} orders (${count(ledger.inducedOrders)} brought by a message or a place), ${count(ledger.clicks)} clicks, ${count(ledger.unsubscribes)} unsubscribed`,
    ...(tally.refusals.size === 0
      ? []
      : [`${paint('31', 'refused'.padEnd(10))}${countsText(tally.refusals, 3)}`]),
  ];
}

function lineText(shown: DashboardState, rates: Rates): string {
  const { tally } = shown;
  return [
    `${shown.seconds.toFixed(0).padStart(3)} s`,
    clockText(shown),
    rateText('events', tally.events, rates.events),
    rateText('decisions', tally.decisions, rates.decisions),
    `p50 ${ms(tally.decideMs.quantileMs(0.5))} p99 ${ms(tally.decideMs.quantileMs(0.99))}`,
    `top ${countsText(tally.actions, 2)}`,
    `nothing ${countsText(tally.reasons, 1)}`,
  ].join('  ');
}

function clockText({ now, startAt }: DashboardState): string {
  const day = Math.floor(now / DAY_MS) - Math.floor(startAt / DAY_MS) + 1;
  return `day ${day}, ${new Date(now).toISOString().slice(11, 16)} UTC`;
}

function rateText(name: string, total: number, rate: number): string {
  return `${count(total)} ${name} (${rate.toFixed(0)}/s)`;
}

function latencyText(histogram: { readonly count: number; quantileMs(q: number): number }): string {
  if (histogram.count === 0) return 'none yet';
  const at = (q: number): string => ms(histogram.quantileMs(q));
  return `p50 ${at(0.5)}   p99 ${at(0.99)}   p999 ${at(0.999)}   (asked to durable answer, at the client)`;
}

function ms(value: number): string {
  return Number.isNaN(value) ? '-' : `${value.toFixed(1)} ms`;
}

function countsText(counts: ReadonlyMap<string, number>, max: number): string {
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  const more = sorted.length > max ? `, ${sorted.length - max} more` : '';
  return `${
    sorted
      .slice(0, max)
      .map(([name, times]) => `${name} ${count(times)}`)
      .join(', ') || 'none yet'
  }${more}`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}

/** Cuts to a visible width: colour codes take no room. */
function cut(line: string, width: number): string {
  let seen = 0;
  let at = 0;
  while (at < line.length && seen < width) {
    const colourEnd = line[at] === '\u001b' ? line.indexOf('m', at) : -1;
    if (colourEnd >= 0) at = colourEnd + 1;
    else {
      at++;
      seen++;
    }
  }
  return at >= line.length ? line : `${line.slice(0, at)}\u001b[0m`;
}
