import { after, check, edit, type Recipe, TYPES, test } from './recipe.ts';

const LIVE = test('src/policy/live/live-leaves.test.ts');

export const POLICY_KEY: Recipe = {
  name: 'policy-key',
  adds: 'at_most of an offer, a bound of what a percentage costs per order',
  files: [
    edit(
      'src/policy/policy-shape.ts',
      LIVE,
      after(
        'export const offerShape = z.strictObject({\n  kind: z.enum(OFFER_KINDS),',
        "  at_most: amount.optional().describe('percent: what it costs us per order at most.'),",
      ),
    ),
    { kind: 'generated', path: 'policies/schema/offers.json', forgotten: check('generated') },
    edit(
      'src/core/policy/policy.ts',
      TYPES,
      after(
        '  /** percent: 0..100; amount, gift and free_shipping: what it costs us per order in currency; else 0. */\n  readonly depth: number;',
        '  /** percent: what it costs per order at most, in currency; undefined: no bound. */\n  readonly costMax?: number | undefined;',
      ),
    ),
    edit(
      'src/policy/build-policy.ts',
      LIVE,
      {
        find: 'const { kind, depth, code, valid } = offerShape.parse(entry.raw);',
        put: 'const { kind, depth, code, valid, at_most: costMax } = offerShape.parse(entry.raw);',
      },
      {
        find: "return { index, id: entry.id, kind, depth: depth ?? 0, code: code ?? '', validMs: valid, isDiscount };",
        put: `return {
      index,
      id: entry.id,
      kind,
      depth: depth ?? 0,
      costMax,
      code: code ?? '',
      validMs: valid,
      isDiscount,
    };`,
      },
    ),
    edit('src/core/arbitration/expected-value.ts', LIVE, {
      find: '      return (offer.depth / 100) * orderValue;',
      put: '      return Math.min((offer.depth / 100) * orderValue, offer.costMax ?? Number.POSITIVE_INFINITY);',
    }),
    edit(
      'src/policy/policy-diff.ts',
      LIVE,
      after('      depth: String(depth),', "      'at most': String(offer.costMax ?? 'nothing'),"),
    ),
    edit(
      'src/policy/live/experiments.fixture.ts',
      LIVE,
      after(
        'const offersFile: readonly Experiment[] = [',
        "  { leaf: 'offers.offers.ten.at_most', to: [1], base: discount },",
      ),
    ),
  ],
  tests: [],
};
