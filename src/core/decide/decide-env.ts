import type { RecordedClock } from '../calendar/customer-clock.ts';
import type { Zones } from '../calendar/zones.ts';
import type { CatalogView } from '../catalog/catalog.ts';
import type { Content } from '../fact/fact.ts';
import type { Formats } from '../locale/formats.ts';
import type { Stops } from '../pause/pause.ts';
import type { Policy } from '../policy/policy.ts';
import type { Plan } from '../profile/profile.ts';

/** Turns a head's logit into a calibrated one: a·logit + b. */
export interface HeadCalibration {
  readonly a: number;
  readonly b: number;
}

/** What all decisions of one turn share. Read only; every value of it is in the record or follows from the editions named there. */
export interface DecideEnv {
  readonly policy: Policy;
  readonly catalog: CatalogView;
  /** Instant of the decision. */
  readonly now: number;
  /** Version of the model, and of the learned head. */
  readonly model: string;
  readonly head: string;
  /** For local hours at other instants than `now`. */
  readonly zones: Zones;
  /** For amounts and days in content. */
  readonly formats: Formats;
  /** Minutes east of UTC of each of policy.zones at `now`. */
  readonly offsetOfZones: readonly number[];
  /** By channel: 1 when its outbox is full. */
  readonly backlogFull: Uint8Array;
  /** What operators have paused. */
  readonly stops: Stops;
  /** Push channels with no channel system for so long that none is to be expected soon: bits `1 << channel`. */
  readonly unserved: number;
  /** Push channels whose systems refuse for now, or stay silent, again and again: bits `1 << channel`. */
  readonly failing: number;
  /**
   * By budget, millionths of the currency: what the day has drawn over all shards of the node, with what decisions that are
   * not made yet may draw. Those of the turns at hand raise it (guardrail/budgets.ts, hold).
   */
  readonly budgetUsed: Float64Array;
  /** By head: p0, engage, unsubscribe. */
  readonly calibration: readonly HeadCalibration[];
  /** Added to every calibrated logit of p0, base rates' too (arbitration/base-rate.ts). */
  readonly p0Shift: number;
}

/** What was decided and may come out otherwise on another machine. */
export interface RecordedDecision extends RecordedClock {
  /** By placement. */
  readonly choices: readonly { readonly content: Content | undefined }[];
}

/** What one decision is asked. */
export interface DecideAsk {
  /** '' when the service decides by itself. */
  readonly requestId: string;
  readonly requestHash: number;
  readonly bodyHash: number;
  /** '' for a request; else why (event/cause.ts), or the slot of a consideration (consideration/slot.ts). */
  readonly cause: string;
  /** Trigger index, -1: none. */
  readonly trigger: number;
  /** Index into FRICTIONS. */
  readonly friction: number;
  /** The plan whose hour has come. */
  readonly plan: Plan | undefined;
  /** Names; empty: an outbound decision. */
  readonly placements: readonly string[];
  readonly dispatch: boolean;
  /** Only a link in a message says whom it is about: nothing personal is shown. Absent: they said so themselves. */
  readonly isProvisional?: boolean;
  /** Where the customer is right now, -1: unknown. */
  readonly contextChannel: number;
  /** IANA zone as the caller knows it; '' (also for one that is unknown): as the profile has it. */
  readonly zone: string;
  /** A replay: what the record has in place of a zone and of formats; else undefined. */
  readonly recorded: RecordedDecision | undefined;
  /** '' for the profile's. */
  readonly locale: string;
  readonly device: string;
  readonly alternativesMax: number;
  readonly seedA: number;
  readonly seedB: number;
}
