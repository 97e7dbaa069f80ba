import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import { CatalogService } from '../gen/attune/v1/catalog_pb.ts';
import { ChannelService } from '../gen/attune/v1/channel_pb.ts';
import { CustomerService } from '../gen/attune/v1/customer_pb.ts';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import { EventService } from '../gen/attune/v1/event_pb.ts';
import { connectRoute } from './connect.ts';
import { decideRoute } from './decide.ts';
import { decideStreamRoute } from './decide-stream.ts';
import { explainRoute } from './explain.ts';
import { getCustomerRoute } from './get-customer.ts';
import { laterMethod } from './later.ts';
import type { Route } from './method.ts';
import { OperatorWatchers } from './operator-watchers.ts';
import { policyRoutes } from './policy-methods.ts';
import { publishRoute } from './publish.ts';
import { reportRoute } from './report.ts';
import type { Serving } from './serving.ts';
import { streamEventsRoute } from './stream-events.ts';
import { upsertProductsRoute } from './upsert-products.ts';
import { watchCustomerRoute } from './watch-customer.ts';
import { watchDecisionsRoute } from './watch-decisions.ts';
import { watchShardsRoute } from './watch-shards.ts';
import { whyNotRoute } from './why-not.ts';

/** Everything that is served, in the order of the contract. */
export const SERVICES = [
  EventService,
  DecisionService,
  ChannelService,
  CustomerService,
  CatalogService,
  AdminService,
] as const;

/** Every method of the contract with what serves it. */
export function routesOf(serving: Serving): readonly Route[] {
  const { listAudience } = ChannelService.method;
  const operators = new OperatorWatchers();
  const { link, unlink, export: exported, erase } = CustomerService.method;
  return [
    publishRoute(serving),
    streamEventsRoute(serving),
    decideRoute(serving),
    decideStreamRoute(serving),
    explainRoute(serving),
    whyNotRoute(serving),
    connectRoute(serving),
    reportRoute(serving),
    laterMethod(serving, listAudience, 'Audiences are not kept yet.'),
    getCustomerRoute(serving),
    watchCustomerRoute(serving),
    laterMethod(serving, link, 'Send all identifiers of a customer with each request.'),
    laterMethod(serving, unlink, 'Nothing is linked yet.'),
    laterMethod(serving, exported, 'Get returns the profile.'),
    laterMethod(serving, erase, 'Withdraw consent with the event Consent Updated.'),
    upsertProductsRoute(serving),
    ...policyRoutes(serving),
    laterMethod(serving, AdminService.method.listExperiments, 'Policies declare no experiments yet.'),
    watchShardsRoute(serving, operators),
    watchDecisionsRoute(serving, operators),
  ];
}
