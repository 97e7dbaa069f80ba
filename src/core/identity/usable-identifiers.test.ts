import { expect, test } from 'vitest';
import { IMPOSSIBLE_IDENTIFIERS, impossibleValues } from '../policy/impossible-identifiers.ts';
import { usableIdentifiers } from './usable-identifiers.ts';

const impossible = impossibleValues(IMPOSSIBLE_IDENTIFIERS, undefined);
const kept = (value: string) => usableIdentifiers([{ kind: 'crm', value }], ['crm'], impossible).kept.length;

test.each(['{{user_id}}', '\u0024{id}', '%%EMAIL%%', '*|EMAIL|*', '\u200b', ' \u0000 ', '{}', '[]', '""'])(
  '%j stands for nobody',
  (value) => expect(kept(value)).toBe(0),
);

test.each(['u-1', '{3f2504e0-4f89-41d3-9a0c-0305e82c3301}', '%41', '$5', 'a\u200bb'])(
  '%j is a key',
  (value) => expect(kept(value)).toBe(1),
);
