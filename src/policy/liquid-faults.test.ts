import { join } from 'node:path';
import { expect, test } from 'vitest';
import { renderFault } from '../core/policy/policy-fault.ts';
import { parsePolicy } from './parse-policy.ts';
import { policyContext } from './policy-context.ts';
import { readPolicyDirectory } from './policy-directory.ts';

const minimal = readPolicyDirectory(join(import.meta.dirname, '../../policies/minimal'));
const EXTRA = `actions:
  extra:
    title: Extra
    purpose: marketing
    promotion: false
    subject: none
    channels: [email]
    proactive: true
    variants:
      both:
        template: a
        text: Hello
        liquid: Hello
      lost:
        template: a
        liquid:
          de: |
            Guten Tag,
            {{ nmae }}
          at_home: Hello
        slots: { name: Anna }
      loop:
        template: a
        liquid: "{% for x in (1..9) %}{{ x }}{% endfor %}"
`;

test('faults of words in Liquid are told with their file and line', () => {
  const parsed = parsePolicy(new Map([...minimal, ['actions/extra.yaml', EXTRA]]), policyContext);
  const told = parsed.ok ? [] : parsed.faults.map(renderFault);
  const at = 'actions.extra.variants';
  expect(told).toEqual([
    `actions/extra.yaml:13:9: ${at}.both.liquid stands in place of text: say one of them`,
    `actions/extra.yaml:16:9: ${at}.lost.liquid has no "default" for everybody else`,
    `actions/extra.yaml:19:16: ${at}.lost.liquid.de names nmae, for which there is no slot; did you mean "name"?`,
    `actions/extra.yaml:20:11: the name "at_home" must be a locale such as "de" or "de-AT", or "default"`,
    expect.stringContaining(
      `actions/extra.yaml:24:18: ${at}.loop.liquid is no Liquid that can be used: tag "for" not found`,
    ),
  ]);
});
