/** What the card of the model that ships says of itself, on customers whom training had not seen. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FEATURE_SPEC_HASH, FEATURES } from '../core/feature/feature-spec.ts';
import { modelVersions, SCORER_MODEL } from '../node/model-versions.ts';

interface AgeRow {
  readonly fromDays: number;
  readonly toDays: number | null;
  readonly rows: number;
  readonly positives: number;
  readonly predicted: number;
  readonly observed: number;
}

type ByAge = Readonly<Record<'days_since_seen' | 'days_since_order', readonly AgeRow[]>>;

interface ShippedCard {
  readonly features: readonly string[];
  readonly featureSpecHash: string;
  readonly buysPerWeek: number;
  readonly baseRates: readonly (readonly number[])[];
  readonly metrics: Readonly<
    Record<string, { readonly rows: number; readonly positives: number; readonly auc: number }>
  >;
  readonly calibrationByAge: Readonly<Record<'p0' | 'engage' | 'unsubscribe', ByAge>>;
}

const versions = modelVersions('models', SCORER_MODEL);
const card: ShippedCard = JSON.parse(readFileSync(join(versions[0]?.folder ?? '', 'card.json'), 'utf8'));

/** Of a share over rows that are no strangers to one another: a customer is asked about again and again. */
function spread({ observed, rows }: AgeRow): number {
  const ROWS_OF_A_CUSTOMER = 10;
  return Math.sqrt((observed * (1 - observed) * ROWS_OF_A_CUSTOMER) / rows);
}

test('one model ships, of the features of this program', () => {
  expect(versions).toHaveLength(1);
  expect([card.features, card.featureSpecHash]).toEqual([FEATURES, FEATURE_SPEC_HASH]);
});

test('it says how many of its shop buy in a week: fewer than of those whom somebody asked about', () => {
  expect(card.buysPerWeek).toBeGreaterThan(0.05);
  expect(card.buysPerWeek).toBeLessThan(card.baseRates[0]?.[0] ?? 0);
});

test.each(['days_since_seen', 'days_since_order'] as const)(
  'p0 is true of customers who have been silent for long, as of those who were just here: %s',
  (name) => {
    const rows = card.calibrationByAge.p0[name];
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) {
      const what = `${row.fromDays} to ${row.toDays} days: predicted ${row.predicted}, observed ${row.observed}`;
      expect(Math.abs(row.predicted - row.observed), what).toBeLessThan(0.02 + 2 * spread(row));
    }
  },
);

test('the longest silence that the log knows is two months and more, and it was seen often', () => {
  const last = card.calibrationByAge.p0.days_since_seen.at(-1);
  expect(last?.fromDays).toBe(60);
  expect(last?.rows).toBeGreaterThan(200);
});

test('the unsubscribe head saw unsubscribes and ranks better than chance', () => {
  const { positives, auc } = card.metrics.unsubscribe ?? { positives: 0, auc: 0 };
  expect(positives).toBeGreaterThan(10);
  expect(auc).toBeGreaterThan(0.55);
});
