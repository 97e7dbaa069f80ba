/** An estimate in plain text: tables of at most 100 columns for all actions, sentences for one. */
import type { Estimate } from '../../../core/estimate/estimate-actions.ts';
import type { WeekCount } from '../../../core/outcome/buying-weeks.ts';
import type { Policy } from '../../../core/policy/policy.ts';

const WIDTH = 100;
/** Buying weeks from which a share is told without a warning: its error is below a fifth of it. */
const BUYING_MIN = 30;

export interface EstimateSetting {
  readonly policy: Policy;
  readonly model: string;
  /** P(the typical customer buys in a week without a message). */
  readonly p0: number;
  /** Customers whom an action can reach in a week; `isKnown`: counted or said, not assumed. */
  readonly customers: number;
  readonly isKnown: boolean;
  /** Price of the product that stands for the catalogue; undefined: none is known. */
  readonly price: number | undefined;
  /** Undefined: no data directory was given. */
  readonly weeks: WeekCount | undefined;
}

/** Share of the customers who buy in a week, to three digits; undefined where none bought or none was watched. */
export function countedRate(weeks: WeekCount | undefined): number | undefined {
  if (weeks === undefined || weeks.buying === 0) return undefined;
  return Number((weeks.buying / weeks.weeks).toPrecision(3));
}

/** Weeks until a holdout shows it; infinite: never. */
export function weeksNeeded({ customerWeeks }: Estimate, customers: number): number {
  return Math.ceil(customerWeeks / customers);
}

export function estimateLines(estimates: readonly Estimate[], setting: EstimateSetting): string[] {
  return [
    ...assumed(setting),
    '',
    ...table(estimates, setting),
    '',
    ...legend(setting),
    ...rateLines(setting),
  ];
}

/** Of one action: a paragraph for each channel. */
export function actionLines(estimates: readonly Estimate[], setting: EstimateSetting): string[] {
  return [
    ...assumed(setting),
    ...estimates.flatMap((estimate) => ['', ...wrapped(sentences(estimate, setting))]),
    ...rateLines(setting),
  ];
}

function assumed({ policy, model, p0, price }: EstimateSetting): string[] {
  const says =
    policy.buysPerWeek > 0
      ? `where ${percent(policy.buysPerWeek)} of all do`
      : 'as in the simulated fashion shop in which the model learned: the policy says no buys_per_week';
  const goods =
    price === undefined
      ? 'Orders are of the order_value of the action or the defaults'
      : `A product is one of ${money(price, policy)}, the median of the catalogue`;
  return wrapped(
    `${policy.version}, for a typical customer: bought once a month ago, was here a week ago, got no message yet. Without one ${percent(p0)} of such customers buy in a week, ${says}. Model ${model}. ${goods}.`,
  );
}

const TITLES = ['action', 'channel', 'breaks even', 'says', '1,000 readers', 'drawn', 'weeks'] as const;

function table(estimates: readonly Estimate[], setting: EstimateSetting): string[] {
  const rows = estimates.map((estimate) => [
    estimate.action.id,
    estimate.channel.id,
    Number.isNaN(estimate.breakEvenLift) ? 'never' : digits(estimate.breakEvenLift),
    String(estimate.action.liftMean),
    estimate.worthPer1000Readers.toFixed(2),
    percent(estimate.propensity),
    weeksText(weeksNeeded(estimate, setting.customers)),
  ]);
  const lines = [[...TITLES] as string[], ...rows];
  const widths = TITLES.map((_, at) => Math.max(...lines.map((line) => (line[at] ?? '').length)));
  // What is left for the name; longer ones stand in a line of their own.
  const rest = widths.slice(1).reduce((sum, width) => sum + width + 2, 0);
  const name = Math.min(widths[0] as number, WIDTH - rest);
  return lines.flatMap(([first = '', second = '', ...numbers]) => {
    const cells = [
      second.padEnd(widths[1] as number),
      ...numbers.map((cell, at) => cell.padStart(widths[at + 2] as number)),
    ];
    const long = first.length > name;
    return [...(long ? [first] : []), [(long ? '' : first).padEnd(name), ...cells].join('  ')];
  });
}

