/** Checks that every name in a scenario exists: an expectation about a misspelled name would always hold. */

import { IntlZones } from '../../adapter/intl/zones.ts';
import { nearestName, suggestName } from '../../base/nearest-name.ts';
import { KNOWN_NAMES } from '../../core/event/known-names.ts';
import type { Policy } from '../../core/policy/policy.ts';
import { type PolicyFault, showValue } from '../../core/policy/policy-fault.ts';
import { REASONS } from '../../core/reason.ts';
import { TRAITS } from '../../core/trait/trait-spec.ts';
import { ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import { valueAt } from '../../policy/shape-faults.ts';
import type { YamlPath, YamlSource } from '../../policy/yaml-source.ts';
import type { ScenarioFile, ScenarioStep } from './shape-steps.ts';
import { TIME_PATTERN } from './shape-words.ts';

/** Section of a profile → the fields of its entries. */
const SECTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  ProfileSchema.fields.map((field) => [field.name, field.message?.fields.map((inner) => inner.name) ?? []]),
);

const ZONES = new IntlZones();

function zoneNames(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}

/** Expectations in which a name may stand for several customers. */
const COUNTED: ReadonlySet<string | number> = new Set(['dispatches', 'withdrawals', 'dispatches_in_order']);

/** A fault of a name that could be meant. */
function marked(fault: string, suggestion: string): string {
  return `${fault}${suggestion}${suggestion.endsWith('?') ? ' ' : '. '}If it is meant, list it under unknown`;
}

/** A name without what does not tell it from another one: letters' case and what stands between words. */
function plainName(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}

interface Known {
  readonly what: string;
  readonly names: readonly string[];
  /** A name may be listed under `unknown`. */
  readonly mayBeUnknown?: boolean;
}

