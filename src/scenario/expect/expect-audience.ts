import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AudienceExpectation } from '../file/shape-expect.ts';
import { listOf } from '../file/shape-words.ts';
import type { KnownMember } from '../step/channel-desk.ts';
import type { ScenarioRun } from '../step/scenario-run.ts';
import { wireIdentifiers } from '../step/wire-identifiers.ts';
import { type Complaint, complaint, either } from './failure.ts';
import { matchTreatment, treatmentText } from './match-treatment.ts';

/** Complaints about what the ad platform knows of a customer in an audience. */
export function expectAudience(run: ScenarioRun, expected: AudienceExpectation): Complaint[] {
  const customer = expected.customer ?? run.turnOf ?? Object.keys(run.scenario.customers)[0] ?? '';
  const { audience, member = true } = expected;
  const levels = [...run.desk.levels.values()].filter(
    (level) => level.audience === audience && isAbout(run, level, customer),
  );
  // Of a customer who was several before there is one for each; they are in it while one of these is.
  const level = levels.find(({ isMember }) => isMember) ?? levels.toSorted((a, b) => b.at - a.at)[0];
  if (expected.never === true)
    return level === undefined
      ? []
      : [complaint(`nothing said of ${customer} in ${audience}`, text(run, level))];
  const who = `${customer} ${member ? 'in' : 'not in'} the audience ${audience}`;
  if (level === undefined) return [complaint(who, 'nothing was ever said of them there')];
  const found = text(run, level);
  if (level.isMember !== member) return [complaint(who, found)];
  const complaints: Complaint[] = [];
  const say = (wanted: string): void => void complaints.push(complaint(wanted, found));
  if (member) complaints.push(...matchContent(run, expected, level));
  const reasons = listOf(expected.reason);
  if (reasons.length > 0 && !reasons.includes(level.reason)) say(`they left because of ${either(reasons)}`);
  const { changes } = expected;
  const came = levels.reduce((sum, { versions }) => sum + versions.size, 0);
  if (changes !== undefined && changes !== came) say(`${changes} changes in all, and not ${came}`);
  for (const kind of listOf(expected.given))
    if (!level.kinds.includes(kind))
      say(`the ad platform to be given ${kind}, and not ${level.kinds.join(', ')}`);
  if (expected.given !== undefined && level.kinds.length > listOf(expected.given).length)
    say(`the ad platform to be given no more than ${listOf(expected.given).join(', ')}`);
  if (expected.at !== undefined && run.moments.instant(expected.at) !== level.at)
    say(`it at ${run.moments.show(run.moments.instant(expected.at))}`);
  return complaints;
}

/** Several names may stand for one customer. */
function isAbout(run: ScenarioRun, { customerId }: KnownMember, name: string): boolean {
  const named = run.scenario.customers[name];
  return named !== undefined && run.customerId(wireIdentifiers(named.identifiers)) === customerId;
}

function matchContent(run: ScenarioRun, expected: AudienceExpectation, level: KnownMember): Complaint[] {
  const { treatment } = level;
  const found = text(run, level);
  const complaints = matchTreatment(expected, treatment, run.policy);
  const among = (what: string, wanted: readonly string[], is: string | undefined): void => {
    if (wanted.length > 0 && !wanted.includes(is ?? ''))
      complaints.push(complaint(`the ${what} ${either(wanted)}`, found));
  };
  among('action', listOf(expected.action), treatment?.actionId);
  among('variant', listOf(expected.variant), treatment?.variantId);
  for (const [slot, says] of Object.entries(expected.slots ?? {}))
    if ((treatment?.content?.slots[slot] ?? '') !== says)
      complaints.push(
        complaint(`the slot ${slot} to say "${says}"`, JSON.stringify(treatment?.content?.slots ?? {})),
      );
  const until = treatment?.notAfter === undefined ? 0 : timestampMs(treatment.notAfter);
  if (expected.until !== undefined && run.moments.instant(expected.until) !== until)
    complaints.push(
      complaint(
        `the ad until ${run.moments.show(run.moments.instant(expected.until))}`,
        run.moments.show(until),
      ),
    );
  return complaints;
}

function text(run: ScenarioRun, level: KnownMember): string {
  const { audience, isMember, treatment, reason, at } = level;
  const what =
    treatment === undefined || !isMember ? `out because of ${reason}` : `in with ${treatmentText(treatment)}`;
  return `${level.customer} is ${what} in ${audience} since ${run.moments.since(at)}`;
}
