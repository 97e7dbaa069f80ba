/** Checks that every name in a scenario exists: an expectation about a misspelled name would always hold. */
import { suggestName } from '../../base/nearest-name.ts';
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

interface Known {
  readonly what: string;
  readonly names: readonly string[];
}

/** Faults of a scenario whose shape is right. */
export function scenarioReferenceFaults(
  source: YamlSource,
  file: ScenarioFile,
  policy: Policy,
): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const marks = ['start'];
  const decisions: string[] = [];
  const products = new Set(Object.keys(file.catalog ?? {}));
  for (const step of file.steps.flatMap((one) => [one, ...(one.repeat?.steps ?? [])]))
    for (const id of Object.keys(step.catalog?.products ?? {})) products.add(id);
  const actions: Known = {
    what: 'action of the policy',
    names: [...policy.actions.map((action) => action.id), ...changedActions(file)],
  };
  const lists: Readonly<Record<string, Known>> = {
    customer: { what: 'customer of this scenario', names: Object.keys(file.customers) },
    action: actions,
    not_action: actions,
    considered: actions,
    placement: { what: 'placement of the policy', names: policy.placements.map((placement) => placement.id) },
    placements: {
      what: 'placement of the policy',
      names: policy.placements.map((placement) => placement.id),
    },
    offer: { what: 'offer of the policy', names: policy.offers.map((offer) => offer.id) },
    reason: { what: 'reason', names: REASONS },
    shows: { what: 'product of this scenario', names: [...products] },
    not_promoting: { what: 'product of this scenario', names: [...products] },
    decision: { what: 'decision of an earlier step', names: decisions },
  };
  const checkName = (path: YamlPath, isKey: boolean, name: string, { what, names }: Known): void => {
    if (names.includes(name)) return;
    const message = `${showValue(name)} is no ${what}${suggestName(name, names)}`;
    faults.push(isKey ? source.faultAtKey(path, message) : source.faultAt(path, message));
  };
  const check = (path: YamlPath, name: string, known: Known): void => checkName(path, false, name, known);
  const checkKey = (path: YamlPath, name: string, known: Known): void => checkName(path, true, name, known);
  const checkTime = (path: YamlPath, text: string): void => {
    const mark = TIME_PATTERN.exec(text)?.[2];
    if (mark !== undefined) check(path, mark, { what: 'mark of an earlier step', names: marks });
  };
  const checkSection = (path: YamlPath, section: string, entries: unknown): void => {
    checkKey(path, section, { what: "section of a customer's profile", names: [...SECTIONS.keys()] });
    const fields = SECTIONS.get(section) ?? [];
    for (const [at, entry] of Array.isArray(entries) ? entries.entries() : [])
      for (const field of Object.keys((entry ?? {}) as object))
        if (fields.length > 0)
          checkKey([...path, at, field], field, { what: `field of ${section}`, names: fields });
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
        return check(at, String(entry), { what: 'product of this scenario', names: [...products] });
      case 'removed':
        checkKey(at, inner.split('/')[0] ?? '', actions);
        return check(at, String(entry), { what: 'reason', names: REASONS });
      default:
        return visit(entry, at, inner);
    }
  };
  const visit = (value: unknown, path: YamlPath, key: string): void => {
    if (typeof value === 'string') {
      const list = lists[key];
      if (list !== undefined) check(path, value, list);
      if (['from', 'until', 'at', 'to', 'later'].includes(key)) checkTime(path, value);
      if (key === 'nothing') check(path, value, { what: 'reason', names: REASONS });
    } else if (Array.isArray(value)) {
      for (const [at, entry] of value.entries()) visit(entry, [...path, at], key);
    } else if (typeof value === 'object' && value !== null) {
      for (const [inner, entry] of Object.entries(value)) visitKey(key, inner, entry, [...path, inner]);
    }
  };
  const visitSteps = (
    steps: readonly (Omit<ScenarioStep, 'repeat'> & Pick<Partial<ScenarioStep>, 'repeat'>)[],
    raw: unknown,
    path: YamlPath,
  ): void => {
    for (const [at, step] of steps.entries()) {
      const given = (valueAt(raw, [at]) ?? {}) as Readonly<Record<string, unknown>>;
      for (const [verb, value] of Object.entries(given)) {
        // Their contents are not names: a policy's text, a catalogue.
        if (verb === 'policy' || verb === 'catalog' || verb === 'mark') continue;
        if (step.repeat === undefined) visit(value, [...path, at, verb], verb);
        else visitSteps(step.repeat.steps, valueAt(value, ['steps']), [...path, at, verb, 'steps']);
      }
      if (step.mark !== undefined) marks.push(step.mark);
      if (step.decide?.as !== undefined) decisions.push(step.decide.as);
    }
  };
  visitSteps(file.steps, valueAt(source.data, ['steps']), ['steps']);
  return faults;
}

/** Actions that the scenario itself adds by a change of the policy. */
function changedActions(file: ScenarioFile): string[] {
  const changes = [file.policy_changes, ...file.steps.map((step) => step.policy?.changes)];
  return changes.flatMap((change) =>
    Object.values(change ?? {}).flatMap((keys) => Object.keys((keys.actions as object | undefined) ?? {})),
  );
}