/** What names in steps may lead to, besides what stands in the file. */
export interface ReferredTo {
  readonly policy: Policy;
  /** Everybody, by a name of their own. */
  readonly customers: Readonly<Record<string, unknown>>;
  /** Names that stand for several. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
}

/** Faults of a scenario whose shape is right. */
export function scenarioReferenceFaults(
  source: YamlSource,
  file: ScenarioFile,
  { policy, customers, groups }: ReferredTo,
): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const meant = new Set(file.unknown);
  const met = new Set<string>();
  const marks = ['start'];
  const decisions: string[] = [];
  const products = new Set(Object.keys(file.catalog ?? {}));
  const inner = (step: ScenarioStep) => step.repeat?.steps ?? step.for_each?.steps ?? [];
  for (const step of file.steps.flatMap((one) => [one, ...inner(one)]))
    for (const id of Object.keys(step.catalog?.products ?? {})) products.add(id);
  const actions: Known = {
    what: 'action of the policy',
    names: [...policy.actions.map((action) => action.id), ...changedActions(file)],
    mayBeUnknown: true,
  };
  const placement: Known = {
    what: 'placement of the policy',
    names: policy.placements.map(({ id }) => id),
    mayBeUnknown: true,
  };
  const product: Known = { what: 'product of this scenario', names: [...products], mayBeUnknown: true };
  const lists: Readonly<Record<string, Known>> = {
    customer: { what: 'customer of this scenario', names: Object.keys(customers) },
    customers: { what: 'customer of this scenario', names: [...groups.keys(), ...Object.keys(customers)] },
    alternatives: { ...actions, names: [...actions.names, 'nothing'] },
    action: actions,
    not_action: actions,
    considered: actions,
    placement,
    placements: placement,
    offer: { what: 'offer of the policy', names: policy.offers.map((offer) => offer.id) },
    reason: { what: 'reason', names: REASONS },
    shows: product,
    not_promoting: product,
    decision: { what: 'decision of an earlier step', names: decisions },
  };
  const isMeant = (name: string): boolean => {
    if (!meant.has(name)) return false;
    met.add(name);
    return true;
  };
  /** What may be unknown, but is mostly misspelt when it is near to something known. */
  const checkTypo = (path: YamlPath, name: string, { what, names }: Known): void => {
    const nearest = names.includes(name) ? undefined : nearestName(name, names);
    // Other letters and signs between the words are understood.
    if (nearest === undefined || plainName(nearest) === plainName(name) || isMeant(name)) return;
    faults.push(
      source.faultAt(path, marked(`${showValue(name)} is no ${what}`, `; did you mean "${nearest}"?`)),
    );
  };
  const checkZone = (path: YamlPath, zone: string): void => {
    if (!Number.isNaN(ZONES.offsetMin(zone, 0)) || isMeant(zone)) return;
    faults.push(
      source.faultAt(path, marked(`${showValue(zone)} is no time zone`, suggestName(zone, zoneNames()))),
    );
  };
  const checkName = (
    path: YamlPath,
    isKey: boolean,
    name: string,
    { what, names, mayBeUnknown = false }: Known,
  ): void => {
    if (names.includes(name) || (mayBeUnknown && isMeant(name))) return;
    const message = `${showValue(name)} is no ${what}${suggestName(name, names)}`;
    faults.push(isKey ? source.faultAtKey(path, message) : source.faultAt(path, message));
  };
  const check = (path: YamlPath, name: string, known: Known): void => checkName(path, false, name, known);
  const checkKey = (path: YamlPath, name: string, known: Known): void => checkName(path, true, name, known);
  const checkTime = (path: YamlPath, text: string): void => {
    const mark = TIME_PATTERN.exec(text)?.[2];
    if (mark !== undefined) check(path, mark, { what: 'mark of an earlier step', names: marks });
  };
  /** An order's {n} that nothing fills would be the same text each time. */
  const checkNumber = (path: YamlPath, text: string): void => {
    const isFilled =
      path.some((part) => part === 'repeat' || part === 'for_each') ||
      valueAt(source.data, [...path.slice(0, -2), 'times']) !== undefined;
    if (text.includes('{n}') && !isFilled)
      faults.push(
        source.faultAt(path, `${showValue(text)} has {n}, which only times, repeat and for_each fill`),
      );
  };
  const checkSection = (path: YamlPath, section: string, entries: unknown): void => {
    checkKey(path, section, { what: "section of a customer's profile", names: [...SECTIONS.keys()] });
    const fields = SECTIONS.get(section) ?? [];
    for (const [at, entry] of Array.isArray(entries) ? entries.entries() : [])
      for (const [field, value] of Object.entries((entry ?? {}) as object)) {
        if (fields.length > 0)
          checkKey([...path, at, field], field, { what: `field of ${section}`, names: fields });
        if (field === 'product_id' && typeof value === 'string')
          checkTypo([...path, at, field], value, product);
      }
  };
  const visitKey = (key: string, inner: string, entry: unknown, at: YamlPath): void => {
    switch (key) {
      case 'traits':
        return checkKey(at, inner, { what: 'trait', names: TRAITS.map((trait) => trait.name) });
      case 'has':
      case 'lacks':
        return checkSection(at, inner, entry);
      case 'drawn_with':
        return inner === 'nothing' ? undefined : checkKey(at, inner.split('/')[0] ?? '', actions);
      case 'about':
        checkKey(at, inner, actions);
        return check(at, String(entry), product);
      // Their keys are the producer's own words.
      case 'properties':
      case 'identifiers':
        return;
      case 'removed':
        checkKey(at, inner.split('/')[0] ?? '', actions);
        return check(at, String(entry), { what: 'reason', names: REASONS });
      default:
        return visit(entry, at, inner);
    }
  };
  const visit = (value: unknown, path: YamlPath, key: string): void => {
    if (typeof value === 'string') {
      // What was sent to several is counted together.
      const isCount = key === 'customer' && path.some((part) => COUNTED.has(part));
      const list = lists[isCount ? 'customers' : key];
      if (list !== undefined) check(path, value, list);
      if (key === 'event') checkTypo(path, value, { what: 'event that is known', names: KNOWN_NAMES });
      if (key === 'products' || key === 'product_id' || key === 'product') checkTypo(path, value, product);
      if (key === 'time_zone') checkZone(path, value);
      if (['from', 'until', 'at', 'to', 'later', 'advance', 'nothing_until'].includes(key))
        checkTime(path, value);
      if (key === 'nothing') check(path, value, { what: 'reason', names: REASONS });
      if (key === 'order_id' && path.includes('publish')) checkNumber(path, value);
    } else if (Array.isArray(value)) {
      for (const [at, entry] of value.entries()) visit(entry, [...path, at], key);
    } else if (typeof value === 'object' && value !== null) {
      for (const [inner, entry] of Object.entries(value)) visitKey(key, inner, entry, [...path, inner]);
    }
  };
  const visitSteps = (
    steps: readonly (Omit<ScenarioStep, 'repeat' | 'for_each'> &
      Pick<Partial<ScenarioStep>, 'repeat' | 'for_each'>)[],
    raw: unknown,
    path: YamlPath,
  ): void => {
    for (const [at, step] of steps.entries()) {
      const given = (valueAt(raw, [at]) ?? {}) as Readonly<Record<string, unknown>>;
      for (const [verb, value] of Object.entries(given)) {
        // Their contents are not names: a policy's text, a catalogue.
        if (verb === 'policy' || verb === 'catalog' || verb === 'mark') continue;
        const loop = step.repeat ?? step.for_each;
        if (loop === undefined) visit(value, [...path, at, verb], verb);
        else {
          if (step.for_each !== undefined)
            visit(step.for_each.customers, [...path, at, verb, 'customers'], 'customers');
          visitSteps(loop.steps, valueAt(value, ['steps']), [...path, at, verb, 'steps']);
        }
      }
      if (step.mark !== undefined) marks.push(step.mark);
      if (step.decide?.as !== undefined) decisions.push(step.decide.as);
    }
  };
  for (const [name, { time_zone }] of Object.entries(file.customers))
    if (time_zone !== undefined) checkZone(['customers', name, 'time_zone'], time_zone);
  visitSteps(file.steps, valueAt(source.data, ['steps']), ['steps']);
  for (const [at, name] of (file.unknown ?? []).entries())
    if (!met.has(name))
      faults.push(
        source.faultAt(
          ['unknown', at],
          `no step names ${showValue(name)}, or it is known; take it off the list`,
        ),
      );
  return faults;
}

/** Actions that the scenario itself adds by a change of the policy. */
function changedActions(file: ScenarioFile): string[] {
  const changes = [file.policy_changes, ...file.steps.map((step) => step.policy?.changes)];
  return changes.flatMap((change) =>
    Object.values(change ?? {}).flatMap((keys) => Object.keys((keys.actions as object | undefined) ?? {})),
  );
}
