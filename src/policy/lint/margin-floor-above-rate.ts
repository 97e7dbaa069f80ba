import type { Action, Policy } from '../../core/policy/policy.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';
import { actionEntries, type Lint } from './lint.ts';

export const marginFloorAboveRate: Lint = {
  id: 'margin-floor-above-rate',
  doc: 'The margin floor is above what an order earns, or above what an offer leaves of it, so the offer is never made.',
  find: (sound) => {
    const { marginFloor: floor, marginRate: rate, actions } = sound.policy;
    const faults: PolicyFault[] = [];
    const file = sound.source.byKind.get('guardrails')?.[0];
    if (floor > rate && file !== undefined && !haveOwnRates(sound.policy)) {
      faults.push(
        file.faultAt(
          ['margin_floor'],
          `margin_floor is ${floor}, above defaults.margin_rate ${rate} of policy.yaml: no offer that costs anything is ever made, save for products whose margin the catalogue names; lower margin_floor, or raise margin_rate to what an order earns`,
        ),
      );
    }
    for (const [at, entry] of actionEntries(sound).entries()) {
      const action = actions[at];
      const left = action === undefined ? Number.NaN : marginLeft(action);
      // The sentence above says it of all that have no rate of their own.
      if (action === undefined || !(left < floor) || (floor > rate && action.marginRate === rate)) continue;
      faults.push(
        entry.source.faultAt(
          [...entry.path, 'offer'],
          `${entry.path.join('.')}.offer ${JSON.stringify(action.offer?.id)} leaves ${share(left)} of the price as margin, of ${share(action.marginRate)} without it, and margin_floor of guardrails.yaml asks for ${share(floor)}: it is never made, save for products whose margin the catalogue names; make the offer smaller, or set margin_rate to what such an order earns`,
        ),
      );
    }
    return faults;
  },
};

/** Every offer that costs something stands in an action whose own margin rate is above the floor: then the default binds none. */
function haveOwnRates({ actions, marginFloor }: Policy): boolean {
  const costing = actions.filter(({ offer }) => offer !== undefined && offer.depth > 0);
  return costing.length > 0 && costing.every(({ marginRate }) => marginRate >= marginFloor);
}

/** Share of what is paid, at the action's own margin rate; NaN: nothing is given, or an amount, whose share is that of the order. */
function marginLeft({ offer, marginRate }: Action): number {
  if (offer?.kind === 'percent') {
    const given = offer.depth / 100;
    return given >= 1 ? Number.NEGATIVE_INFINITY : (marginRate - given) / (1 - given);
  }
  return offer !== undefined && offer.depth > 0 ? marginRate : Number.NaN;
}

function share(value: number): string {
  return Number.isFinite(value) ? `${Number((value * 100).toPrecision(2))} %` : 'nothing';
}
