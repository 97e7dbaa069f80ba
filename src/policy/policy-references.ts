/**
 * What no single file can see: names that must be declared elsewhere, and fields that must fit each other. Works on the
 * raw data and skips what has not the right shape (that is reported already), so that one mistake hides no other.
 */

import { suggestName } from '../base/nearest-name.ts';
import { CHANNELS } from '../core/channel.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { actionFaults, capFaults, type Declared, windowFaults } from './action-faults.ts';
import { cappedActionFaults } from './capped-action-faults.ts';
import { attributeFaults, declaredAttributes } from './declared-attributes.ts';
import { doubleOptInFaults } from './double-opt-in-faults.ts';
import { durationMsOf, namesFaults, strings } from './name-faults.ts';
import type { FileKind } from './policy-shape.ts';
import type { PolicySource, SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import { LOCALE_PATTERN } from './shape-parts.ts';
import { triggerFaults } from './trigger-faults.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';

/** Faults of references and of fields that do not fit each other, over the whole policy. */
export function referenceFaults(
  source: PolicySource,
  zoneExists: (zone: string) => boolean,
  localeExists: (locale: string) => boolean,
): PolicyFault[] {
  const faults: PolicyFault[] = [];
  const declare = (kind: FileKind, key: string, most: number) => {
    const found = new Map<string, SourceEntry>();
    for (const entry of source.entries(kind, key)) {
      const first = found.get(entry.id);
      if (first === undefined) found.set(entry.id, entry);
      else {
        const { file, line } = first.source.faultAtKey(first.path, '');
        faults.push(
          entry.source.faultAtKey(
            entry.path,
            `${entry.path.join('.')} is declared twice; the first is in ${file}:${line}`,
          ),
        );
      }
      if (found.size === most + 1) {
        faults.push(
          entry.source.faultAtKey(entry.path, `there are more than ${most} ${key}; that is the limit`),
        );
      }
    }
    return found;
  };
  const found = {
    channels: declare('channels', 'channels', CHANNELS.length),
    offers: declare('offers', 'offers', LIMITS.offers),
    budgets: declare('offers', 'budgets', LIMITS.budgets),
    placements: declare('placements', 'placements', LIMITS.placements),
    triggers: declare('triggers', 'triggers', LIMITS.triggers),
    actions: declare('actions', 'actions', LIMITS.actions),
    audiences: declare('channels', 'audiences', LIMITS.audiences),
  };
  const readable = (kind: FileKind, names: Iterable<string>): string[] | undefined =>
    source.unreadable.has(kind) ? undefined : [...names];
  const declared: Declared = {
    ...found,
    names: {
      identifiers: readable('policy', policyIdentifiers(source)),
      attributes: declaredAttributes(source)?.map(({ name }) => name),
      channels: readable('channels', found.channels.keys()),
      offers: readable('offers', found.offers.keys()),
      budgets: readable('offers', found.budgets.keys()),
      placements: readable('placements', found.placements.keys()),
      triggers: readable('triggers', found.triggers.keys()),
      actions: readable('actions', found.actions.keys()),
      audiences: readable('channels', found.audiences.keys()),
    },
  };
  faults.push(
    ...policyFaults(source, zoneExists, localeExists),
    ...attributeFaults(source),
    ...guardrailFaults(source, declared),
  );
  for (const entry of declared.channels.values())
    faults.push(...namesFaults(entry, ['reachable_by'], declared.names.identifiers, 'identifier kind'));
  faults.push(...doubleOptInFaults(declared.channels, declared.triggers));
  for (const entry of declared.audiences.values())
    faults.push(...namesFaults(entry, ['identifiers'], declared.names.identifiers, 'identifier kind'));
  for (const entry of declared.offers.values()) faults.push(...offerFaults(entry));
  for (const entry of declared.triggers.values()) faults.push(...triggerFaults(entry));
  for (const entry of declared.placements.values())
    faults.push(...namesFaults(entry, ['channel'], declared.names.channels, 'channel'));
  for (const entry of source.entries('actions', 'actions')) faults.push(...actionFaults(entry, declared));
  return faults;
}

function policyIdentifiers(source: PolicySource): string[] {
  const file = source.byKind.get('policy')?.[0];
  return strings(valueAt(file?.data, ['identifiers'])).map(({ name }) => name);
}

/** Kinds that are spoken of and not declared. */
function peopleFaults(file: YamlSource): PolicyFault[] {
  const kinds = strings(valueAt(file.data, ['identifiers'])).map(({ name }) => name);
  const counted = valueAt(file.data, ['people', 'keys_max']);
  const faults: PolicyFault[] = [];
  const unknown = (path: YamlPath, kind: string): void => {
    if (!kinds.includes(kind))
      faults.push(
        file.faultAt(
          path,
          `${path.join('.')} names the identifier kind ${showValue(kind)}, which identifiers does not list${suggestName(kind, kinds)}`,
        ),
      );
  };
  if (typeof counted === 'object' && counted !== null)
    for (const kind of Object.keys(counted)) unknown(['people', 'keys_max', kind], kind);
  for (const { name, at } of strings(valueAt(file.data, ['people', 'explicit'])))
    unknown(['people', 'explicit', at], name);
  return faults;
}

function policyFaults(
  source: PolicySource,
  zoneExists: (zone: string) => boolean,
  localeExists: (locale: string) => boolean,
): PolicyFault[] {
  const file = source.byKind.get('policy')?.[0];
  if (file === undefined) return [];
  const faults: PolicyFault[] = [];
  for (const list of ['zones', 'identifiers']) {
    for (const { name, at, repeated } of strings(valueAt(file.data, [list]))) {
      if (repeated) faults.push(file.faultAt([list, at], `${list}.${at} repeats ${showValue(name)}`));
      else if (list === 'zones' && !zoneExists(name))
        faults.push(
          file.faultAt([list, at], `zones.${at} is ${showValue(name)}, which is not a known time zone`),
        );
    }
  }
  faults.push(...peopleFaults(file));
  const locale = valueAt(file.data, ['locale']);
  if (typeof locale === 'string' && LOCALE_PATTERN.test(locale) && !localeExists(locale))
    faults.push(file.faultAt(['locale'], `locale is ${showValue(locale)}, which is not a known locale`));
  const ms = (path: YamlPath): number => durationMsOf(valueAt(file.data, path));
  const onboarding = ms(['stages', 'onboarding']);
  const active = ms(['stages', 'active']);
  const lapsed = ms(['stages', 'lapsed']);
  if (onboarding > active)
    faults.push(
      file.faultAt(
        ['stages', 'active'],
        'stages.active ends before stages.onboarding; it must not be shorter',
      ),
    );
  if (active > lapsed)
    faults.push(
      file.faultAt(
        ['stages', 'lapsed'],
        'stages.lapsed begins before stages.active ends; it must not be shorter',
      ),
    );
  return faults;
}

function guardrailFaults(source: PolicySource, declared: Declared): PolicyFault[] {
  const file = source.byKind.get('guardrails')?.[0];
  if (file === undefined) return [];
  const faults: PolicyFault[] = [];
  for (const path of [['quiet_hours'], ['service', 'quiet_hours']]) {
    const from = valueAt(file.data, [...path, 'from']);
    if (typeof from !== 'string' || from !== valueAt(file.data, [...path, 'to'])) continue;
    const name = path.join('.');
    faults.push(
      file.faultAt(
        [...path, 'to'],
        `${name}.to is ${showValue(from)}, the same as from; quiet hours need two different times`,
      ),
    );
  }
  for (const key of ['by_category', 'whole_category']) {
    const path = ['suppression', key];
    const categories = valueAt(file.data, path);
    const count = typeof categories === 'object' && categories !== null ? Object.keys(categories).length : 0;
    if (count <= LIMITS.categories) continue;
    faults.push(
      file.faultAtKey(path, `${path.join('.')} has ${count} entries; the limit is ${LIMITS.categories}`),
    );
  }
  const whole: SourceEntry = { id: '', source: file, path: [], raw: file.data };
  faults.push(...windowFaults(whole, ['incentive_window']));
  return [
    ...faults,
    ...capListFaults(file, ['caps'], declared),
    ...capListFaults(file, ['service', 'caps'], declared),
  ];
}

/** Faults of one list of caps. */
function capListFaults(file: YamlSource, list: YamlPath, declared: Declared): PolicyFault[] {
  const caps = valueAt(file.data, list);
  if (!Array.isArray(caps)) return [];
  const faults: PolicyFault[] = [];
  caps.forEach((raw: unknown, at) => {
    const entry: SourceEntry = { id: String(at), source: file, path: [...list, at], raw };
    const name = entry.path.join('.');
    const scope = valueAt(raw, ['scope']);
    faults.push(...namesFaults(entry, ['channel'], declared.names.channels, 'channel'));
    faults.push(...namesFaults(entry, ['action'], declared.names.actions, 'action'));
    faults.push(...capFaults(entry, []));
    for (const field of ['channel', 'kind']) {
      if (scope !== field || valueAt(raw, [field]) !== undefined) continue;
      const message = `${name}.${field} is missing; a cap with scope ${field} must name it`;
      faults.push(file.faultAt(entry.path, message));
    }
    for (const field of ['channel', 'kind', 'action']) {
      if (typeof scope === 'string' && scope !== field && valueAt(raw, [field]) !== undefined) {
        faults.push(
          file.faultAtKey(
            [...entry.path, field],
            `${name}.${field} has no meaning with scope ${showValue(scope)}`,
          ),
        );
      }
    }
    faults.push(...cappedActionFaults(entry, list, declared));
  });
  return faults;
}

function offerFaults(entry: SourceEntry): PolicyFault[] {
  const kind = valueAt(entry.raw, ['kind']);
  const depth = valueAt(entry.raw, ['depth']);
  const place = (field: string, message: string): PolicyFault[] => [
    entry.source.faultAt([...entry.path, field], `${entry.path.join('.')}.${field} ${message}`),
  ];
  if (kind === 'percent' && typeof depth === 'number' && (depth < 1 || depth > 100))
    return place('depth', `is ${depth}; a percentage must be from 1 to 100`);
  if ((kind === 'early_access' || kind === 'points') && depth !== undefined)
    return place('depth', `has no meaning for ${kind}`);
  if (typeof kind === 'string' && kind !== 'early_access' && kind !== 'points' && depth === undefined) {
    return place('depth', `is missing; an offer of kind ${showValue(kind)} must say what it gives`);
  }
  return [];
}
