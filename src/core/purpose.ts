/**
 * What a message is for, and what follows from it: the one table that consent, caps, quiet hours, the holdout, support cases and the
 * check of a policy read.
 *
 * | | marketing | service | transactional |
 * |---|---|---|---|
 * | consent | a yes, where the channel asks for one | no refusal of service | no refusal of service |
 * | caps and quiet hours | those of the policy | those that it has under `service`, else as marketing | none but the action's own cap |
 * | the holdout, an open support case | stop it | let it pass | let it pass |
 * | a promotion, an offer | may be or carry one | never | never |
 * | counts for caps and habits of marketing | yes | where the policy has nothing under `service` | no |
 *
 * A hard bounce or a complaint ends a channel for all of them.
 */
import { PURPOSES } from './channel.ts';

/** What an action may be for. Its index names a row of the table within one decision and is not stored. */
export const ACTION_PURPOSES = ['marketing', 'service', 'transactional'] as const;
export type Purpose = (typeof ACTION_PURPOSES)[number];

export interface PurposeRules {
  /** Index into PURPOSES: whose consent counts. Of marketing a yes may be needed, of service only that nobody refused it. */
  readonly consent: number;
  readonly limits: 'common' | 'service' | 'none';
  readonly isHeldOut: boolean;
  readonly isSilenced: boolean;
  /** Whether an action may promote something or carry an offer. */
  readonly maySell: boolean;
}

const service = PURPOSES.indexOf('service');

export const PURPOSE_RULES: Readonly<Record<Purpose, PurposeRules>> = {
  marketing: {
    consent: PURPOSES.indexOf('marketing'),
    limits: 'common',
    isHeldOut: true,
    isSilenced: true,
    maySell: true,
  },
  service: { consent: service, limits: 'service', isHeldOut: false, isSilenced: false, maySell: false },
  transactional: { consent: service, limits: 'none', isHeldOut: false, isSilenced: false, maySell: false },
};
