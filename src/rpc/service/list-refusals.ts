import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { AdminService } from '../../gen/attune/v1/admin_pb.ts';
import type { Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { unaryMethod } from '../unary-method.ts';

/** What a caller sees who does not say how many. */
const LIMIT = 100;

/** AdminService.ListRefusals. */
export function listRefusalsRoute(context: ServiceContext): Route {
  const { refusals } = context;
  return unaryMethod(context, AdminService.method.listRefusals, ({ limit, source, rule }) => {
    const found = refusals.newest(
      limit === 0 ? LIMIT : limit,
      (one) =>
        (source === '' || one.source === source) &&
        (rule === '' || one.violations.some((fault) => fault.rule === rule)),
    );
    return {
      total: BigInt(refusals.total),
      refusals: found.map(({ at, method, source: from, id, key, violations }) => ({
        ...{ at: timestampFromMs(at), method, source: from, id, key },
        violations: [...violations],
      })),
    };
  });
}
