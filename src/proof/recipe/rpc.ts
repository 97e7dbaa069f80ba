import { check, edit, type Recipe, TYPES, test } from './recipe.ts';

const METHOD = `
  // Counts the completed orders of a customer; 0 of an unknown one.
  rpc CountOrders(CountOrdersRequest) returns (CountOrdersReply);
}

// Asks how often a customer has ordered.
message CountOrdersRequest {
  // The customer.
  CustomerRef customer = 1 [(buf.validate.field).required = true];
}

// How often a customer has ordered.
message CountOrdersReply {
  // Completed orders.
  uint32 orders = 1;
}
`;

const SERVICE = `import { CustomerService } from '../../gen/attune/v1/customer_pb.ts';
import type { CustomerRef } from '../../gen/attune/v1/identifier_pb.ts';
import { refused } from '../failure.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';
import { selectorOf } from './customer-ref.ts';

/** CustomerService.CountOrders. */
export function countOrdersRoute(context: ServiceContext): Route {
  return unaryMethod(context, CustomerService.method.countOrders, async ({ customer }) => {
    const selector = selectorOf(customer as CustomerRef);
    const seen = await context.customers.read(selector, (profile) => profile.orderCount);
    if (seen.kind === 'refused') return refused(seen);
    return { orders: seen.kind === 'read' ? seen.value : 0 };
  });
}
`;

export const RPC: Recipe = {
  name: 'rpc',
  adds: 'CustomerService.CountOrders',
  files: [
    edit('proto/attune/v1/customer.proto', check('generated'), {
      find: '  rpc Erase(EraseRequest) returns (EraseReply);\n}\n',
      put: `  rpc Erase(EraseRequest) returns (EraseReply);\n${METHOD}`,
    }),
    { kind: 'generated', path: 'src/gen/attune/v1/customer_pb.ts', forgotten: TYPES },
    edit('src/codec/contract.test.ts', test('src/codec/contract.test.ts'), {
      find: "'Unlink', 'Export', 'Erase'],",
      put: "'Unlink', 'Export', 'Erase', 'CountOrders'],",
    }),
    { kind: 'new', path: 'src/rpc/service/count-orders.ts', forgotten: TYPES, text: SERVICE },
    edit(
      'src/rpc/routes.ts',
      test('src/rpc/rpc.e2e.test.ts'),
      {
        find: "import { decideRoute } from './service/decide.ts';",
        put: "import { countOrdersRoute } from './service/count-orders.ts';\nimport { decideRoute } from './service/decide.ts';",
      },
      {
        find: '    upsertProductsRoute(context),',
        put: '    countOrdersRoute(context),\n    upsertProductsRoute(context),',
      },
    ),
  ],
  tests: [],
  checks: ['contract', 'rooms'],
};
