import { violation } from '../../codec/wire/violation.ts';
import { decisionId, parseDecisionId } from '../../core/decide/decision-id.ts';
import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import { invalidRequest, refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { oneLine } from './one-line.ts';

const PENDING = 'identity.link_pending';

/** CustomerService.Link. */
export function linkRoute(context: ServiceContext): Route {
  const { customers, observer } = context;
  return unaryMethod(context, CustomerService.method.link, async ({ identifiers, by, reason }) => {
    const outcome = await customers.link({
      identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
      by: oneLine(by),
      reason: oneLine(reason),
    });
    if (outcome.kind === 'refused') return refused(outcome);
    const { link, customer, warnings = [] } = outcome;
    const linkId = link === undefined ? '' : decisionId(link);
    observer.info(`link ${linkId} of customer ${customer} was declared`);
    return {
      linkId,
      customerId: customer,
      linkPending: warnings.some(({ rule }) => rule === PENDING),
      warnings: warnings.filter(({ rule }) => rule !== PENDING),
    };
  });
}

/** CustomerService.Unlink. */
export function unlinkRoute(context: ServiceContext): Route {
  const { customers, observer } = context;
  return unaryMethod(context, CustomerService.method.unlink, async ({ linkId, by, reason }) => {
    const link = parseDecisionId(linkId);
    if (link === undefined)
      return invalidRequest([violation('link_id', 'link_id', linkId, 'is not an id of a link')]);
    const outcome = await customers.unlink({ link, by: oneLine(by), reason: oneLine(reason) });
    if (outcome.kind === 'refused') return refused(outcome);
    const customerIds = [...outcome.customers];
    observer.info(`link ${linkId} is undone: customers ${customerIds.join(', ')}`);
    return { customerIds };
  });
}
