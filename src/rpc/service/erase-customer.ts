import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { selectorOf } from './customer-ref.ts';

/** CustomerService.Erase. What was refused of the customer lately is forgotten too. */
export function eraseCustomerRoute(context: ServiceContext): Route {
  const { customers, refusals } = context;
  return unaryMethod(context, CustomerService.method.erase, async ({ customer, caseId }) => {
    const selector = selectorOf(customer as CustomerRef);
    const keys = await customers.read(selector, ({ identifiers }) => [...identifiers]);
    const outcome = await customers.erase(selector, caseId);
    if (outcome.kind === 'refused') return refused(outcome);
    refusals.forget([
      ...(keys.kind === 'read' ? keys.value : []),
      ...('identifiers' in selector ? selector.identifiers : []),
    ]);
    return {
      receiptId: outcome.receipt,
      erasedAt: timestampFromMs(outcome.erasedAt),
      completeBy: timestampFromMs(outcome.completeBy),
    };
  });
}
