import { after, edit, type Recipe, TYPES, test } from './recipe.ts';

const TABLE_TEST = test('src/core/guardrail/guardrails.test.ts');

const GUARDRAIL_FILE = `import type { Guardrail } from './guardrail.ts';
import { codes } from './verdict.ts';

const { EARLY_ACCESS_IN_SERVICE } = codes('EARLY_ACCESS_IN_SERVICE');

/** A service message carries no early access. Compared: nothing; names the offer. */
export const earlyAccess: Guardrail = {
  scope: 'subject',
  reasons: ['EARLY_ACCESS_IN_SERVICE'],
  check: (verdict, { action: { offer, purpose } }) =>
    purpose === 'service' &&
    offer?.kind === 'early_access' &&
    verdict.block(EARLY_ACCESS_IN_SERVICE, 0, 0, offer.id),
};
`;

export const GUARDRAIL: Recipe = {
  name: 'guardrail',
  adds: 'earlyAccess, which keeps early access out of service messages',
  files: [
    edit(
      'src/core/reason.ts',
      TYPES,
      after("  'OUTRANKED',", "  // a guardrail\n  'EARLY_ACCESS_IN_SERVICE',"),
      after(
        'export const REASON_GUIDE: Readonly<Record<Reason, ReasonGuide>> = {',
        "  EARLY_ACCESS_IN_SERVICE: { meaning: 'It carries early access.', remedy: 'Leave the offer out.' },",
      ),
    ),
    { kind: 'new', path: 'src/core/guardrail/early-access.ts', forgotten: TYPES, text: GUARDRAIL_FILE },
    edit(
      'src/core/guardrail/guardrails.ts',
      TABLE_TEST,
      after(
        "import { content, subjectFound } from './content.ts';",
        "import { earlyAccess } from './early-access.ts';",
      ),
      after('  stageFit,', '  earlyAccess,'),
    ),
    edit(
      'src/core/guardrail/ask-guardrails.ts',
      TABLE_TEST,
      after(
        "import { content, subjectFound } from './content.ts';",
        "import { earlyAccess } from './early-access.ts';",
      ),
      after('    stageFit.check(verdict, candidate) ||', '    earlyAccess.check(verdict, candidate) ||'),
    ),
    edit(
      'src/core/guardrail/guardrails.test.ts',
      TABLE_TEST,
      after("      'STAGE_MISMATCH',", "      'EARLY_ACCESS_IN_SERVICE',"),
    ),
    edit('src/core/explain/reason-text.ts', test('src/core/explain/explain.test.ts'), {
      find: "    case 'OUTDRAWN':\n",
      put: "    case 'EARLY_ACCESS_IN_SERVICE':\n      return 'a service message carries no early access';\n    case 'OUTDRAWN':\n",
    }),
    edit(
      'src/core/decide/plain-guardrails.fixture.ts',
      test('src/core/decide/laws.test.ts'),
      after(
        "  if (Math.floor(action.stageMask / 2 ** stage(env, profile)) % 2 === 0) return 'STAGE_MISMATCH';",
        "  if (action.purpose === 'service' && action.offer?.kind === 'early_access') return 'EARLY_ACCESS_IN_SERVICE';",
      ),
    ),
  ],
  tests: ['src/core/guardrail', 'src/core/decide/golden.test.ts'],
};
