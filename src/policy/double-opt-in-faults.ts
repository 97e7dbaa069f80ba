import { isConsentNews } from '../core/event/news.ts';
import type { PolicyFault } from '../core/policy/policy-fault.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';

type Entries = ReadonlyMap<string, SourceEntry>;

/** A confirmation of what needs no yes, and triggers that wait for the confirmation of a consent where no channel asks for one. */
export function doubleOptInFaults(channels: Entries, triggers: Entries): PolicyFault[] {
  const faults: PolicyFault[] = [];
  let asks = false;
  for (const { raw, path, source } of channels.values()) {
    if (valueAt(raw, ['double_opt_in']) === undefined) continue;
    asks = true;
    const name = path.join('.');
    if (valueAt(raw, ['consent']) === 'not_withdrawn')
      faults.push(
        source.faultAtKey(
          [...path, 'double_opt_in'],
          `${name}.double_opt_in has no meaning with consent: not_withdrawn, which needs no yes`,
        ),
      );
  }
  if (asks) return faults;
  for (const { raw, path, source } of triggers.values()) {
    const on = valueAt(raw, ['on']);
    if (typeof on !== 'string' || !isConsentNews(on)) continue;
    faults.push(
      source.faultAtKey(
        [...path, 'on'],
        `${path.join('.')}.on is ${on}, which fires where a yes waits for its confirmation; no channel in channels.yaml says double_opt_in`,
      ),
    );
  }
  return faults;
}
