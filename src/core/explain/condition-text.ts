/** Which part of a condition was false, with its names and values: "days_since_order was 3.2, the action asks for at least 8". */
import type { PlainPart, Relation } from '../policy/policy.ts';
import { NEVER } from '../trait/since.ts';
import { TRAITS } from '../trait/trait-spec.ts';
import type { Removal } from './removal.ts';
import { number } from './shown-number.ts';

const ASKED: Readonly<Record<Exclude<Relation, 'in' | 'not in'>, string>> = {
  '<': 'less than ',
  '<=': 'at most ',
  '>': 'more than ',
  '>=': 'at least ',
  '==': '',
  '!=': 'anything but ',
};

/** `was`: the verb, of then or of now. */
export function conditionClause(removal: Removal, was: string): string {
  return `its condition did not hold: ${partText(removal, was)}`;
}

function partText({ ref, value, limit, condition }: Removal, was: string): string {
  const plain = condition?.part?.plain;
  if (plain !== undefined && typeof plain.against === 'number' && plain.against === limit)
    return `${plain.name} ${foundNumber(value, plain.name, was)}, the action asks for ${asked(plain)}`;
  if (plain !== undefined && condition !== undefined && condition.found !== '')
    return foundClause(plain, condition.found, was);
  if (Number.isNaN(value)) return condition?.part?.source ?? ref;
  return `${ref} (found ${number(value)} against ${number(limit)})`;
}

function foundClause(plain: PlainPart, found: string, was: string): string {
  const { name, relation, against } = plain;
  const list = Array.isArray(against) ? against.join(', ') : '';
  if (relation === 'in' && list !== '') return `${name} ${was} ${found}, not one of ${list}`;
  if (relation === 'not in' && list !== '')
    return `${name} ${was} ${found}, the action asks for none of ${list}`;
  if (relation === 'in') return `${name} ${was} ${found}, without ${JSON.stringify(against)}`;
  if (relation === 'not in')
    return `${name} ${was} ${found}, the action asks for it without ${JSON.stringify(against)}`;
  return `${name} ${was} ${found}, the action asks for ${asked(plain)}`;
}

function asked({ relation, against }: PlainPart): string {
  const limit = typeof against === 'number' ? number(against) : JSON.stringify(against);
  return relation === 'in' || relation === 'not in' ? limit : `${ASKED[relation]}${limit}`;
}

/** "was 3.2", or "was never" where the number stands for what never happened. */
function foundNumber(value: number, name: string, was: string): string {
  if (value !== NEVER || !SINCE.test(name)) return `${was} ${number(value)}`;
  return name.startsWith('days') ? `${was} never` : `${was} never, or not within ${NEVER} minutes`;
}

/** Traits and functions that count from something that may never have happened; those in minutes end at `NEVER`. */
const SINCE = new RegExp(
  `^(${[
    ...TRAITS.filter((trait) => 'initial' in trait && trait.initial === NEVER).map(({ name }) => name),
    'days_since',
  ].join('|')})\\b`,
);
