import { expect, test } from 'vitest';
import { DecisionDraft } from '../decide/decision-draft.ts';
import { finish } from '../decide/finish.ts';
import { propose } from '../decide/propose.ts';
import { customer, env, logits, outbound, policy } from '../decide/shop.fixture.ts';
import { explain } from './explain.ts';
import { explainPage } from './explain-page.ts';

const rules = policy([]);

test.for([
  { isMixed: true, group: 'mixed' },
  { isMixed: false, group: 'treated' },
])(
  'a customer for whom something was decided in both groups ($isMixed) is told as $group',
  ({ isMixed, group }) => {
    const profile = Object.assign(customer(), { isMixed });
    const request = outbound();
    const draft = new DecisionDraft();
    propose(draft, env(rules), profile, request);
    const explanation = explain('d', finish(draft, env(rules), profile, request, logits(), 0, false), rules);
    expect(explanation.group).toBe(group);
    expect(explainPage(explanation, rules).includes('counts for neither')).toBe(isMixed);
  },
);
