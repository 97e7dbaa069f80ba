import { createHash } from 'node:crypto';
import { openOnnxScorer } from '../adapter/onnx/onnx-scorer.ts';
import { err, ok, type Result } from '../base/result.ts';
import { CommandError } from '../node/command/command-line.ts';
import { SCORER_MODEL } from '../node/model-versions.ts';
import type { ExportHead } from './export-rows.ts';

/** Stands for the version in the text that the version is made from. */
const UNVERSIONED = 'unversioned';

/** The parts of a card that training writes. */
interface CardParts {
  readonly heads: readonly string[];
  readonly calibration: unknown;
  readonly baseRates: unknown;
  readonly metrics: unknown;
  readonly calibrationTable: unknown;
  readonly calibrationByAge: unknown;
  readonly goldenRows: unknown;
}

/**
 * The card of a model, and the model's digest: 12 hexadecimal digits of all that is served, card and model. Opens it as
 * the service would; throws CommandError with a sentence for each fault.
 */
export async function makeCard(
  model: Uint8Array,
  parts: string,
  heads: readonly ExportHead[],
): Promise<{ readonly card: string; readonly version: string }> {
  const text = cardText(UNVERSIONED, model, JSON.parse(parts) as CardParts, heads);
  const version = createHash('sha256').update(text).update(model).digest('hex').slice(0, 12);
  const checked = await check(text, model);
  if (!checked.ok) throw new CommandError(checked.error.join('\n'));
  return { card: text, version };
}

/** What the card says of each simulated shop that its rows came from. */
const SHOP_FIELDS = [
  ...(['seed', 'customers', 'days', 'outreach', 'holdout', 'rows', 'outcomes', 'truncated'] as const),
  ...(['weeks', 'buyingWeeks', 'sha256'] as const),
];

/** The card's text for the version under which it is installed. */
export function withVersion(card: string, version: string): string {
  return card.replace(`"version": "${UNVERSIONED}"`, `"version": "${version}"`);
}

async function check(card: string, model: Uint8Array): Promise<Result<true, readonly string[]>> {
  const opened = await openOnnxScorer(card, model);
  if (!opened.ok) return err(opened.error);
  await opened.value.close();
  return ok(true);
}

function cardText(
  version: string,
  model: Uint8Array,
  parts: CardParts,
  heads: readonly ExportHead[],
): string {
  const [first] = heads;
  if (first === undefined) throw new RangeError('a card wants at least one export');
  const card = {
    name: SCORER_MODEL,
    version,
    sha256: createHash('sha256').update(model).digest('hex'),
    features: first.features,
    featureSpecHash: first.featureSpecHash,
    heads: parts.heads,
    calibration: parts.calibration,
    baseRates: parts.baseRates,
    buysPerWeek: buysPerWeek(heads),
    dataWindow: {
      from: heads.map(({ from }) => from).sort()[0],
      to: heads
        .map(({ to }) => to)
        .sort()
        .at(-1),
      source: 'the simulated shop, in the log of a node with base rates for a model',
      policy: first.policy,
      explore: first.explore,
      shops: heads.map((head) => Object.fromEntries(SHOP_FIELDS.map((field) => [field, head[field]]))),
    },
    metrics: parts.metrics,
    calibrationTable: parts.calibrationTable,
    calibrationByAge: parts.calibrationByAge,
    goldenRows: parts.goldenRows,
  };
  return `${lists(JSON.stringify(card, null, 2))}\n`;
}

/** Share of the customers who bought in a week without messages, over the shops that had a holdout. */
function buysPerWeek(heads: readonly ExportHead[]): number {
  const sum = (of: (head: ExportHead) => number): number => heads.reduce((all, head) => all + of(head), 0);
  return Number((sum(({ buyingWeeks }) => buyingWeeks) / sum(({ weeks }) => weeks)).toFixed(6));
}

/** Puts each list of plain values on one line, so that fifty features stay readable. */
function lists(json: string): string {
  return json.replace(
    /\[\s+([^[\]{}]+?)\s+\]/g,
    (_, items: string) => `[${items.replace(/\s*\n\s*/g, ' ')}]`,
  );
}