function legend({ policy, customers, isKnown }: EstimateSetting): string[] {
  const share = policy.holdout > 0 ? percent(policy.holdout) : '10 % (the policy has none)';
  return wrapped(
    `breaks even: the lift, added purchases per reader, from which it is worth sending; says: the lift of the policy; 1,000 readers: what as many messages as reach 1,000 customers are worth in ${policy.currency}; drawn: against doing nothing alone, before any other candidate; weeks: until a holdout of ${share} shows what it adds, with ${counted(customers, 'customer')} a week${isKnown ? '' : ' (assumed; say --customers)'}, one message each, 7 days to buy, two-sided 5 %, power 80 % (Fleiss, Levin & Paik 2003).`,
  );
}

function sentences(estimate: Estimate, setting: EstimateSetting): string {
  const { action, channel, breakEvenLift, reach, orderValue, margin, discount, customerWeeks, holdoutShare } =
    estimate;
  const { policy, customers, isKnown } = setting;
  const sum = (value: number): string => money(value, policy);
  const offer = discount > 0 ? `, less ${sum(discount)} for its offer on every order` : '';
  const costs = [
    `${sum(channel.costPerMessage)} for the message`,
    ...(estimate.unsubscribeCost > 0
      ? [
          `${sum(estimate.unsubscribe * estimate.unsubscribeCost)} for those who unsubscribe (${percent(estimate.unsubscribe)} of ${sum(estimate.unsubscribeCost)})`,
        ]
      : []),
    ...(discount > 0 ? [`${sum(estimate.p0 * discount)} given to those who buy anyway`] : []),
  ].join(', ');
  const even = Number.isNaN(breakEvenLift)
    ? 'No lift is enough: the offer takes the whole margin.'
    : breakEvenLift <= 0
      ? 'It is worth showing even if it adds nothing.'
      : `It breaks even at a lift of ${digits(breakEvenLift)}: ${digits(breakEvenLift * 1_000)} purchases more of 1,000 readers.`;
  const shown = Number.isFinite(customerWeeks)
    ? `With ${percent(holdoutShare)} held out${policy.holdout > 0 ? '' : ' (the policy has no holdout)'} it takes ${customerWeeks.toLocaleString('en')} customers, each with a message and 7 days, to show that it adds anything (two-sided 5 %, power 80 %): ${counted(weeksNeeded(estimate, customers), 'week')} with ${counted(customers, 'customer')} a week${isKnown ? '' : ' (assumed; say --customers)'}.`
    : 'It adds nothing, so there is nothing that a holdout could show.';
  return `${action.id} on ${channel.id}: it reaches ${percent(reach)} of the customers, and an order of ${sum(orderValue)} leaves ${sum(margin)}${offer}. It costs ${costs}. ${even} The policy says ${action.liftMean} ± ${action.liftSd}: 1,000 readers are worth ${sum(estimate.worthPer1000Readers)}, and against doing nothing alone it is drawn in ${percent(estimate.propensity)} of the decisions. ${shown}`;
}

function rateLines({ policy, weeks }: EstimateSetting): string[] {
  if (weeks === undefined) return [];
  const rate = countedRate(weeks);
  if (rate === undefined) {
    return [
      '',
      ...wrapped(
        `How many buy without a message cannot be told: ${weeks.buying} of ${weeks.weeks} weeks without messages had an order. Import orders of before with "attune send --historical", or wait for the holdout.`,
      ),
    ];
  }
  const few =
    weeks.buying < BUYING_MIN ? ` Only ${weeks.buying} of them had an order: take it with care.` : '';
  const differs = policy.buysPerWeek > 0 ? ` The policy says ${policy.buysPerWeek}.` : '';
  return [
    '',
    ...wrapped(
      `Counted in ${weeks.weeks.toLocaleString('en')} weeks of ${weeks.customers.toLocaleString('en')} customers before any message was sent, and of the holdout since.${few}${differs} For policy.yaml:`,
    ),
    `buys_per_week: ${rate}`,
  ];
}

function weeksText(weeks: number): string {
  return Number.isFinite(weeks) ? weeks.toLocaleString('en') : 'never';
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

function digits(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function percent(share: number): string {
  return `${digits(share * 100)} %`;
}

function money(value: number, { currency }: Policy): string {
  const cents = Math.abs(value) >= 0.1 || value === 0 ? value.toFixed(2) : digits(value);
  return `${cents} ${currency}`;
}

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}
