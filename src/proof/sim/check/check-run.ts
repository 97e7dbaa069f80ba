import { readInOrder } from '../../../audit/laws/causal-order.ts';
import { LawBook } from '../../../audit/laws/law-book.ts';
import { ADS } from '../../../core/audience/joins-audience.ts';
import { checkAbsorbs } from '../../oracle/absorb-laws.ts';
import { ErasureLaws } from '../../oracle/erasure-laws.ts';
import { GuardrailLaws } from '../../oracle/guardrail-laws.ts';
import { checkReach } from '../../oracle/reach-laws.ts';
import { TimerLaws } from '../../oracle/timer-laws.ts';
import { EMAIL, PUSH, SHOP_RULES, ZONES } from '../shop-rules.ts';
import type { WorldRun } from '../world.ts';
import { checkAcks } from './check-acks.ts';
import { checkAnswers } from './check-answers.ts';
import { checkAudiences } from './check-audiences.ts';
import { checkDecidedOnce } from './check-decided-once.ts';
import { checkDevices } from './check-devices.ts';
import { checkDispatchEnds } from './check-dispatch-ends.ts';
import { checkErasures } from './check-erasures.ts';
import { checkFences } from './check-fences.ts';
import { checkFolds } from './check-folds.ts';
import { checkLandings } from './check-landings.ts';
import { checkLateContent } from './check-late-content.ts';
import { checkOutcomes } from './check-outcomes.ts';
import { checkPushes } from './check-pushes.ts';
import { checkRevisions } from './check-revisions.ts';
import { readAsLanded } from './landing-order.ts';

const SLACK_MS = 600_000;

/** Holds a finished world against every law. */
export async function checkRun(run: WorldRun): Promise<LawBook> {
  const { journal } = run;
  const book = new LawBook();
  // Told first: what else is broken may only follow from it.
  if (journal.restless !== '') book.broken('liveness', journal.restless);
  checkFences(run, book);
  checkRevisions(journal, book);
  checkAcks(journal, book);
  checkDecidedOnce(journal, book);
  checkAnswers(run, book);
  const guardrails = new GuardrailLaws(SHOP_RULES, (zone) => ZONES[zone] ?? 0, book);
  const timers = new TimerLaws(SHOP_RULES, book);
  const counted = journal.landed.map((records) => records.filter(({ counts }) => counts));
  const erasures = new ErasureLaws({ sent: new Set([EMAIL, PUSH, ADS]) }, book);
  readAsLanded(journal, (place, fact) => {
    for (const laws of [guardrails, timers, erasures]) laws.fact(place, fact);
  });
  for (const fault of readInOrder(counted, () => {})) book.broken('absorb', fault);
  checkAbsorbs(counted, run.people, book);
  timers.end(run.endedAt - SLACK_MS);
  checkReach(checkPushes(journal, book), SHOP_RULES, book);
  checkDevices(journal, book);
  checkLateContent(journal, book);
  checkLandings(journal, book);
  checkAudiences(run, book);
  await checkErasures(run, book);
  checkDispatchEnds(journal, run.endedAt - SLACK_MS, book);
  checkFolds(journal, book);
  checkOutcomes(journal, book);
  for (const what of journal.unanswered) book.broken('liveness', `${what} were never answered`);
  return book;
}
