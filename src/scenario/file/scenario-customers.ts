/** The customers of a scenario, each by a name of its own: those that stand for many, and those that are held out or not. */
import { isHeldOut } from '../../core/guardrail/holdout.ts';
import { addresseeOf, strongest } from '../../core/identity/customer.ts';
import { kindsByStrength } from '../../core/identity/sighting.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import type { YamlSource } from '../../policy/yaml-source.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';
import type { ScenarioCustomer, ScenarioFile } from './shape-steps.ts';
import type { ScenarioIdentifiers } from './shape-words.ts';

export interface ScenarioCustomers {
  readonly customers: Readonly<Record<string, ScenarioCustomer>>;
  /** Name in the file → the names that it stands for. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly faults: readonly PolicyFault[];
}

/** Endings that are tried for a customer who is to be held out or not: with a holdout of 1 % one in e^-20 finds none. */
const ENDINGS = 2_000;

/** Unfolds `times` and finds what `held_out` wants, in the policy in which the scenario begins. */
export function scenarioCustomers(source: YamlSource, file: ScenarioFile, policy: Policy): ScenarioCustomers {
  const customers: Record<string, ScenarioCustomer> = {};
  const groups = new Map<string, readonly string[]>();
  const faults: PolicyFault[] = [];
  const endings = new Map<string, string>();
  for (const [name, { times, ...customer }] of Object.entries(file.customers)) {
    const names = times === undefined ? [name] : Array.from({ length: times }, (_, n) => `${name}_${n + 1}`);
    groups.set(name, names);
    for (const [n, one] of names.entries()) {
      if (one !== name && one in file.customers)
        faults.push(
          source.faultAtKey(['customers', one], `"${one}" is one of "${name}", which has times: ${times}`),
        );
      const identifiers = mapped(customer.identifiers, (value) => value.replaceAll('{n}', String(n + 1)));
      const placed = inGroup(identifiers, customer.held_out, policy);
      if (placed === undefined) {
        const why = `nobody can be ${customer.held_out ? '' : 'not '}held out: the policy's holdout is ${policy.holdout}`;
        faults.push(source.faultAt(['customers', name, 'held_out'], why));
        break;
      }
      noteEndings(endings, identifiers, placed);
      customers[one] = { ...customer, identifiers: placed };
    }
    const isNumbered = JSON.stringify(customer.identifiers).includes('{n}');
    if ((times ?? 1) > 1 && !isNumbered)
      faults.push(
        source.faultAt(
          ['customers', name, 'identifiers'],
          `${times} customers share their identifiers; put {n} into one`,
        ),
      );
  }
  for (const [one, customer] of Object.entries(customers))
    customers[one] = { ...customer, identifiers: withEndings(customer.identifiers, endings) };
  return { customers, groups, faults };
}

/** A key that got an ending has it with every customer of the story who names it: they are one person. */
function noteEndings(
  endings: Map<string, string>,
  given: ScenarioIdentifiers,
  placed: ScenarioIdentifiers,
): void {
  for (const [kind, values] of Object.entries(given))
    for (const [n, value] of [values].flat().entries()) {
      const ended = [placed[kind] ?? []].flat()[n] ?? value;
      if (ended !== value) endings.set(`${kind} ${value}`, ended);
    }
}

function withEndings(
  identifiers: ScenarioIdentifiers,
  endings: ReadonlyMap<string, string>,
): ScenarioIdentifiers {
  if (endings.size === 0) return identifiers;
  return Object.fromEntries(
    Object.entries(identifiers).map(([kind, values]) => {
      const ended = (value: string): string => endings.get(`${kind} ${value}`) ?? value;
      return [kind, typeof values === 'string' ? ended(values) : values.map(ended)];
    }),
  );
}

/** The identifiers, with an ending of the strongest one that puts their customer into the group; undefined: none does. */
function inGroup(
  identifiers: ScenarioIdentifiers,
  heldOut: boolean | undefined,
  policy: Policy,
): ScenarioIdentifiers | undefined {
  if (heldOut === undefined) return identifiers;
  const all = wireIdentifiers(identifiers);
  const kind = all[strongest(all, kindsByStrength(policy.identifierRules)).at]?.kind ?? '';
  for (let n = 0; n < ENDINGS; n++) {
    const tried = n === 0 ? identifiers : { ...identifiers, [kind]: ended(identifiers[kind] ?? '', `-${n}`) };
    const given = wireIdentifiers(tried).find((one) => one.kind === kind);
    if (given === undefined) return identifiers;
    if (isHeldOut(policy, addresseeOf(given.kind, given.value).id) === heldOut) return tried;
  }
  return undefined;
}

function ended(values: string | readonly string[], ending: string): string | string[] {
  return typeof values === 'string' ? values + ending : values.map((value) => value + ending);
}

function mapped(identifiers: ScenarioIdentifiers, change: (value: string) => string): ScenarioIdentifiers {
  return Object.fromEntries(
    Object.entries(identifiers).map(([kind, values]) => [
      kind,
      typeof values === 'string' ? change(values) : values.map(change),
    ]),
  );
}
