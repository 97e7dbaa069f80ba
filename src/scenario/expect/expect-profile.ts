import { type JsonObject, type JsonValue, toJson } from '@bufbuild/protobuf';
import { AttuneError } from '../../client/attune-error.ts';
import { type Profile, ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import type { TraitValue } from '../../gen/attune/v1/value_pb.ts';
import type { ProfileExpectation } from '../file/shape-expect.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';
import { type Complaint, complaint } from './failure.ts';

type Scalar = string | number | boolean;
type Expected = Scalar | Scalar[] | { min?: number | undefined; max?: number | undefined };
/** Numbers of the profile are exact to this; they come from the same arithmetic, but people write two digits. */
const CLOSE = 0.005;

export async function expectProfile(run: ScenarioRun, expected: ProfileExpectation): Promise<Complaint[]> {
  const { name, customer } = run.customer(expected.customer);
  let profile: Profile;
  try {
    profile = await run.client.getCustomer({
      identifiers: wireIdentifiers(expected.identifiers ?? customer.identifiers),
    });
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    return [complaint(`a profile of ${name}`, `${error.code}: ${error.message}`)];
  }
  const complaints: Complaint[] = [];
  for (const [trait, wanted] of Object.entries(expected.traits ?? {})) {
    const found = plain(profile.traits[trait]);
    if (!matches(wanted as Expected, found))
      complaints.push(complaint(`${name}'s ${trait} to be ${JSON.stringify(wanted)}`, JSON.stringify(found)));
  }
  for (const [attribute, wanted] of Object.entries(expected.attributes ?? {})) {
    const found = plain(profile.attributes.find((one) => one.name === attribute)?.value);
    if (!matches(wanted as Expected, found))
      complaints.push(
        complaint(
          `${name}'s attribute ${attribute} to be ${JSON.stringify(wanted)}`,
          found === undefined ? 'nothing' : JSON.stringify(found),
        ),
      );
  }
  const json = toJson(ProfileSchema, profile, {
    useProtoFieldName: true,
    alwaysEmitImplicit: true,
  }) as JsonObject;
  for (const [section, wanted] of Object.entries(expected.has ?? {})) {
    const entries = entriesOf(json, section);
    if (typeof wanted === 'number') {
      if (entries.length !== wanted)
        complaints.push(complaint(`${wanted} ${section} of ${name}`, show(entries)));
      continue;
    }
    for (const entry of wanted)
      if (!entries.some((found) => holds(found, entry as Record<string, Scalar>)))
        complaints.push(complaint(`${section} of ${name} to hold ${JSON.stringify(entry)}`, show(entries)));
  }
  for (const [section, wanted] of Object.entries(expected.lacks ?? {})) {
    const entries = entriesOf(json, section);
    for (const entry of wanted)
      if (entries.some((found) => holds(found, entry as Record<string, Scalar>)))
        complaints.push(
          complaint(`${section} of ${name} to hold no ${JSON.stringify(entry)}`, show(entries)),
        );
  }
  return complaints;
}

function plain(value: TraitValue | undefined): Scalar | string[] | undefined {
  const kind = value?.kind;
  if (kind === undefined || kind.case === undefined) return undefined;
  return kind.case === 'listValue' ? kind.value.values : kind.value;
}

function matches(wanted: Expected, found: Scalar | string[] | undefined): boolean {
  if (Array.isArray(wanted))
    return Array.isArray(found) && wanted.every((one) => found.includes(String(one)));
  if (typeof wanted === 'object') {
    if (typeof found !== 'number') return false;
    return (
      found >= (wanted.min ?? Number.NEGATIVE_INFINITY) && found <= (wanted.max ?? Number.POSITIVE_INFINITY)
    );
  }
  if (typeof wanted === 'number') return typeof found === 'number' && Math.abs(found - wanted) <= CLOSE;
  return found === wanted;
}

/** A section as a list: a single message is a list of one, an absent one of none. */
function entriesOf(json: JsonObject, section: string): JsonValue[] {
  const value = json[section];
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function holds(found: JsonValue, wanted: Readonly<Record<string, Scalar>>): boolean {
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return false;
  return Object.entries(wanted).every(([key, value]) => String(found[key]) === String(value));
}

function show(entries: readonly JsonValue[]): string {
  const text = JSON.stringify(entries);
  return text.length > 1_500 ? `${text.slice(0, 1_500)}…` : text;
}
