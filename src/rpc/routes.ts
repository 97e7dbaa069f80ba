import { AdminService } from '../gen/attune/v1/admin_pb.ts';
import { CatalogService } from '../gen/attune/v1/catalog_pb.ts';
import { ChannelService } from '../gen/attune/v1/channel_pb.ts';
import { CustomerService } from '../gen/attune/v1/customer_pb.ts';
import { DecisionService } from '../gen/attune/v1/decision_pb.ts';
import { EventService } from '../gen/attune/v1/event_pb.ts';
import type { Route } from './method.ts';
import { connectRoute } from './service/connect.ts';
import { decideRoute } from './service/decide.ts';
import { decideStreamRoute } from './service/decide-stream.ts';
import { eraseCustomerRoute } from './service/erase-customer.ts';
import { explainRoute } from './service/explain.ts';
import { exportCustomerRoute } from './service/export-customer.ts';
import { getCustomerRoute } from './service/get-customer.ts';
import { getShardMapRoute } from './service/get-shard-map.ts';
import { linkRoute, unlinkRoute } from './service/link-methods.ts';
import { listAudienceRoute } from './service/list-audience.ts';
import { listRefusalsRoute } from './service/list-refusals.ts';
import { modelRoutes } from './service/model-methods.ts';
import { nodeRoutes } from './service/node-methods.ts';
import { OperatorWatchers } from './service/operator-watchers.ts';
import { pauseRoutes } from './service/pause-methods.ts';
import { policyRoutes } from './service/policy-methods.ts';
import { publishRoute } from './service/publish.ts';
import { reportRoute } from './service/report.ts';
import { streamEventsRoute } from './service/stream-events.ts';
import { unimplementedMethod } from './service/unimplemented.ts';
import { upsertProductsRoute } from './service/upsert-products.ts';
import { watchCustomerRoute } from './service/watch-customer.ts';
import { watchDecisionsRoute } from './service/watch-decisions.ts';
import { watchShardsRoute } from './service/watch-shards.ts';
import { whyNotRoute } from './service/why-not.ts';
import { writeImagesRoute } from './service/write-images.ts';
import type { ServiceContext } from './service-context.ts';

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
export function routesOf(context: ServiceContext): readonly Route[] {
  const operators = new OperatorWatchers();
  return [
    publishRoute(context),
    streamEventsRoute(context),
    decideRoute(context),
    decideStreamRoute(context),
    explainRoute(context),
    whyNotRoute(context),
    connectRoute(context),
    reportRoute(context),
    listAudienceRoute(context),
    getCustomerRoute(context),
    watchCustomerRoute(context),
    linkRoute(context),
    unlinkRoute(context),
    exportCustomerRoute(context),
    eraseCustomerRoute(context),
    upsertProductsRoute(context),
    ...policyRoutes(context),
    ...modelRoutes(context),
    unimplementedMethod(context, AdminService.method.listExperiments, 'Policies declare no experiments yet.'),
    writeImagesRoute(context),
    ...pauseRoutes(context),
    ...nodeRoutes(context),
    listRefusalsRoute(context),
    getShardMapRoute(context),
    watchShardsRoute(context, operators),
    watchDecisionsRoute(context, operators),
  ];
}
