/**
 * The guardrails in the order in which they are asked: the first that refuses gives the candidate its reason, so the order
 * decides what people read: what belongs to the customer and the action stands before what belongs to a channel and the hour,
 * because it is what people ask for. What one decision's choices forbid each other (a slate) is in decide/finish.ts.
 *
 * A row is asked as often as its scope says (ask-guardrails.ts). The scopes `action` and `subject` stand
 * first, `variant` last.
 */
import { absorbPending } from './absorb-pending.ts';
import { alreadyPlanned } from './already-planned.ts';
import { audienceKey } from './audience-key.ts';
import { backlog } from './backlog.ts';
import { budget } from './budget.ts';
import { actionCondition, variantCondition } from './conditions.ts';
import { consent } from './consent.ts';
import { actionCap, channelCap, kindCap, totalCap } from './contact-caps.ts';
import { content, subjectFound } from './content.ts';
import { fullPrice } from './full-price.ts';
import type { Guardrail } from './guardrail.ts';
import { holdout } from './holdout.ts';
import { incentive } from './incentive.ts';
import { margin } from './margin.ts';
import { supportCase } from './open-case.ts';
import { optOut } from './opt-out.ts';
import { pausedAction, pausedChannel } from './paused.ts';
import { placementFit } from './placement-fit.ts';
import { purchase } from './purchase.ts';
import { quiet } from './quiet-hours.ts';
import { reachability } from './reachability.ts';
import { stageFit } from './stage-fit.ts';
import { stock } from './stock.ts';
import { triggerMismatch } from './trigger-mismatch.ts';

export const GUARDRAILS: readonly Guardrail[] = [
  triggerMismatch,
  actionCondition,
  holdout,
  absorbPending,
  supportCase,
  alreadyPlanned,
  pausedAction,

  purchase,
  incentive,
  fullPrice,
  stock,
  stageFit,
  margin,
  subjectFound,

  consent,
  reachability,
  optOut,
  actionCap,
  channelCap,
  kindCap,
  totalCap,
  pausedChannel,
  quiet,
  placementFit,
  audienceKey,

  variantCondition,
  content,
  backlog,
  budget,
];
