import { after, edit, type Recipe, TYPES, test } from './recipe.ts';

const FOLD = `import type { VisitedFact } from '../fact/fact.ts';
import type { Profile } from './profile.ts';

/** A visit is a sign of life, whatever else it was. */
export function foldVisited(profile: Profile, fact: VisitedFact): void {
  if (fact.at > profile.lastAt) profile.lastAt = fact.at;
}
`;

const CODEC = `import type { VisitedFact } from '../../core/fact/fact.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { readCustomerId, writeCustomerId } from './customer-id-codec.ts';

export function writeVisitedFact(writer: ByteWriter, fact: VisitedFact): void {
  writeCustomerId(writer, fact.customer);
  writer.number(fact.at);
}

export function readVisitedFact(reader: ByteReader): VisitedFact {
  return { kind: 'visited', customer: readCustomerId(reader), at: reader.number() };
}
`;

/** One record with the header of golden-values.fixture.ts and this fact. */
const SAVED = `[
  {
    "fact": { "kind": "visited", "customer": "Qm9vdHMgYW5kIHNob2VzLg", "at": 1790000123456 },
    "record": "a10302182c6e6f64652d312d3138663292bc83c59868010000000b1c000000516d397664484d675957356b49484e6f6232567a4c6780b992c59868"
  }
]
`;

const ARBITRARY = `  visited: plain({
    kind: fc.constant('visited' as const),
    customer: arbCustomerId,
    at: arbNumber,
  }),`;

export const FACT_KIND: Recipe = {
  name: 'fact-kind',
  adds: 'visited, that the customer was seen',
  files: [
    edit(
      'src/core/fact/fact.ts',
      TYPES,
      {
        find: "/** One stage of a decision's choice has matured: all that a learner needs of it, without decision, policy or profile. */",
        put: `/** The customer was seen. */
export interface VisitedFact {
  readonly kind: 'visited';
  readonly customer: CustomerId;
  readonly at: number;
}

/** One stage of a decision's choice has matured: all that a learner needs of it, without decision, policy or profile. */`,
      },
      { find: '  | SilencedFact;', put: '  | SilencedFact\n  | VisitedFact;' },
    ),
    { kind: 'new', path: 'src/core/profile/fold-visit.ts', forgotten: TYPES, text: FOLD },
    edit(
      'src/core/profile/fold.ts',
      TYPES,
      after(
        "import { foldOutcome, foldPlanDropped, foldTimer, foldTimerFired, foldTriggered } from './fold-timer.ts';",
        "import { foldVisited } from './fold-visit.ts';",
      ),
      after(
        '      return foldOutcome(profile, fact);',
        "    case 'visited':\n      return foldVisited(profile, fact);",
      ),
    ),
    { kind: 'new', path: 'src/codec/stored/visit-fact-codec.ts', forgotten: TYPES, text: CODEC },
    edit(
      'src/codec/stored/fact-codec.ts',
      TYPES,
      after(
        "  writeTriggeredFact,\n} from './timer-fact-codec.ts';",
        "import { readVisitedFact, writeVisitedFact } from './visit-fact-codec.ts';",
      ),
      after('  outcome: 10,', '  visited: 11,'),
      after(
        '      writeOutcomeFact(writer, fact);\n      return;',
        "    case 'visited':\n      writeVisitedFact(writer, fact);\n      return;",
      ),
      after(
        '      return readOutcomeFact(reader);',
        "    case 'visited':\n      return readVisitedFact(reader);",
      ),
    ),
    edit('src/codec/stored/arbitrary-facts.fixture.ts', TYPES, {
      find: '  adopted: plain({',
      put: `${ARBITRARY}\n  adopted: plain({`,
    }),
    edit('src/codec/stored/golden-later.json', test('src/codec/stored/formats.test.ts'), {
      find: '\n]\n',
      put: `,\n${SAVED.slice(2)}`,
    }),
  ],
  tests: ['src/codec/stored/record-codec.test.ts', 'src/core/profile/fold.test.ts'],
};
